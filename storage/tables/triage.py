"""How alerts are dealt with: state, assignee, due time, tags, notes; who has seen which; and each act, so that it can be undone.

An alert without a row is new and nobody's. A dismissal (`storage.tables.delivery`) lies over the state: taken back, it
uncovers it.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime, enum_type, json_type


class TriageState(StrEnum):
    """How far the team is with an alert. `seen`: the team knows and does nothing yet."""

    NEW = "new"
    SEEN = "seen"
    IN_HAND = "in-hand"
    DONE = "done"


class Triage(SQLModel, table=True):
    """The team's state of an alert, whose it is, and by when it is to be done."""

    alert_id: int = Field(foreign_key="alert.id", primary_key=True, ondelete="CASCADE")
    state: TriageState = Field(default=TriageState.NEW, sa_type=enum_type(TriageState), index=True)
    assignee_id: int | None = Field(
        default=None, foreign_key="user_account.id", index=True, ondelete="SET NULL"
    )
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class AlertTag(SQLModel, table=True):
    """A tag of an alert."""

    __tablename__ = "alert_tag"

    alert_id: int = Field(foreign_key="alert.id", primary_key=True, ondelete="CASCADE")
    tag: str = Field(primary_key=True, index=True)


class AlertNote(SQLModel, table=True):
    """What somebody wrote about an alert."""

    __tablename__ = "alert_note"

    id: int | None = Field(default=None, primary_key=True)
    alert_id: int = Field(foreign_key="alert.id", index=True, ondelete="CASCADE")
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(sa_type=Text)
    """The name of the user or token, or a mail's recipient."""
    text: str = Field(sa_type=Text)


class AlertSeen(SQLModel, table=True):
    """That one person has seen an alert: theirs alone, never the team's."""

    __tablename__ = "alert_seen"

    alert_id: int = Field(foreign_key="alert.id", primary_key=True, ondelete="CASCADE")
    user_id: int = Field(foreign_key="user_account.id", primary_key=True, index=True, ondelete="CASCADE")
    at: datetime = Field(sa_type=UtcDateTime)


class TriageAct(SQLModel, table=True):
    """One act on one alert or many."""

    __tablename__ = "triage_act"

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    by: str = Field(sa_type=Text)
    via: str
    """`page`, `api`, `command`, or `link`: a button in a mail."""
    undoes_id: int | None = Field(default=None, foreign_key="triage_act.id", index=True, ondelete="SET NULL")
    """The act that this one took back."""


class TriageChange(SQLModel, table=True):
    """What an act changed of one alert."""

    __tablename__ = "triage_change"

    act_id: int = Field(foreign_key="triage_act.id", primary_key=True, ondelete="CASCADE")
    alert_id: int = Field(foreign_key="alert.id", primary_key=True, index=True, ondelete="CASCADE")
    fields: dict[str, Any] = Field(sa_type=json_type())
    """Before and after, by field: `{"state": ["new", "done"]}`."""
