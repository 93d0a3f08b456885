"""Users may have a second factor beside their password

Revision: 0044
Follows: 0043
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import json_type

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    for name in ("factor_secret", "factor_wanted"):
        op.add_column("user_account", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("user_account", sa.Column("factor_step", sa.Integer(), nullable=False, server_default="0"))
    op.add_column(
        "user_account", sa.Column("factor_recovery", json_type(), nullable=False, server_default="[]")
    )
