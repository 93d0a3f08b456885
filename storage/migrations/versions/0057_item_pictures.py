"""Items of editions have pictures

Revision: 0057
Follows: 0056
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import TroubleType, UtcDateTime

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

OLDEST = "0048"


def upgrade() -> None:
    """Go one revision up."""
    op.create_table(
        "item_picture",
        sa.Column(
            "item_id", sa.Integer(), sa.ForeignKey("edition_item.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("credit", sa.Text(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("trouble", TroubleType(), nullable=True),
        sa.Column("wanted_at", UtcDateTime(), nullable=False),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
    )
    op.create_index("ix_item_picture_state", "item_picture", ["state", "wanted_at"])
