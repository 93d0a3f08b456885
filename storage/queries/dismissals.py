"""Which alerts people found not relevant, and which rules and outlets brought them."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, delete, select

from storage.tables import Alert, Dismissal


def dismiss(session: Session, alert_id: int, *, by: str, now: datetime) -> bool:
    """Notes that an alert is not relevant; twice is once. Tells whether there is such an alert."""
    if session.exec(select(Alert.id).where(Alert.id == alert_id)).first() is None:
        return False
    if session.get(Dismissal, alert_id) is None:
        session.add(Dismissal(alert_id=alert_id, by=by, at=now))
        session.flush()
    return True


def bring_back(session: Session, alert_id: int) -> bool:
    """Takes a dismissal back. Tells whether there is such an alert."""
    session.exec(delete(Dismissal).where(col(Dismissal.alert_id) == alert_id))
    return session.exec(select(Alert.id).where(Alert.id == alert_id)).first() is not None


def dismissal_of(session: Session, alert_id: int) -> Dismissal | None:
    """Gives who dismissed an alert, and when; None where nobody did."""
    return session.get(Dismissal, alert_id)
