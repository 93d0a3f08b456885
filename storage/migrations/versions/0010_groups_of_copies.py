"""Groups of copies

Revision: 0010
Follows: 0009
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    with op.batch_alter_table("story_article", recreate="never") as batch:
        batch.add_column(sa.Column("copy_group", sa.Integer(), nullable=True))


def downgrade() -> None:
    """Go one revision down."""
    with op.batch_alter_table("story_article", recreate="never") as batch:
        batch.drop_column("copy_group")
