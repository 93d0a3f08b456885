"""Editions that were sent are corrected by a new one of the same number

Revision: 0056
Follows: 0054
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0054"
branch_labels = None
depends_on = None

OLDEST = "0048"


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("edition", sa.Column("first_id", sa.Integer(), nullable=True))
    op.add_column("edition", sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
    op.create_index("ix_edition_first_id", "edition", ["first_id"])
    op.add_column("edition_item", sa.Column("corrects_id", sa.Integer(), nullable=True))
