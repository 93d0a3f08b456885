"""How alerts are dealt with: read for lists, changed by acts, and the acts themselves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, or_
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.watch.access import touch_lists
from storage.tables import (
    Alert,
    AlertNote,
    AlertSeen,
    AlertTag,
    Dismissal,
    Triage,
    TriageAct,
    TriageChange,
    TriageState,
    User,
    WatchListRow,
)

DISMISSED = "dismissed"
"""The state that a dismissal lays over an alert's own."""
CLOSED = frozenset((TriageState.DONE.value, DISMISSED))
"""The states in which nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Handling:
    """How an alert is dealt with. `state` is `dismissed` where it was dismissed, whatever lies beneath."""

    state: str = TriageState.NEW.value
    assignee: str | None = None
    due_at: datetime | None = None
    tags: tuple[str, ...] = ()
    notes: int = 0

    @property
    def is_open(self) -> bool:
        """Whether something is left to do."""
        return self.state not in CLOSED


UNHANDLED = Handling()


@dataclass(frozen=True, slots=True)
class WrittenNote:
    """A note of an alert."""

    id: int
    alert_id: int
    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class StoredAct:
    """An act, with what it changed of each alert: before and after, by field."""

    id: int
    at: datetime
    by: str
    via: str
    undoes: int | None
    undone: bool
    """Whether a later act took it back."""
    changes: Mapping[int, Mapping[str, tuple[Any, Any]]]


@dataclass(frozen=True, slots=True)
class TriageFilter:
    """Which alerts are asked for, by how they are dealt with. Everything that is set must fit."""

    states: frozenset[str] = frozenset()
    assignee_id: int | None = None
    unassigned: bool = False
    tag: str | None = None
    only_open: bool = False
    day: tuple[datetime, datetime] | None = None
    """What came in this time, or is due before its end."""


def handling_of(session: Session, ids: Collection[int]) -> dict[int, Handling]:
    """Return how alerts are dealt with; those that nobody touched are not in it."""
    if not ids:
        return {}
    rows = session.execute(
        sa_select(col(Triage.alert_id), col(Triage.state), col(User.name), col(Triage.due_at))
        .outerjoin(User, col(User.id) == col(Triage.assignee_id))
        .where(col(Triage.alert_id).in_(ids))
    )
    facts = {number: (state.value, name, due) for number, state, name, due in rows}
    tags: dict[int, list[str]] = defaultdict(list)
    for number, tag in session.execute(
        sa_select(col(AlertTag.alert_id), col(AlertTag.tag))
        .where(col(AlertTag.alert_id).in_(ids))
        .order_by(col(AlertTag.tag))
    ):
        tags[number].append(tag)
    notes = Counter(session.exec(select(AlertNote.alert_id).where(col(AlertNote.alert_id).in_(ids))))
    gone = set(session.exec(select(Dismissal.alert_id).where(col(Dismissal.alert_id).in_(ids))))
    found: dict[int, Handling] = {}
    for number in {*facts, *tags, *notes, *gone}:
        state, name, due = facts.get(number, (TriageState.NEW.value, None, None))
        found[number] = Handling(
            DISMISSED if number in gone else state, name, due, tuple(tags[number]), notes[number]
        )
    return found


def hold_alerts(session: Session, ids: Collection[int]) -> set[int]:
    """Return those of the alerts that there are, locked until the transaction ends."""
    query = (
        select(Alert.id, Alert.watch_list_id)
        .where(col(Alert.id).in_(ids))
        .order_by(col(Alert.id))
        .with_for_update()
    )
    rows = session.exec(query).all()
    touch_lists(session, [watch_list_id for _number, watch_list_id in rows])
    return {number for number, _watch_list_id in rows if number is not None}


def put_handling(
    session: Session,
    alert_id: int,
    *,
    state: TriageState,
    assignee_id: int | None,
    due_at: datetime | None,
    now: datetime,
) -> None:
    """Store state, assignee and due time of an alert."""
    row = session.get(Triage, alert_id)
    if row is None:
        row = Triage(alert_id=alert_id, changed_at=now)
        session.add(row)
    row.state, row.assignee_id, row.due_at, row.changed_at = state, assignee_id, due_at, now
    session.flush()


def state_beneath(session: Session, alert_id: int) -> TriageState:
    """Return an alert's own state, whether or not it was dismissed."""
    row = session.get(Triage, alert_id)
    return TriageState.NEW if row is None else row.state


