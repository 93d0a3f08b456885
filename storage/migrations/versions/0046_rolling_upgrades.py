"""Services say which revision they know, and the database which is the oldest that works on it

Revision: 0046
Follows: 0045
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

OLDEST = "0045"


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("running_service", sa.Column("revision", sa.String(), nullable=True))
    op.create_table("schema_floor", sa.Column("oldest", sa.String(), primary_key=True))
