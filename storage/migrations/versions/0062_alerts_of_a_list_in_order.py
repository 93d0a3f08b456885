"""A watch list's alerts are found in their order, and those that became one with others by an index of these alone

That of all alerts led SQLite to read every alert that stands by itself, which is nearly every one.

Revision: 0062
Follows: 0061
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

OLDEST = "0048"


def upgrade() -> None:
    """Go one revision up."""
    merged = sa.text("merged_into_id IS NOT NULL")
    op.create_index(
        "ix_alert_merged", "alert", ["merged_into_id"], sqlite_where=merged, postgresql_where=merged
    )
    op.create_index("ix_alert_of_list", "alert", ["watch_list_id", "came_out_at", "id"])
    op.drop_index("ix_alert_merged_into_id", "alert")
    op.drop_index("ix_alert_watch_list_id", "alert")
