"""Whether a channel took a test message, and who put the first steps away

Revision: 0045
Follows: 0044
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("channel", sa.Column("tested_at", UtcDateTime(), nullable=True))
    op.add_column("user_account", sa.Column("guide_put_away_at", UtcDateTime(), nullable=True))
