"""Services are known by a row that they renew; claims of notifications, pushes and hubs have fencing tokens

Revision: 0036
Follows: 0035
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up. What services of the version before hold becomes free when its leases end."""
    op.create_table(
        "running_service",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("beat_at", UtcDateTime(), nullable=False),
    )
    for table in ("notification", "push", "subscription"):
        op.add_column(table, sa.Column("lease_token", sa.Integer(), nullable=False, server_default="0"))
