"""A watch list has an owner, editors and readers; a token may be a user's; acts name the lists that they are about

Revision: 0053
Follows: 0051
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0053"
down_revision = "0051"
branch_labels = None
depends_on = None

OLDEST = "0048"


def upgrade() -> None:
    """Go one revision up."""
    with op.batch_alter_table("watch_list", recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column("owner_id", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=True),
            inline_references=True,
        )
    op.add_column("watch_list", sa.Column("private", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("watch_list", sa.Column("feed_mark", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_watch_list_owner_id", "watch_list", ["owner_id"])
    op.create_table(
        "watch_list_share",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column(
            "watch_list_id", sa.Integer(), sa.ForeignKey("watch_list.id", ondelete="CASCADE"), nullable=False
        ),
        sa.Column(
            "user_id", sa.Integer(), sa.ForeignKey("user_account.id", ondelete="CASCADE"), nullable=True
        ),
        sa.Column("role", sa.String(20), nullable=True),
        sa.Column("edits", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("watch_list_id", "user_id"),
        sa.UniqueConstraint("watch_list_id", "role"),
    )
    op.create_index("ix_watch_list_share_user_id", "watch_list_share", ["user_id"])
    op.create_table(
        "act_list",
        sa.Column("act_id", sa.Integer(), sa.ForeignKey("act.id", ondelete="CASCADE"), primary_key=True),
        sa.Column(
            "watch_list_id",
            sa.Integer(),
            sa.ForeignKey("watch_list.id", ondelete="CASCADE"),
            primary_key=True,
        ),
    )
    op.create_index("ix_act_list_watch_list_id", "act_list", ["watch_list_id"])
    with op.batch_alter_table("api_token", recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column("user_id", sa.Integer(), sa.ForeignKey("user_account.id"), nullable=True),
            inline_references=True,
        )
    op.create_index("ix_api_token_user_id", "api_token", ["user_id"])
