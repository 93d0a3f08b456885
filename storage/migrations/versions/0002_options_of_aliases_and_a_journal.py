"""Options of aliases, notes on actors, a journal of edited watch lists, and which version of an article was matched

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_WORDS = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
"""A list of words."""


def upgrade() -> None:
    """Go one revision up."""
    with op.batch_alter_table("actor", recreate="never") as batch_op:
        batch_op.add_column(_filled("any_order", sa.Boolean(), "0"))
        batch_op.add_column(_filled("note", sa.Text(), ""))
        batch_op.add_column(sa.Column("language", sa.String(), nullable=True))
        batch_op.create_index(batch_op.f("ix_actor_watch_list_id"), ["watch_list_id"], unique=False)
    with op.batch_alter_table("alias", recreate="never") as batch_op:
        for name in ("exact", "title", "weak"):
            batch_op.add_column(_filled(name, sa.Boolean(), "0"))
        for name in ("context", "exclude"):
            batch_op.add_column(_filled(name, _WORDS, "[]"))
        batch_op.add_column(_filled("least", sa.Integer(), "1"))
        batch_op.add_column(_filled("any_order", sa.Boolean(), "0"))
    with op.batch_alter_table("article", recreate="never") as batch_op:
        batch_op.add_column(_filled("matched_version", sa.Integer(), "0"))
    op.execute("UPDATE article SET matched_version = version WHERE state = 'matched'")
    with op.batch_alter_table("mention", recreate="never") as batch_op:
        batch_op.create_index(batch_op.f("ix_mention_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_mention_topic_id"), ["topic_id"], unique=False)
    op.create_table(
        "watch_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("watch_list_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("list", "facts", "actor", "topic", name="changekind", native_enum=False, length=20),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["watch_list_id"], ["watch_list.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )


def _filled(name: str, kind: sa.types.TypeEngine[Any], value: str) -> sa.Column[Any]:
    """A column that rows of before have too, with this value.

    A text, no expression: for that SQLite's table would be made anew, and dropping the old one would delete what hangs on it.
    """
    return sa.Column(name, kind, nullable=False, server_default=value)
