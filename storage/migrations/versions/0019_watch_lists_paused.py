"""Watch lists can be paused

Revision: 0019
Follows: 0018
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("watch_list", sa.Column("paused", sa.Boolean(), nullable=False, server_default=sa.false()))
