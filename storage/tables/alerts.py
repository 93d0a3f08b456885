"""What was found: mentions, stories and alerts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime


class Story(SQLModel, table=True):
    """Articles that tell the same event; `Article.story_id` says which."""

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = Field(sa_type=UtcDateTime)


class Mention(SQLModel, table=True):
    """One place in one version of an article where an actor or topic matched.

    `name` is the actor's or topic's name as it was then, so that a mention outlives an edited watch list.
    """

    __table_args__ = (
        UniqueConstraint("version_id", "watch_list_id", "kind", "name", "field", "start", "end"),
        Index("ix_mention_name", "name", "kind", "watch_list_id"),
        CheckConstraint("kind in ('actor', 'topic')", name="mention_kind"),
        CheckConstraint("field in ('title', 'text')", name="mention_field"),
    )

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="article_version.id", ondelete="CASCADE")
    watch_list_id: int = Field(foreign_key="watch_list.id", index=True, ondelete="CASCADE")
    kind: str
    name: str
    actor_id: int | None = Field(default=None, foreign_key="actor.id", index=True, ondelete="SET NULL")
    topic_id: int | None = Field(default=None, foreign_key="topic.id", index=True, ondelete="SET NULL")
    field: str
    start: int
    end: int
    surface: str
    rule: str
    """Why it matched, for people: the alias or the clause."""


class Alert(SQLModel, table=True):
    """One watch list times one story (or one article, where the watch list asks for every article)."""

    __table_args__ = (Index("ix_alert_newest", "created_at"),)

    id: int | None = Field(default=None, primary_key=True)
    watch_list_id: int = Field(foreign_key="watch_list.id", index=True, ondelete="CASCADE")
    story_id: int = Field(foreign_key="story.id", index=True)
    article_id: int = Field(foreign_key="article.id")
    """The article that raised it."""
    dedup_key: str = Field(unique=True)
    """`<watch list>:story:<story>` or `<watch list>:article:<article>`: what makes the alert the only one."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class AlertArticle(SQLModel, table=True):
    """The articles of an alert: the one that raised it, and those that followed."""

    __tablename__ = "alert_article"

    alert_id: int = Field(foreign_key="alert.id", primary_key=True, ondelete="CASCADE")
    article_id: int = Field(foreign_key="article.id", primary_key=True, index=True)
    attached_at: datetime = Field(sa_type=UtcDateTime)


class Dismissal(SQLModel, table=True):
    """Someone's word that an alert is not relevant. The alert stays; the counts show where precision is bad."""

    alert_id: int = Field(foreign_key="alert.id", primary_key=True, ondelete="CASCADE")
    by: str
    """Who said so: the user's or token's name."""
    at: datetime = Field(sa_type=UtcDateTime)
