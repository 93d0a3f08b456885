"""Outlets can be paused

Revision: 0013
Follows: 0012
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("outlet", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
