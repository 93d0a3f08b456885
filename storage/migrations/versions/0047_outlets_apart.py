"""What an outlet meets at another's host holds for it alone; outlets take turns at a host; their articles of a day are counted

Nobody rests anywhere yet, and nothing is counted of today.

Revision: 0047
Follows: 0046
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import TroubleType, UtcDateTime

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

OLDEST = "0045"


def upgrade() -> None:
    """Go one revision up."""
    op.create_table(
        "host_rest",
        sa.Column("host_id", sa.Integer(), sa.ForeignKey("host.id", ondelete="CASCADE"), primary_key=True),
        sa.Column(
            "outlet_id", sa.Integer(), sa.ForeignKey("outlet.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("throttled", sa.Integer(), nullable=False),
        sa.Column("blocked_until", UtcDateTime(), nullable=True),
        sa.Column("blocked_reason", TroubleType(), nullable=True),
    )
    op.create_index("ix_host_rest_outlet_id", "host_rest", ["outlet_id"])
    op.add_column("host", sa.Column("guest_until", UtcDateTime(), nullable=True))
    op.add_column("host", sa.Column("served_outlet_id", sa.Integer(), nullable=True))
    op.add_column("host", sa.Column("feed_was_last", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("outlet", sa.Column("found_on", sa.Date(), nullable=True))
    op.add_column("outlet", sa.Column("found_that_day", sa.Integer(), nullable=False, server_default="0"))
