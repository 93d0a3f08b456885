"""Channels that the page, the API or the command line made have their settings in the database

Revision: 0034
Follows: 0033
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import json_type

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("channel", sa.Column("settings", json_type(), nullable=False, server_default="{}"))
    op.add_column("channel", sa.Column("revision", sa.Integer(), nullable=False, server_default="0"))
