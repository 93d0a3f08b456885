"""Forms of names, surnames given as texts, names that count alone

Revision: 0018
Follows: 0017
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    with op.batch_alter_table("actor", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("surname_text", sa.Text(), nullable=False, server_default=""))
    for table in ("actor", "alias"):
        with op.batch_alter_table(table, recreate="never") as batch_op:
            batch_op.add_column(sa.Column("forms", sa.Boolean(), nullable=False, server_default="1"))
            batch_op.add_column(sa.Column("alone", sa.Boolean(), nullable=True))
