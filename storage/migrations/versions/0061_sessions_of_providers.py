"""A session knows the session at the OpenID provider that it came of, so that it ends with that

Revision: 0061
Follows: 0060
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

OLDEST = "0048"


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("user_session", sa.Column("origin_session", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_user_session_origin_session", "user_session", ["origin_session"])
