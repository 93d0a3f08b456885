"""Delivery: rules and health of channels, routes with conditions, silences that count, dismissals, unsubscriptions, a signing key

Revision: 0007
Follows: 0006
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OBJECT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go one revision up."""
    with op.batch_alter_table("channel", recreate="never") as batch_op:
        batch_op.add_column(_filled("rules", _OBJECT, "{}"))
        batch_op.add_column(
            sa.Column("fallback_id", sa.Integer(), sa.ForeignKey("channel.id"), nullable=True),
            inline_references=True,
        )
        batch_op.add_column(_filled("service_alerts", sa.Boolean(), "0"))
        batch_op.add_column(_filled("failures", sa.Integer(), "0"))
        for name in ("failing_since", "rests_until", "paced_at", "digest_due_at"):
            batch_op.add_column(sa.Column(name, _TIME, nullable=True))
    with op.batch_alter_table("watch_list_channel", recreate="never") as batch_op:
        batch_op.add_column(_filled("conditions", _OBJECT, "{}"))
    with op.batch_alter_table("notification", recreate="never") as batch_op:
        batch_op.add_column(_filled("attempts_before", sa.Integer(), "0"))
        batch_op.add_column(_filled("stranded", sa.Integer(), "0"))
        batch_op.add_column(_filled("recipients", _OBJECT, "{}"))
        batch_op.add_column(sa.Column("silence_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("escalated_at", _TIME, nullable=True))
        batch_op.create_index(batch_op.f("ix_notification_silence_id"), ["silence_id"], unique=False)
        batch_op.create_index("ix_notification_sent", ["channel_id", "sent_at"], unique=False)
    op.create_table(
        "unsubscription",
        sa.Column("channel_id", sa.Integer(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("channel_id", "address"),
    )
    op.create_table(
        "dismissal",
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alert.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("alert_id"),
    )
    op.create_table(
        "signing_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )


def _filled(name: str, kind: sa.types.TypeEngine[Any], value: str) -> sa.Column[Any]:
    """A column that rows of before have too, with this value (see 0002)."""
    return sa.Column(name, kind, nullable=False, server_default=value)
