"""Which other sites an article's prose links to; of those that are stored already nothing is known

Revision: 0032
Follows: 0031
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import json_type

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("article", sa.Column("cites", json_type(), nullable=False, server_default="[]"))
