"""Of two stories in two languages it is kept how alike an enricher's vectors are, where they joined by these

Revision: 0064
Follows: 0063
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

OLDEST = "0048"


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("story_link", sa.Column("alike", sa.Float(), nullable=True))
