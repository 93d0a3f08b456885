"""Users may sign in elsewhere: by OpenID Connect, or at a proxy

Revision: 0042
Follows: 0041
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("user_account", sa.Column("origin", sa.String(), nullable=False, server_default=""))
    op.add_column("user_account", sa.Column("subject", sa.String(), nullable=True))
    op.create_index("ix_user_account_subject", "user_account", ["subject"], unique=True)
    op.add_column("user_session", sa.Column("origin", sa.String(), nullable=False, server_default=""))
