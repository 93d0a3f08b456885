"""What is tracked: watch lists with their actors, aliases and topics, and the journal of what was edited."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.tables.users import Role
from storage.types import UtcDateTime, enum_type, json_type, no_items, no_values


class AlertPolicy(StrEnum):
    """`story`: one alert per story, later articles attach to it; `article`: one alert per article."""

    STORY = "story"
    ARTICLE = "article"


class WatchListRow(SQLModel, table=True):
    """What a user tracks and how often they are told. `active` is false once it left the settings file."""

    __tablename__ = "watch_list"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    languages: list[str] = Field(default_factory=no_items, sa_type=json_type())
    alert: AlertPolicy = Field(default=AlertPolicy.STORY, sa_type=enum_type(AlertPolicy))
    min_score: float = 0.0
    """Articles whose relevance (0 to 100) is lower make no alert."""
    update_interval_seconds: float = 3600.0
    """An alert's updates are told at most so often."""
    spikes: bool = False
    """An actor with many more articles than is usual makes an alert."""
    tags: list[str] = Field(default_factory=no_items, sa_type=json_type())
    """For people: by which they find it."""
    paused: bool = False
    """Articles are not searched for what it tracks until it is resumed."""
    provisioned: bool = False
    active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)
    counted_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """From when on its articles are counted, where a backfill went back before it was made."""
    owner_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    private: bool = False
    """Shown to its owner, editors and readers alone (`storage.viewers`); else it is the team's."""
    feed_mark: str = ""
    """Goes into the addresses of its feeds: another one, and the addresses that are known end."""


class WatchListShare(SQLModel, table=True):
    """Who else may see a watch list, or also change it: a user, or everybody with a role."""

    __tablename__ = "watch_list_share"
    __table_args__ = (UniqueConstraint("watch_list_id", "user_id"), UniqueConstraint("watch_list_id", "role"))

    id: int | None = Field(default=None, primary_key=True)
    watch_list_id: int = Field(foreign_key="watch_list.id", ondelete="CASCADE")
    user_id: int | None = Field(default=None, foreign_key="user_account.id", index=True, ondelete="CASCADE")
    role: Role | None = Field(default=None, sa_type=enum_type(Role))
    edits: bool = False


class WatchListChannel(SQLModel, table=True):
    """Who is told: the channels of a watch list."""

    __tablename__ = "watch_list_channel"

    watch_list_id: int = Field(foreign_key="watch_list.id", primary_key=True, ondelete="CASCADE")
    channel_id: int = Field(foreign_key="channel.id", primary_key=True, ondelete="CASCADE")
    conditions: dict[str, Any] = Field(default_factory=no_values, sa_type=json_type())
    """Which of the list's alerts it is told (`alerts.delivery.routing`); empty: all."""


class ActorRow(SQLModel, table=True):
    """A person or organisation of one watch list; its names stand in `AliasRow`, the first being its own."""

    __tablename__ = "actor"
    __table_args__ = (UniqueConstraint("watch_list_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    watch_list_id: int = Field(foreign_key="watch_list.id", index=True, ondelete="CASCADE")
    """Indexed alone too: so the actors of a list come in the order of their ids, and those lie together on the disk."""
    name: str
    surname: bool = False
    surname_text: str = Field(default="", sa_type=Text)
    """The surname, where it is given; else it is guessed."""
    context: list[str] = Field(default_factory=no_items, sa_type=json_type())
    exclude: list[str] = Field(default_factory=no_items, sa_type=json_type())
    any_order: bool = False
    forms: bool = True
    alone: bool | None = None
    note: str = Field(default="", sa_type=Text)
    """For people: who it is, where the row came from."""
    language: str | None = None
    """For people: the language of the name, where the import said."""


class AliasRow(SQLModel, table=True):
    """One way to write an actor's name, in any language or script, and what must hold for it to count (`alerts.values.Alias`)."""

    __tablename__ = "alias"
    __table_args__ = (UniqueConstraint("actor_id", "text"),)

    id: int | None = Field(default=None, primary_key=True)
    actor_id: int = Field(foreign_key="actor.id", ondelete="CASCADE")
    text: str
    exact: bool = False
    title: bool = False
    weak: bool = False
    context: list[str] = Field(default_factory=no_items, sa_type=json_type())
    exclude: list[str] = Field(default_factory=no_items, sa_type=json_type())
    least: int = 1
    any_order: bool = False
    forms: bool = True
    alone: bool | None = None


class TopicRow(SQLModel, table=True):
    """A named Boolean query of one watch list."""

    __tablename__ = "topic"
    __table_args__ = (UniqueConstraint("watch_list_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    watch_list_id: int = Field(foreign_key="watch_list.id", ondelete="CASCADE")
    name: str
    query: str = Field(sa_type=Text)


class ChangeKind(StrEnum):
    """What was edited: an `actor` or `topic` by its name, a list's `facts` (languages, channels, alert), or the whole `list`."""

    LIST = "list"
    FACTS = "facts"
    ACTOR = "actor"
    TOPIC = "topic"


class WatchChange(SQLModel, table=True):
    """One edit of a watch list, written in the edit's transaction: how a running service learns of it.

    It names what changed, not how: whoever reads it looks up what now holds (nothing, where it was removed).
    """

    __tablename__ = "watch_change"

    id: int | None = Field(default=None, primary_key=True)
    watch_list_id: int = Field(foreign_key="watch_list.id", ondelete="CASCADE")
    kind: ChangeKind = Field(sa_type=enum_type(ChangeKind))
    name: str = ""
    """The actor's or topic's name; empty for a list."""
    at: datetime = Field(sa_type=UtcDateTime)
