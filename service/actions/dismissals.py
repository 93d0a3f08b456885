"""Dismissals: readers' word that an alert is not relevant."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from service.actions.errors import InvalidError, NotFoundError
from storage.language import _
from storage.stores.alerts import dismissals
from storage.tables import DismissalKind


def dismissal_kind(text: str) -> DismissalKind:
    """Return the reason that a form names. Raises `InvalidError`."""
    try:
        return DismissalKind(text)
    except ValueError as error:
        known = ", ".join(kind for kind in DismissalKind if kind)
        raise InvalidError(
            _("{text!r} is no reason to dismiss: use {known}", text=text, known=known), key="because"
        ) from error


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


def restore(session: Session, number: int) -> None:
    """Take a dismissal back. Raises `NotFoundError` where there is none."""
    if not dismissals.restore(session, number):
        raise NotFoundError(_("there is no dismissed alert {number}", number=number), key="alert")