def put_tags(session: Session, alert_id: int, tags: Iterable[str]) -> None:
    """Store the tags of an alert, in place of those it has."""
    session.execute(delete(AlertTag).where(col(AlertTag.alert_id) == alert_id))
    session.add_all(AlertTag(alert_id=alert_id, tag=tag) for tag in dict.fromkeys(tags))
    session.flush()


def tags_in_use(session: Session) -> list[str]:
    """Return the tags that alerts have."""
    return list(session.exec(select(AlertTag.tag).distinct().order_by(col(AlertTag.tag))))


def add_note(session: Session, alert_id: int, text: str, *, by: str, now: datetime) -> int:
    """Store a note; return its number."""
    row = AlertNote(alert_id=alert_id, at=now, by=by, text=text)
    session.add(row)
    session.flush()
    return id_of(row)


def drop_note(session: Session, number: int) -> bool:
    """Delete a note; return whether there was one."""
    row = session.get(AlertNote, number)
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def notes_of(session: Session, alert_id: int) -> list[WrittenNote]:
    """Return the notes of an alert and of those that became one with it, the oldest first."""
    merged = sa_select(col(Alert.id)).where(col(Alert.merged_into_id) == alert_id)
    rows = session.exec(
        select(AlertNote)
        .where(or_(col(AlertNote.alert_id) == alert_id, col(AlertNote.alert_id).in_(merged)))
        .order_by(col(AlertNote.at), col(AlertNote.id))
    )
    return [WrittenNote(id_of(row), row.alert_id, row.at, row.by, row.text) for row in rows]


def mark_seen(session: Session, alert_id: int, user_id: int, *, now: datetime) -> bool:
    """Store that a person has seen an alert; return whether that is new."""
    if session.get(AlertSeen, (alert_id, user_id)) is not None:
        return False
    session.add(AlertSeen(alert_id=alert_id, user_id=user_id, at=now))
    session.flush()
    return True


def mark_unseen(session: Session, alert_id: int, user_id: int) -> bool:
    """Forget that a person has seen an alert; return whether they had."""
    row = session.get(AlertSeen, (alert_id, user_id))
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def seen_by(session: Session, ids: Collection[int], user_id: int) -> set[int]:
    """Return those of the alerts that a person has seen."""
    query = select(AlertSeen.alert_id).where(col(AlertSeen.alert_id).in_(ids), AlertSeen.user_id == user_id)
    return set(session.exec(query)) if ids else set()


def who_saw(session: Session, alert_id: int) -> list[str]:
    """Return the names of those who have seen an alert, in the order in which they did."""
    query = (
        select(User.name)
        .join(AlertSeen, col(AlertSeen.user_id) == col(User.id))
        .where(AlertSeen.alert_id == alert_id)
        .order_by(col(AlertSeen.at))
    )
    return list(session.exec(query))


def add_act(
    session: Session,
    changes: Mapping[int, Mapping[str, Sequence[Any]]],
    *,
    by: str,
    via: str,
    undoes: int | None = None,
    now: datetime,
) -> int:
    """Store an act with what it changed of each alert; return its number."""
    act = TriageAct(at=now, by=by, via=via, undoes_id=undoes)
    session.add(act)
    session.flush()
    number = id_of(act)
    session.add_all(
        TriageChange(
            act_id=number, alert_id=alert, fields={name: list(pair) for name, pair in fields.items()}
        )
        for alert, fields in changes.items()
    )
    session.flush()
    return number


def act_of(session: Session, number: int) -> StoredAct | None:
    """Return an act; None where there is none of that number."""
    row = session.get(TriageAct, number)
    return None if row is None else _acts(session, [row])[0]


def acts_on(session: Session, alert_id: int, *, limit: int) -> list[StoredAct]:
    """Return the newest acts on an alert, the newest first, each with what it changed of this alert alone."""
    rows = session.exec(
        select(TriageAct)
        .join(TriageChange, col(TriageChange.act_id) == col(TriageAct.id))
        .where(TriageChange.alert_id == alert_id)
        .order_by(col(TriageAct.id).desc())
        .limit(limit)
    ).all()
    return _acts(session, rows, only=alert_id)


def _acts(session: Session, rows: Sequence[TriageAct], *, only: int | None = None) -> list[StoredAct]:
    if not rows:
        return []
    numbers = [id_of(row) for row in rows]
    query = select(TriageChange).where(col(TriageChange.act_id).in_(numbers))
    if only is not None:
        query = query.where(TriageChange.alert_id == only)
    changes: dict[int, dict[int, dict[str, tuple[Any, Any]]]] = defaultdict(dict)
    for change in session.exec(query):
        changes[change.act_id][change.alert_id] = {
            name: (before, after) for name, (before, after) in change.fields.items()
        }
    undone = set(session.exec(select(TriageAct.undoes_id).where(col(TriageAct.undoes_id).in_(numbers))))
    return [
        StoredAct(id_of(row), row.at, row.by, row.via, row.undoes_id, row.id in undone, changes[id_of(row)])
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class NamedAlert:
    """What programs are sent of an alert that is dealt with."""

    id: int
    watch_list: str
    story_id: int


def named_alerts(session: Session, ids: Collection[int]) -> dict[int, NamedAlert]:
    """Return watch list and story of alerts."""
    rows = session.execute(
        sa_select(col(Alert.id), col(WatchListRow.name), col(Alert.story_id))
        .join(WatchListRow, col(WatchListRow.id) == col(Alert.watch_list_id))
        .where(col(Alert.id).in_(ids))
    )
    return {number: NamedAlert(number, name, story) for number, name, story in rows}


def conditions(wanted: TriageFilter) -> list[ColumnElement[bool]]:
    """Return what must hold of an alert for it to fit."""
    found: list[ColumnElement[bool]] = []
    if wanted.states:
        found.append(or_(*(_is_in(state) for state in sorted(wanted.states))))
    if wanted.only_open:
        found.append(~_is_in(TriageState.DONE) & ~_dismissed())
    if wanted.assignee_id is not None:
        found.append(_has(col(Triage.assignee_id) == wanted.assignee_id))
    if wanted.unassigned:
        found.append(~_has(col(Triage.assignee_id).is_not(None)))
    if wanted.tag is not None:
        its = sa_select(col(AlertTag.alert_id)).where(
            col(AlertTag.alert_id) == col(Alert.id), col(AlertTag.tag) == wanted.tag
        )
        found.append(its.exists())
    if wanted.day is not None:
        start, end = wanted.day
        came = (col(Alert.created_at) >= start) & (col(Alert.created_at) < end)
        found.append(or_(came, _has(col(Triage.due_at) < end)))
    return found


def _is_in(state: str) -> ColumnElement[bool]:
    if state == DISMISSED:
        return _dismissed()
    if state == TriageState.NEW:
        return ~_has(col(Triage.state) != TriageState.NEW) & ~_dismissed()
    return _has(col(Triage.state) == state) & ~_dismissed()


def _has(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return sa_select(col(Triage.alert_id)).where(col(Triage.alert_id) == col(Alert.id), condition).exists()


def _dismissed() -> ColumnElement[bool]:
    its = aliased(Dismissal)
    return sa_select(col(its.alert_id)).where(col(its.alert_id) == col(Alert.id)).exists()
