"""Dismissals: readers' word that an alert is not relevant."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from service.actions.acting import act
from service.actions.errors import InvalidError, NotFoundError
from storage.language import _
from storage.stores.alerts import dismissals
from storage.tables import DismissalKind

MOST = 500
"""Alerts dismissed at a time."""


def dismissal_kind(text: str) -> DismissalKind:
    """Return the reason that a form names. Raises `InvalidError`."""
    try:
        return DismissalKind(text)
    except ValueError as error:
        known = ", ".join(kind for kind in DismissalKind if kind)
        raise InvalidError(
            _("{text!r} is no reason to dismiss: use {known}", text=text, known=known), key="because"
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
    """Mark an alert as not relevant; return whether that is new. Raises `NotFoundError`."""
    is_new = dismissals.dismiss(session, number, via=via, kind=kind, reason=reason, caller=caller, now=now)
    if is_new is None:
        raise NotFoundError(_("there is no alert {number}: tocsin alerts list", number=number), key="alert")
    return is_new


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
    _check_many(numbers)
    return [
        number
        for number in numbers
        if dismiss(session, number, via=via, kind=kind, reason=reason, caller=caller, now=now)
    ]


@act("alert", "restore", told=("numbers",))
def restore_all(session: Session, numbers: Collection[int]) -> None:
    """Take several dismissals back, all or none. Raises `ActionError`."""
    _check_many(numbers)
    for number in numbers:
        restore(session, number)


def _check_many(numbers: Collection[int]) -> None:
    if not numbers:
        raise InvalidError(_("Select at least one alert."), key="alerts")
    if len(numbers) > MOST:
        raise InvalidError(_("At most {most} alerts at a time.", most=MOST), key="alerts")


@act("alert", "restore", about="number")
def restore(session: Session, number: int) -> None:
    """Take a dismissal back. Raises `NotFoundError` where there is none."""
    if not dismissals.restore(session, number):
        raise NotFoundError(_("there is no dismissed alert {number}", number=number), key="alert")
