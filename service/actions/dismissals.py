"""Dismissals: readers' word that an alert is not relevant: a state that lies over the alert's own (`service.actions.triage`)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from service.actions.acting import act
from service.actions.errors import InvalidError, NotFoundError
from service.actions.triage import MOST, AlertChange, By, own_state, triage
from storage.language import _
from storage.stores.alerts import dismissals
from storage.stores.alerts.triage import DISMISSED
from storage.tables import DismissalKind

__all__ = ["MOST", "dismiss", "dismiss_all", "dismissal_kind", "restore", "restore_all"]


def dismissal_kind(text: str) -> DismissalKind:
    """Return the reason that a form names. Raises `InvalidError`."""
    try:
        return DismissalKind(text)
    except ValueError as error:
        known = ", ".join(kind for kind in DismissalKind if kind)
        raise InvalidError(
            _("{text!r} is not a reason to dismiss: use {known}", text=text, known=known), key="because"
        ) from error


@act("alert", "dismiss", about="number", told=("kind", "reason"))
def dismiss(
    session: Session,
    number: int,
    *,
    via: str,
    kind: DismissalKind = DismissalKind.UNSAID,
    reason: str = "",
    caller: str = "",
    now: datetime,
) -> bool:
    """Mark an alert as not relevant; return whether that is new. Raises `NotFoundError`.

    One that was dismissed without a kind gets it.
    """
    return bool(dismiss_all(session, [number], via=via, kind=kind, reason=reason, caller=caller, now=now))


@act("alert", "dismiss", told=("numbers", "kind", "reason"))
def dismiss_all(
    session: Session,
    numbers: Collection[int],
    *,
    via: str,
    kind: DismissalKind = DismissalKind.UNSAID,
    reason: str = "",
    caller: str = "",
    now: datetime,
) -> list[int]:
    """Mark several alerts as not relevant, all or none; return those of which that is new. Raises `ActionError`."""
    known = {number for number in numbers if dismissals.dismissal_of(session, number) is not None}
    change = AlertChange(state=DISMISSED, because=kind, reason=reason)
    done = triage(session, numbers, change, by=By(caller, via), now=now)
    return [number for number in done.changed if number not in known]


@act("alert", "restore", told=("numbers",))
def restore_all(
    session: Session, numbers: Collection[int], *, via: str, caller: str = "", now: datetime
) -> None:
    """Take several dismissals back, all or none: each alert has its own state again. Raises `ActionError`."""
    for number in numbers:
        if dismissals.dismissal_of(session, number) is None:
            raise NotFoundError(_("there is no dismissed alert {number}", number=number), key="alert")
    by_state: dict[str, list[int]] = {}
    for number in numbers:
        by_state.setdefault(own_state(session, number), []).append(number)
    for state, alerts in (by_state or {"new": []}).items():
        triage(session, alerts, AlertChange(state=state), by=By(caller, via), now=now)


@act("alert", "restore", about="number")
def restore(session: Session, number: int, *, via: str, caller: str = "", now: datetime) -> None:
    """Take a dismissal back. Raises `NotFoundError` where there is none."""
    restore_all(session, [number], via=via, caller=caller, now=now)
