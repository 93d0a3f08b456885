"""Articles deleted for their age are not found anew

Revision: 0012
Follows: 0011
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.create_table(
        "forgotten_article",
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("ix_forgotten_article_met_at", "forgotten_article", ["met_at"])
    op.create_index("ix_alert_article_id", "alert", ["article_id"])
