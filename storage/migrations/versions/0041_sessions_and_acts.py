"""Sessions know where they are from and when they were seen; what people do is written down

Revision: 0041
Follows: 0040
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime, json_type

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    for name in ("address", "browser", "seen_from"):
        op.add_column("user_session", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("user_session", sa.Column("seen_at", UtcDateTime(), nullable=True))
    op.create_table(
        "act",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("facts", json_type(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in ("at", "who", "subject"):
        op.create_index(f"ix_act_{name}", "act", [name])
