"""What people did: one row for each act, which the audit lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime, json_type, no_values


class Act(SQLModel, table=True):
    """One thing that a person did, written in the transaction that did it. People and things are named as they were then."""

    __tablename__ = "act"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    who: str = Field(index=True)
    """A user's, a token's or an account's name; empty for whoever had a signed link."""
    via: str
    """`page`, `api`, `cli` or `link`."""
    address: str = ""
    """Where the request came from; empty on the command line."""
    subject: str = Field(index=True)
    """What kind of thing it was done to: `watch list`, `outlet`, `user`."""
    verb: str
    about: str = ""
    """Which one."""
    facts: dict[str, Any] = Field(default_factory=no_values, sa_type=json_type())
    """What it was set to. Only what an act names is written, so no secret is."""


class ActList(SQLModel, table=True):
    """Which watch lists an act was about: who may not see one of them is not shown the act."""

    __tablename__ = "act_list"

    act_id: int = Field(foreign_key="act.id", primary_key=True, ondelete="CASCADE")
    watch_list_id: int = Field(foreign_key="watch_list.id", primary_key=True, index=True, ondelete="CASCADE")
