"""What was found: mentions, and the alerts made of them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from storage.reasons import ScoreReason, SpikeReason, TypedJson, UpdateReason
from storage.types import UtcDateTime, enum_type


class MentionRow(SQLModel, table=True):
    """One place in one version of an article where an actor or topic matched.

    `name` is the actor's or topic's name as it was then, so that a mention outlives an edited watch list.
    """

    __tablename__ = "mention"
    __table_args__ = (
        UniqueConstraint("version_id", "watch_list_id", "kind", "name", "field", "start", "end"),
        Index("ix_mention_name", "name", "watch_list_id", "version_id"),
        CheckConstraint("kind in ('actor', 'topic')", name="mention_kind"),
        CheckConstraint(
            "field in ('title', 'source_title', 'headline', 'summary', 'lead', 'description', 'text')",
            name="mention_field",
        ),
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
    more: int = 0
    """How many further places of this name in the version are counted here and not stored."""


class AlertKind(StrEnum):
    """What an alert tells of: a `story`, one `article`, or a `spike` (an actor with many more articles than is usual)."""

    STORY = "story"
    ARTICLE = "article"
    SPIKE = "spike"


class Alert(SQLModel, table=True):
    """One watch list times one story (or one article, where the watch list asks for every article; or a spike)."""

    __table_args__ = (
        Index("ix_alert_newest", "created_at", "watch_list_id"),
        Index("ix_alert_came_out", "came_out_at", "id"),
        Index("ix_alert_of_list", "watch_list_id", "came_out_at", "id"),
        Index(
            "ix_alert_merged",
            "merged_into_id",
            sqlite_where=text("merged_into_id IS NOT NULL"),
            postgresql_where=text("merged_into_id IS NOT NULL"),
        ),
        Index("ix_alert_update_due", "update_due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    watch_list_id: int = Field(foreign_key="watch_list.id", ondelete="CASCADE")
    story_id: int = Field(foreign_key="story.id", index=True)
    article_id: int = Field(foreign_key="article.id", index=True)
    """The article that raised it."""
    dedup_key: str = Field(unique=True)
    """`<watch list>:story:<story>`, `<watch list>:article:<article>` or `<watch list>:spike:<day>:<actor>`: what makes the alert
    the only one."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    came_out_at: datetime = Field(sa_type=UtcDateTime, nullable=True)
    """When the article that raised it was published, or found where that is not known; always set."""
    kind: AlertKind = Field(default=AlertKind.STORY, sa_type=enum_type(AlertKind))
    score: float = 0.0
    """Relevance, 0 to 100 (`alerts.raising.relevance`)."""
    score_parts: tuple[ScoreReason, ...] = Field(
        default=(), sa_column=Column(TypedJson(tuple[ScoreReason, ...], ()), nullable=False)
    )
    """What the score is made of."""
    spike: SpikeReason | None = Field(
        default=None, sa_column=Column(TypedJson(SpikeReason, None), nullable=True)
    )
    """What a spike is: how many articles, and how many are usual."""
    updated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When an article was last attached or edited."""
    notified_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the channels were last notified of it, or of an update."""
    notified_outlets: int = 1
    """How many outlets it had then."""
    update_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When its update is to be sent; null where there is none."""
    update_reasons: tuple[UpdateReason, ...] = Field(
        default=(), sa_column=Column(TypedJson(tuple[UpdateReason, ...], ()), nullable=False)
    )
    """What the update is about."""
    merged_into_id: int | None = Field(default=None, foreign_key="alert.id")
    """Set where its story was found to be one with that of an older alert, which has its articles since."""


class AlertArticle(SQLModel, table=True):
    """The articles of an alert: the one that raised it, and those that followed."""

    __tablename__ = "alert_article"

    alert_id: int = Field(foreign_key="alert.id", primary_key=True, ondelete="CASCADE")
    article_id: int = Field(foreign_key="article.id", primary_key=True, index=True)
    attached_at: datetime = Field(sa_type=UtcDateTime)
