"""Outlets that the page, the API or the command line made have their own access

Revision: 0030
Follows: 0029
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import json_type

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("outlet", sa.Column("access", json_type(), nullable=False, server_default="{}"))
    op.add_column("outlet", sa.Column("access_stamp", sa.Integer(), nullable=False, server_default="0"))
