"""What people did: written down, found, forgotten in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.watch.access import touch_lists_named, touched_lists
from storage.tables import Act, ActList, ApiToken, ChannelRow, Outlet, Review, SavedSearch, User, WatchListRow

_NAMES = {
    "watch list": (WatchListRow.id, WatchListRow.name),
    "outlet": (Outlet.id, Outlet.name),
    "channel": (ChannelRow.id, ChannelRow.name),
    "review": (Review.id, Review.name),
    "search": (SavedSearch.id, SavedSearch.name),
    "user": (User.id, User.name),
    "token": (ApiToken.id, ApiToken.name),
}
"""Things that have names beside their numbers: these are what people know them by."""


@dataclass(frozen=True, slots=True)
class NewAct:
    """An act to write down."""

    at: datetime
    who: str
    via: str
    address: str
    subject: str
    verb: str
    about: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DoneAct:
    """An act that was done."""

    id: int
    at: datetime
    who: str
    via: str
    address: str
    subject: str
    verb: str
    about: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ActFilter:
    """Which acts are wanted: all that is given must fit."""

    who: str | None = None
    subject: str | None = None
    about: str | None = None
    """A part of it, whatever its case."""
    since: datetime | None = None
    until: datetime | None = None


def put_act(session: Session, act: NewAct) -> None:
    """Write an act down, with the lists that it was about."""
    row = Act(
        at=act.at,
        who=act.who,
        via=act.via,
        address=act.address,
        subject=act.subject,
        verb=act.verb,
        about=act.about,
        facts=dict(act.facts),
    )
    session.add(row)
    session.flush()
    if act.subject == "watch list":
        touch_lists_named(session, [act.about])
    session.add_all(
        ActList(act_id=id_of(row), watch_list_id=number) for number in sorted(touched_lists(session))
    )
    session.flush()


def name_of(session: Session, subject: str, number: int) -> str | None:
    """Return the name of a thing by its number; None where things of this kind have none, or there is none."""
    if subject not in _NAMES:
        return None
    number_column, name_column = _NAMES[subject]
    return session.execute(sa_select(col(name_column)).where(col(number_column) == number)).scalar()


def acts_done(session: Session, wanted: ActFilter, *, before: int | None = None, limit: int) -> list[DoneAct]:
    """Return acts, newest first: those older than `before` (an id)."""
    query = select(Act).order_by(col(Act.id).desc()).limit(limit)
    if wanted.who is not None:
        query = query.where(Act.who == wanted.who)
    if wanted.subject is not None:
        query = query.where(Act.subject == wanted.subject)
    if wanted.about is not None:
        query = query.where(col(Act.about).icontains(wanted.about, autoescape=True))
    if wanted.since is not None:
        query = query.where(col(Act.at) >= wanted.since)
    if wanted.until is not None:
        query = query.where(col(Act.at) < wanted.until)
    if before is not None:
        query = query.where(col(Act.id) < before)
    return [
        DoneAct(
            id_of(row), row.at, row.who, row.via, row.address, row.subject, row.verb, row.about, row.facts
        )
        for row in session.exec(query)
    ]


def people_of_acts(session: Session) -> list[str]:
    """Return who did anything, by name."""
    return list(session.exec(select(Act.who).where(Act.who != "").distinct().order_by(Act.who)))


def expire_acts(session: Session, *, before: datetime) -> int:
    """Delete the acts that are older; return how many."""
    return session.exec(delete(Act).where(col(Act.at) < before)).rowcount
