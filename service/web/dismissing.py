"""Dismissing alerts from the page and the API."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from storage.tables import Alert, Dismissal

VIA = "page"


def dismiss(session: Session, alert_id: int, *, by: str, now: datetime) -> bool:
    """Notes that an alert is not relevant; twice is once. Tells whether there is such an alert."""
    if session.get(Alert, alert_id) is None:
        return False
    if session.get(Dismissal, alert_id) is None:
        session.add(Dismissal(alert_id=alert_id, at=now, via=VIA, reason=f"by {by}"))
        session.flush()
    return True


def bring_back(session: Session, alert_id: int) -> bool:
    """Takes a dismissal back. Tells whether there is such an alert."""
    row = session.get(Dismissal, alert_id)
    if row is not None:
        session.delete(row)
    return session.get(Alert, alert_id) is not None


def dismissal_of(session: Session, alert_id: int) -> Dismissal | None:
    """Gives how an alert was dismissed, and when; None where it was not."""
    return session.get(Dismissal, alert_id)
