"""What is tracked: watch lists with their actors, aliases and topics."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime, enum_type, json_type


class AlertPolicy(StrEnum):
    """`story`: one alert per story, later articles attach to it; `article`: one alert per article."""

    STORY = "story"
    ARTICLE = "article"


class WatchList(SQLModel, table=True):
    """What a user tracks and how often they are told. `active` is false once it left the settings file."""

    __tablename__ = "watch_list"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    languages: list[str] = Field(default_factory=list, sa_type=json_type())
    alert: AlertPolicy = Field(default=AlertPolicy.STORY, sa_type=enum_type(AlertPolicy))
    provisioned: bool = False
    active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)


class WatchListChannel(SQLModel, table=True):
    """Who is told: the channels of a watch list."""

    __tablename__ = "watch_list_channel"

    watch_list_id: int = Field(foreign_key="watch_list.id", primary_key=True, ondelete="CASCADE")
    channel_id: int = Field(foreign_key="channel.id", primary_key=True, ondelete="CASCADE")


class Actor(SQLModel, table=True):
    """A person or organisation of one watch list; its names stand in `Alias`, the first being its own."""

    __table_args__ = (UniqueConstraint("watch_list_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    watch_list_id: int = Field(foreign_key="watch_list.id", ondelete="CASCADE")
    name: str
    surname: bool = False
    context: list[str] = Field(default_factory=list, sa_type=json_type())
    exclude: list[str] = Field(default_factory=list, sa_type=json_type())


class Alias(SQLModel, table=True):
    """One way to write an actor's name, in any language or script."""

    __table_args__ = (UniqueConstraint("actor_id", "text"),)

    id: int | None = Field(default=None, primary_key=True)
    actor_id: int = Field(foreign_key="actor.id", ondelete="CASCADE")
    text: str


class Topic(SQLModel, table=True):
    """A named Boolean query of one watch list."""

    __table_args__ = (UniqueConstraint("watch_list_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    watch_list_id: int = Field(foreign_key="watch_list.id", ondelete="CASCADE")
    name: str
    query: str = Field(sa_type=Text)
