"""A channel may be a user's own

Revision: 0054
Follows: 0053
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

OLDEST = "0048"


def upgrade() -> None:
    """Go one revision up."""
    with op.batch_alter_table("channel", recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column("owner_id", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=True),
            inline_references=True,
        )
    op.create_index("ix_channel_owner_id", "channel", ["owner_id"])
