"""Alerts have a state, an assignee, a due time, tags and notes

Revision: 0043
Follows: 0042
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.types import UtcDateTime, json_type

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one revision up."""
    _tables_of_states()
    op.create_table(
        "triage_act",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column(
            "undoes_id", sa.Integer(), sa.ForeignKey("triage_act.id", ondelete="SET NULL"), nullable=True
        ),
    )
    op.create_index("ix_triage_act_at", "triage_act", ["at"])
    op.create_index("ix_triage_act_undoes_id", "triage_act", ["undoes_id"])
    op.create_table(
        "triage_change",
        sa.Column(
            "act_id", sa.Integer(), sa.ForeignKey("triage_act.id", ondelete="CASCADE"), primary_key=True
        ),
        _alert(primary_key=True),
        sa.Column("fields", json_type(), nullable=False),
    )
    op.create_index("ix_triage_change_alert_id", "triage_change", ["alert_id"])


def _tables_of_states() -> None:
    op.create_table(
        "triage",
        _alert(primary_key=True),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column(
            "assignee_id", sa.Integer(), sa.ForeignKey("user_account.id", ondelete="SET NULL"), nullable=True
        ),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
    )
    for column in ("state", "assignee_id", "due_at"):
        op.create_index(f"ix_triage_{column}", "triage", [column])
    op.create_table("alert_tag", _alert(primary_key=True), sa.Column("tag", sa.String(), primary_key=True))
    op.create_index("ix_alert_tag_tag", "alert_tag", ["tag"])
    op.create_table(
        "alert_note",
        sa.Column("id", sa.Integer(), primary_key=True),
        _alert(primary_key=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
    )
    op.create_index("ix_alert_note_alert_id", "alert_note", ["alert_id"])
    op.create_table(
        "alert_seen",
        _alert(primary_key=True),
        sa.Column(
            "user_id", sa.Integer(), sa.ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("at", UtcDateTime(), nullable=False),
    )
    op.create_index("ix_alert_seen_user_id", "alert_seen", ["user_id"])


def _alert(*, primary_key: bool) -> sa.Column[int]:
    return sa.Column(
        "alert_id",
        sa.Integer(),
        sa.ForeignKey("alert.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )
