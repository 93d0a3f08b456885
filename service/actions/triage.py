"""Alerts are dealt with: state, assignee, due time, tags, notes; many at once, each act recorded and to be undone.

The team's state is one thing, what a person has seen another: `see` is theirs alone and changes nothing for others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel import Session

from alerts.delivery.triage_events import TriagedAlert, notify_of_triage
from service.actions.acting import act
from service.actions.checking import MOST_TAGS, checked_tags
from service.actions.errors import ConflictError, InvalidError, NotFoundError, UnknownNameError
from storage.language import _
from storage.stores.alerts import dismissals
from storage.stores.alerts.triage import (
    DISMISSED,
    UNHANDLED,
    Handling,
    TriageFilter,
    act_of,
    add_act,
    add_note,
    drop_note,
    handling_of,
    hold_alerts,
    mark_seen,
    mark_unseen,
    put_handling,
    put_tags,
    state_beneath,
)
from storage.stores.people.users import user_called
from storage.tables import DismissalKind, TriageState
from storage.viewers import looking_as

MOST = 500
"""Alerts dealt with at a time."""
LONGEST_NOTE = 5_000
VIEWS = ("mine", "unassigned", "today")
STATES = (*(state.value for state in TriageState), DISMISSED)


@dataclass(frozen=True, slots=True)
class By:
    """Whose act it is. `name` is a user's or token's, or a mail's recipient; `via` is `page`, `api`, `command` or `link`."""

    name: str
    via: str
    is_user: bool = False
    """Whether `name` is a user's: what they take in hand and nobody has is then theirs."""


@dataclass(frozen=True, slots=True)
class AlertChange:
    """What is to change; what is left out stays as it is."""

    state: str | None = None
    because: DismissalKind = DismissalKind.UNSAID
    """Of the state `dismissed`."""
    reason: str = ""
    """The same in words."""
    assignee: str | None = None
    """A user's name; empty: nobody's."""
    due_at: datetime | None = None
    no_due: bool = False
    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class TriageOutcome:
    """What an act changed. `id` is what undoes it; None where nothing changed."""

    id: int | None
    changed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Values:
    """An alert's fields as acts record them."""

    state: str
    dismissal: Mapping[str, str] | None
    assignee: str | None
    due_at: str | None
    tags: tuple[str, ...]


FIELDS = ("state", "dismissal", "assignee", "due_at", "tags")


@act("alert", "deal with", told=("numbers", "change"))
def triage(
    session: Session, numbers: Collection[int], change: AlertChange, *, by: By, now: datetime
) -> TriageOutcome:
    """Change how alerts are dealt with, all or none. Raise `ActionError`."""
    held = _held(session, numbers)
    wanted = _checked(session, change)
    changes: dict[int, dict[str, tuple[Any, Any]]] = {}
    for number, (handling, old) in held.items():
        fields = _differences(old, _changed(old, wanted, by))
        if fields:
            _store(session, number, handling, old, fields, by=by, now=now)
        if wanted.note:
            note = add_note(session, number, wanted.note, by=by.name, now=now)
            fields["note"] = (None, {"id": note, "text": wanted.note})
        if fields:
            changes[number] = fields
    return _recorded(session, changes, by=by, now=now)


@act("alert", "undo", about="act_id")
def undo(session: Session, act_id: int, *, by: By, now: datetime) -> TriageOutcome:
    """Take an act back, where what it changed still stands so: what others changed since stays.

    Raise `NotFoundError`; `ConflictError` where nothing is left to take back.
    """
    done = act_of(session, act_id)
    if done is None:
        raise NotFoundError(_("There is no act {number}.", number=act_id), key="act")
    there = hold_alerts(session, done.changes)
    changes: dict[int, dict[str, tuple[Any, Any]]] = {}
    values = _values(session, sorted(there))
    for number, (handling, old) in values.items():
        recorded = done.changes[number]
        back = {
            name: before
            for name, (before, after) in recorded.items()
            if name in FIELDS and _plain(getattr(old, name)) == after
        }
        fields = _differences(old, replace(old, **_loaded(back)))
        if fields:
            _store(session, number, handling, old, fields, by=by, now=now)
        note = recorded.get("note", (None, None))[1]
        if note is not None and drop_note(session, note["id"]):
            fields["note"] = (note, None)
        if fields:
            changes[number] = fields
    if not changes:
        raise ConflictError(_("Nothing is left to undo: it was changed since."), key="act")
    return _recorded(session, changes, by=by, now=now, undoes=act_id)


def see(session: Session, number: int, person: str, *, now: datetime) -> bool:
    """Mark an alert as seen by one person; return whether that is new. Raise `ActionError`."""
    _held(session, [number])
    return mark_seen(session, number, _user(session, person, key="person"), now=now)


def unsee(session: Session, number: int, person: str) -> bool:
    """Mark an alert as not seen by one person; return whether they had seen it. Raise `ActionError`."""
    _held(session, [number])
    return mark_unseen(session, number, _user(session, person, key="person"))


def checked_note(text: str) -> str:
    """Return a note without space around it. Raise `InvalidError`."""
    note = text.strip()
    if len(note) > LONGEST_NOTE:
        raise InvalidError(
            _("A note has at most {most} characters, not {count}.", most=LONGEST_NOTE, count=len(note)),
            key="note",
        )
    if "\x00" in note or any("\ud800" <= character <= "\udfff" for character in note):
        raise InvalidError(_("The note holds characters that no database takes."), key="note")
    return note


def checked_zone(name: str) -> ZoneInfo:
    """Return a time zone; UTC for an empty name. Raise `InvalidError`."""
    try:
        return ZoneInfo(name or "UTC")
    except (KeyError, ValueError, OSError) as error:
        raise InvalidError(
            _("{name!r} is not a time zone: use a name such as Africa/Casablanca.", name=name), key="zone"
        ) from error


def read_due(text: str, zone: ZoneInfo) -> datetime:
    """Return a due time that is written as a date (its end) or a date and time, in the zone where it names none.

    Raise `InvalidError`.
    """
    try:
        found = datetime.fromisoformat(text.strip())
        if len(text.strip()) <= len("2026-03-02"):
            found = datetime.combine(found.date(), time(23, 59))
        return (found if found.tzinfo is not None else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidError(
            _("{text!r} is not a time: write 2026-03-02 or 2026-03-02T17:00.", text=text), key="due_at"
        ) from error


@dataclass(frozen=True, slots=True)
class ViewWanted:
    """A view of the alerts, and what narrows it. `person` is whose view it is, `zone` where their day is."""

    view: str = ""
    person: str = ""
    zone: str = ""
    state: str = ""
    assignee: str = ""
    tag: str = ""


def view_filter(session: Session, wanted: ViewWanted, *, now: datetime) -> TriageFilter | None:
    """Return how the alerts of a view are dealt with; None where that is all the same. Raise `ActionError`.

    `mine`, `unassigned` and `today` show what is left to do. Today is what came in the person's day, and what is due by its end.
    """
    if wanted.view not in ("", *VIEWS):
        raise InvalidError(
            _("{view!r} is not a view: use {known}", view=wanted.view, known=", ".join(VIEWS)), key="view"
        )
    if wanted.state and wanted.state not in STATES:
        raise InvalidError(
            _("{state!r} is not a state: use {known}", state=wanted.state, known=", ".join(STATES)),
            key="state",
        )
    person = wanted.person if wanted.view == "mine" else wanted.assignee
    if wanted.view == "mine" and not person:
        raise InvalidError(_("Say whose alerts: person"), key="person")
    found = TriageFilter(
        states=frozenset((wanted.state,)) if wanted.state else frozenset(),
        assignee_id=_user(session, person, key="person") if person else None,
        unassigned=wanted.view == "unassigned",
        tag=wanted.tag or None,
        only_open=bool(wanted.view) and not wanted.state,
        day=_day(checked_zone(wanted.zone), now) if wanted.view == "today" else None,
    )
    return None if found == TriageFilter() else found


def _day(zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """Return when the day in a zone begins and ends."""
    today = now.astimezone(zone).date()
    start, end = (datetime.combine(day, time(), zone) for day in (today, today + timedelta(days=1)))
    return start.astimezone(UTC), end.astimezone(UTC)


def own_state(session: Session, number: int) -> str:
    """Return the state that an alert has beneath a dismissal."""
    return state_beneath(session, number).value


def _held(session: Session, numbers: Collection[int]) -> dict[int, tuple[Handling, _Values]]:
    if not numbers:
        raise InvalidError(_("Select at least one alert."), key="alerts")
    if len(numbers) > MOST:
        raise InvalidError(_("At most {most} alerts at a time.", most=MOST), key="alerts")
    wanted = list(dict.fromkeys(numbers))
    missing = sorted(set(wanted) - hold_alerts(session, wanted))
    if missing:
        raise NotFoundError(
            _("there is no alert {number}: tocsin alerts list", number=missing[0]), key="alert"
        )
    return _values(session, wanted)


def _values(session: Session, numbers: Collection[int]) -> dict[int, tuple[Handling, _Values]]:
    handling = handling_of(session, numbers)
    return {number: _value(session, number, handling.get(number, UNHANDLED)) for number in numbers}


def _value(session: Session, number: int, handling: Handling) -> tuple[Handling, _Values]:
    said = dismissals.dismissal_of(session, number) if handling.state == DISMISSED else None
    return handling, _Values(
        handling.state,
        None if said is None else {"kind": said.kind.value, "reason": said.reason},
        handling.assignee,
        None if handling.due_at is None else handling.due_at.isoformat(),
        handling.tags,
    )


def _checked(session: Session, change: AlertChange) -> AlertChange:
    if change.state is not None and change.state not in STATES:
        raise InvalidError(
            _("{state!r} is not a state: use {known}", state=change.state, known=", ".join(STATES)),
            key="state",
        )
    if change.assignee:
        _user(session, change.assignee, key="assignee")
    if change.due_at is not None and change.no_due:
        raise InvalidError(_("Give a due time, or take it away, not both."), key="due_at")
    return replace(
        change,
        note=checked_note(change.note),
        add_tags=checked_tags(change.add_tags),
        remove_tags=checked_tags(change.remove_tags),
    )


def _user(session: Session, name: str, *, key: str) -> int:
    user = user_called(session, name)
    if user is None:
        raise UnknownNameError(_("There is no user {name!r}.", name=name), key=key)
    return user.id


def _changed(old: _Values, change: AlertChange, by: By) -> _Values:
    state = old.state if change.state is None else change.state
    dismissal = old.dismissal if state == DISMISSED else None
    if change.state == DISMISSED and (old.state != DISMISSED or change.because):
        reason = change.reason or (old.dismissal or {}).get("reason", "")
        dismissal = {"kind": change.because.value, "reason": reason}
    assignee = old.assignee if change.assignee is None else change.assignee or None
    if change.state == TriageState.IN_HAND and assignee is None and change.assignee is None and by.is_user:
        assignee = by.name
    due = old.due_at if change.due_at is None else change.due_at.isoformat()
    tags = sorted({*old.tags, *change.add_tags} - {*change.remove_tags})
    if len(tags) > MOST_TAGS:
        raise InvalidError(_("At most {most} tags, not {tags}.", most=MOST_TAGS, tags=len(tags)), key="tags")
    return _Values(state, dismissal, assignee, None if change.no_due else due, tuple(tags))


def _differences(old: _Values, new: _Values) -> dict[str, tuple[Any, Any]]:
    return {
        name: (_plain(getattr(old, name)), _plain(getattr(new, name)))
        for name in FIELDS
        if getattr(old, name) != getattr(new, name)
    }


def _plain(value: Any) -> Any:  # noqa: ANN401  (a field, as JSON has it)
    return list(value) if isinstance(value, tuple) else value


def _loaded(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if name == "tags" else value for name, value in fields.items()}


def _store(
    session: Session,
    number: int,
    handling: Handling,
    old: _Values,
    fields: Mapping[str, tuple[Any, Any]],
    *,
    by: By,
    now: datetime,
) -> None:
    """Store what differs of one alert."""
    state = fields.get("state", (old.state, old.state))[1]
    if "dismissal" in fields:
        said = fields["dismissal"][1]
        dismissals.restore(session, number)
        session.flush()
        if said is not None:
            kind = DismissalKind(said["kind"])
            dismissals.dismiss(
                session, number, via=by.via, kind=kind, reason=said["reason"], caller=by.name, now=now
            )
    name = fields["assignee"][1] if "assignee" in fields else handling.assignee
    user = user_called(session, name) if name else None
    due = fields["due_at"][1] if "due_at" in fields else old.due_at
    own = state_beneath(session, number) if state == DISMISSED else TriageState(state)
    put_handling(
        session,
        number,
        state=own,
        assignee_id=None if user is None else user.id,
        due_at=None if due is None else datetime.fromisoformat(due),
        now=now,
    )
    if "tags" in fields:
        put_tags(session, number, fields["tags"][1])


def _recorded(
    session: Session,
    changes: Mapping[int, Mapping[str, tuple[Any, Any]]],
    *,
    by: By,
    now: datetime,
    undoes: int | None = None,
) -> TriageOutcome:
    """Store the act, and queue what programs are sent of it."""
    if not changes:
        return TriageOutcome(None, ())
    number = add_act(session, changes, by=by.name, via=by.via, undoes=undoes, now=now)
    session.flush()
    handling = handling_of(session, changes)
    told = [TriagedAlert(alert, handling.get(alert, UNHANDLED), fields) for alert, fields in changes.items()]
    with looking_as(None):
        notify_of_triage(session, told, act=number, by=by.name, via=by.via, now=now)
    return TriageOutcome(number, tuple(changes))
