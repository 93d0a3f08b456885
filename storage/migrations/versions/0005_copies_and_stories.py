"""Copies and stories: traces of articles, related stories, volume; alerts that are scored, updated and merged

Revision: 0005
Follows: 0004
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_WORDS = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
"""A list of words."""
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go one revision up."""
    _stories()
    _alerts()
    _volume()
    _allow_many_updates()


def _stories() -> None:
    with op.batch_alter_table("story", recreate="never") as batch_op:
        batch_op.add_column(
            sa.Column("merged_into_id", sa.Integer(), sa.ForeignKey("story.id"), nullable=True),
            inline_references=True,
        )
        batch_op.create_index(batch_op.f("ix_story_merged_into_id"), ["merged_into_id"], unique=False)
    op.create_table(
        "story_article",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("new", "copy", "same-story", name="storykind"), nullable=False),
        sa.Column("copy_of_id", sa.Integer(), nullable=True),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("exact", sa.BigInteger(), nullable=True),
        sa.Column("shingles", sa.LargeBinary(), nullable=True),
        sa.Column("terms", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["copy_of_id"], ["article.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("article_id"),
    )
    op.create_index("ix_story_article_seen", "story_article", ["seen_at"], unique=False)
    op.create_index(op.f("ix_story_article_copy_of_id"), "story_article", ["copy_of_id"], unique=False)
    op.create_table(
        "story_link",
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("actors", _WORDS, nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["other_id"], ["story.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("story_id", "other_id"),
    )
    op.create_index(op.f("ix_story_link_other_id"), "story_link", ["other_id"], unique=False)
    op.create_table(
        "story_mention",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("story_id", sa.Integer(), nullable=False),
        sa.Column("watch_list_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("first_at", _TIME, nullable=False),
        sa.Column("last_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["story_id"], ["story.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["watch_list_id"], ["watch_list.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("story_id", "watch_list_id", "kind", "name"),
    )
    op.create_index(
        "ix_story_mention_name", "story_mention", ["watch_list_id", "kind", "name", "last_at"], unique=False
    )


def _alerts() -> None:
    with op.batch_alter_table("watch_list", recreate="never") as batch_op:
        batch_op.add_column(_filled("min_score", sa.Float(), "0"))
        batch_op.add_column(_filled("update_interval_seconds", sa.Float(), "3600"))
        batch_op.add_column(_filled("spikes", sa.Boolean(), "0"))
    with op.batch_alter_table("alert", recreate="never") as batch_op:
        batch_op.add_column(_filled("kind", _enum("story", "article", "spike", name="alertkind"), "story"))
        batch_op.add_column(_filled("score", sa.Float(), "0"))
        for name in ("score_reason", "reason"):
            batch_op.add_column(_filled(name, sa.Text(), ""))
        for name in ("updated_at", "told_at", "update_due_at"):
            batch_op.add_column(sa.Column(name, _TIME, nullable=True))
        batch_op.add_column(_filled("told_outlets", sa.Integer(), "1"))
        batch_op.add_column(_filled("update_reasons", _WORDS, "[]"))
        batch_op.add_column(
            sa.Column("merged_into_id", sa.Integer(), sa.ForeignKey("alert.id"), nullable=True),
            inline_references=True,
        )
        batch_op.create_index(batch_op.f("ix_alert_merged_into_id"), ["merged_into_id"], unique=False)
        batch_op.create_index("ix_alert_update_due", ["update_due_at"], unique=False)
    op.execute("UPDATE alert SET kind = 'article' WHERE dedup_key LIKE '%:article:%'")


def _volume() -> None:
    op.create_table(
        "volume",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("watch_list_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", _enum("hour", "day", name="volumeunit"), nullable=False),
        sa.Column("starts_at", _TIME, nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("stories", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["watch_list_id"], ["watch_list.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("watch_list_id", "kind", "name", "unit", "starts_at"),
    )
    op.create_index("ix_volume_unit", "volume", ["unit", "starts_at"], unique=False)


def _allow_many_updates() -> None:
    """An alert is created once on a channel, as before, but may be updated often.

    SQLite must make the table anew for that. Dropping the old one would delete the attempts that hang on it, and fail for what
    points into itself: both are put aside meanwhile.
    """
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute("CREATE TEMPORARY TABLE kept_attempt AS SELECT * FROM attempt")
        op.execute(
            "CREATE TEMPORARY TABLE kept_digest AS SELECT id, digest_id FROM notification WHERE digest_id IS NOT NULL"
        )
        op.execute("UPDATE notification SET digest_id = NULL")
        op.execute("DELETE FROM attempt")
        convention = {"uq": "uq_%(table_name)s_%(column_0_N_name)s"}
        with op.batch_alter_table(
            "notification", recreate="always", naming_convention=convention
        ) as batch_op:
            batch_op.drop_constraint("uq_notification_channel_id_alert_id_kind", type_="unique")
        op.execute("INSERT INTO attempt SELECT * FROM kept_attempt")
        op.execute(
            "UPDATE notification SET digest_id = (SELECT digest_id FROM kept_digest WHERE kept_digest.id = notification.id)"
            " WHERE id IN (SELECT id FROM kept_digest)"
        )
        op.execute("DROP TABLE kept_attempt")
        op.execute("DROP TABLE kept_digest")
    else:
        op.drop_constraint("notification_channel_id_alert_id_kind_key", "notification", type_="unique")
    op.create_index(
        "uq_notification_created",
        "notification",
        ["channel_id", "alert_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'alert.created'"),
        postgresql_where=sa.text("kind = 'alert.created'"),
    )


def _enum(*values: str, name: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, length=20)


def _filled(name: str, kind: sa.types.TypeEngine[Any], value: str) -> sa.Column[Any]:
    """A column that rows of before have too, with this value (see 0002)."""
    return sa.Column(name, kind, nullable=False, server_default=value)
