"""Health: what the feeds' state is judged by, and the service's own notifications."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import Channel, Notification, NotificationKind


def enqueue_service(
    session: Session, *, channel: str, subject: str, text: str, outlet: str | None, now: datetime
) -> Notification | None:
    """Adds a notification of the service itself, due now, whenever the channel sends its alerts; None where it is switched off.

    Its payload is `{"subject", "text", "outlet"}`; `outlet` is the outlet's name where it concerns one alone.
    """
    row = session.exec(select(Channel).where(Channel.name == channel, col(Channel.active))).first()
    if row is None:
        return None
    notification = Notification(
        uid=f"msg_{uuid4().hex}",
        channel_id=id_of(row),
        kind=NotificationKind.SERVICE,
        payload={"subject": subject, "text": text, "outlet": outlet},
        created_at=now,
        due_at=now,
    )
    session.add(notification)
    session.flush()
    return notification
