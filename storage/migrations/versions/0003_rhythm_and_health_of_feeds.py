"""Rhythm and health of feeds

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Go one revision up."""
    with op.batch_alter_table("outlet", recreate="never") as batch_op:
        batch_op.add_column(_filled("tags", _JSON, "[]"))
    with op.batch_alter_table("host", recreate="never") as batch_op:
        batch_op.add_column(_filled("throttled", sa.Integer(), "0"))
    with op.batch_alter_table("feed", recreate="never") as batch_op:
        batch_op.add_column(_time("baseline_at"))
        batch_op.add_column(_filled("rhythm", _JSON, "{}"))
        batch_op.add_column(_filled("hints", _JSON, "{}"))
        batch_op.add_column(_filled("entries", sa.Integer(), "0"))
        batch_op.add_column(sa.Column("overlap_seconds", sa.Float(), nullable=True))
        batch_op.add_column(_filled("delays", _JSON, "[]"))
        batch_op.add_column(_time("full_at"))
        batch_op.add_column(_filled("stale_validators", sa.Boolean(), "0"))
        batch_op.add_column(_time("moved_at"))
        batch_op.add_column(_filled("health", sa.String(length=20), "ok"))
        batch_op.add_column(_time("health_since"))
        batch_op.add_column(_time("health_told_at"))
    op.execute("UPDATE feed SET baseline_at = last_success_at, full_at = last_success_at")
    with op.batch_alter_table("entry", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("content_key", sa.String(), nullable=True))
        batch_op.create_index(batch_op.f("ix_entry_content_key"), ["content_key"], unique=False)
    op.create_table(
        "gap",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filled", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["feed_id"], ["feed.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_gap_feed_id"), "gap", ["feed_id"], unique=False)


def _time(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def _filled(name: str, kind: sa.types.TypeEngine[Any], value: str) -> sa.Column[Any]:
    """A column that rows of before have too, with this value: a plain text, so that SQLite need not make the table anew."""
    return sa.Column(name, kind, nullable=False, server_default=value)
