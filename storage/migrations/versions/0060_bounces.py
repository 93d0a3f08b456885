"""Mails to a review's recipients that came back are noted, and recipients paused

Revision: 0060
Follows: 0057
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0060"
down_revision = "0057"
branch_labels = None
depends_on = None

OLDEST = "0048"


def upgrade() -> None:
    """Go one revision up."""
    table = "review_recipient"
    op.add_column(table, sa.Column("bounces", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(table, sa.Column("bounced_at", UtcDateTime(), nullable=True))
    op.add_column(table, sa.Column("bounced_status", sa.String(20), nullable=False, server_default=""))
    op.add_column(table, sa.Column("bounced_words", sa.Text(), nullable=False, server_default=""))
    op.add_column(table, sa.Column("bounced_key", sa.Text(), nullable=False, server_default=""))
    op.add_column(table, sa.Column("paused_at", UtcDateTime(), nullable=True))
