"""Stories: which articles tell the same event, the traces of each that say so, who is mentioned, and how much there is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime, enum_type, json_type, no_items


class StoryKind(StrEnum):
    """As what an article came to its story: the first of it, a copy of one that was there, or the same event in other words."""

    NEW = "new"
    COPY = "copy"
    SAME_STORY = "same-story"


class StoryShard(SQLModel, table=True):
    """A share of the stories (those of one language): one process at a time decides on it, by a lease with a fencing token."""

    __tablename__ = "story_shard"

    name: str = Field(primary_key=True)
    """The language (ISO 639-1); empty where it is not known."""
    version: int = 0
    """Grows with each batch that was decided: tells a process whether others decided meanwhile."""
    token: int = 0
    """The fencing token of the last claim."""
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = None


class Story(SQLModel, table=True):
    """Articles that tell the same event; `Article.story_id` says which."""

    __table_args__ = (Index("ix_story_merged_at", "shard", "merged_at_version"),)

    id: int | None = Field(default=None, primary_key=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    merged_into_id: int | None = Field(default=None, foreign_key="story.id", index=True)
    """Set where it was found to be one with an older story, which has its articles since."""
    merged_at_version: int | None = None
    """The version of its shard that the merger made."""
    shard: str | None = None
    """Null for a story whose articles were never grouped."""


class StoryArticle(SQLModel, table=True):
    """What an article is to its story, and its traces: what later articles are compared with.

    The traces are emptied once they are older than the windows; the rest stays. `id` is the order in which articles came.
    """

    __tablename__ = "story_article"
    __table_args__ = (
        Index("ix_story_article_seen", "seen_at"),
        Index("ix_story_article_shard", "shard", "id"),
        Index("ix_story_article_moved", "shard", "moved_at_version"),
    )

    id: int | None = Field(default=None, primary_key=True)
    article_id: int = Field(foreign_key="article.id", unique=True, ondelete="CASCADE")
    shard: str
    kind: StoryKind = Field(sa_type=enum_type(StoryKind))
    copy_of_id: int | None = Field(default=None, foreign_key="article.id", index=True, ondelete="SET NULL")
    """The earliest article that it is a copy of."""
    copy_group: int | None = None
    """The `id` of the first of the copies that it belongs to, which may be gone; None is its own."""
    at: datetime = Field(sa_type=UtcDateTime)
    """Its own time: what is compared lies within a window of it."""
    seen_at: datetime = Field(sa_type=UtcDateTime)
    """When it came: its traces are emptied a window later."""
    exact: int | None = Field(default=None, sa_type=BigInteger)
    """Equal for equal texts."""
    shingles: bytes | None = Field(default=None, sa_type=LargeBinary)
    """`alerts.stories.traces`: for copies."""
    terms: bytes | None = Field(default=None, sa_type=LargeBinary)
    """`alerts.stories.traces`: for the same event in other words."""
    marks: list[str] | None = Field(default=None, sa_type=json_type())
    """Numbers, dates and names of an article that mentions an actor: for related stories in other languages."""
    moved_at_version: int | None = None
    """The version of its shard that took it out of a story, or its copies from it, the last time; null where none did."""


class StoryRuling(SQLModel, table=True):
    """A reader's word on two articles of a shard: they tell one event, or two. The last word on a pair counts."""

    __tablename__ = "story_ruling"
    __table_args__ = (Index("ix_story_ruling_version", "shard", "version"),)

    article_id: int = Field(foreign_key="article.id", primary_key=True, ondelete="CASCADE")
    """The older of the two."""
    other_id: int = Field(foreign_key="article.id", primary_key=True, index=True, ondelete="CASCADE")
    together: bool
    shard: str
    version: int
    """That of the shard which the word made."""
    at: datetime = Field(sa_type=UtcDateTime)
    caller: str = Field(default="", sa_type=Text)
    """Who that was: a user's or a token's name."""


class StoryLink(SQLModel, table=True):
    """Two stories that share tracked actors, or one and what is said of it, within 36 hours: related, no more is claimed."""

    __tablename__ = "story_link"

    story_id: int = Field(foreign_key="story.id", primary_key=True, ondelete="CASCADE")
    """The older of the two."""
    other_id: int = Field(foreign_key="story.id", primary_key=True, index=True, ondelete="CASCADE")
    actors: list[str] = Field(default_factory=no_items, sa_type=json_type())
    """Whom they share."""
    marks: list[str] = Field(default_factory=no_items, sa_type=json_type())
    """Numbers, dates and names that both say (`alerts.stories.marks`)."""
    alike: float | None = None
    """The cosine of an enricher's vectors, where these made the two one."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class StoryMention(SQLModel, table=True):
    """An actor or topic of a watch list that articles of a story mention."""

    __tablename__ = "story_mention"
    __table_args__ = (
        UniqueConstraint("story_id", "watch_list_id", "kind", "name"),
        Index("ix_story_mention_name", "watch_list_id", "kind", "name", "last_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    story_id: int = Field(foreign_key="story.id", ondelete="CASCADE")
    watch_list_id: int = Field(foreign_key="watch_list.id", ondelete="CASCADE")
    kind: str
    """`actor` or `topic`."""
    name: str
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)


class VolumeUnit(StrEnum):
    """The length of time that is counted over."""

    HOUR = "hour"
    DAY = "day"


class Volume(SQLModel, table=True):
    """How many articles and stories a watch list, or an actor or topic of it, had in one hour or day (UTC)."""

    __table_args__ = (
        UniqueConstraint("watch_list_id", "kind", "name", "unit", "starts_at"),
        Index("ix_volume_unit", "unit", "starts_at", "kind", "watch_list_id", "name", "articles"),
    )

    id: int | None = Field(default=None, primary_key=True)
    watch_list_id: int = Field(foreign_key="watch_list.id", ondelete="CASCADE")
    kind: str
    """`list`, `actor` or `topic`; `outlet` or `language`, from where a list's articles come (these without stories)."""
    name: str = ""
    """Of the actor or topic, the outlet or the language; empty for the whole list, and where the language is not known."""
    unit: VolumeUnit = Field(sa_type=enum_type(VolumeUnit))
    starts_at: datetime = Field(sa_type=UtcDateTime)
    articles: int = 0
    stories: int = 0
