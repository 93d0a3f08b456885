"""What of a dead channel its fallback is told in its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from storage.stores.outbox.notifications import AT_ONCE
from storage.stores.outbox.waiting import FOR_PROGRAMS
from storage.tables import Notification, NotificationKind, NotificationState


@dataclass(frozen=True, slots=True)
class EscalatedNotification:
    """A notification that the fallback is to have too."""

    id: int
    kind: NotificationKind
    alert_id: int | None
    payload: dict[str, Any]


_ESCALATED: Any = tuple(col(getattr(Notification, name)) for name in EscalatedNotification.__slots__)
_UNTOLD = (
    col(Notification.kind).not_in((NotificationKind.DIGEST, NotificationKind.REVIEW, *FOR_PROGRAMS)),
    col(Notification.escalated_at).is_(None),
)


def is_waiting_to_escalate(session: Session, channel_id: int) -> bool:
    """Return whether there is anything of a dead channel that its fallback was not told yet."""
    waiting = select(Notification.id).where(*_of_dead(channel_id)).limit(1)
    return session.exec(waiting).first() is not None


def waiting_to_escalate(session: Session, channel_id: int, *, limit: int) -> list[EscalatedNotification]:
    """Return what of a dead channel its fallback was not told yet: single alerts and service alerts, oldest first."""
    waiting = select(*_ESCALATED).where(*_of_dead(channel_id)).order_by(col(Notification.id)).limit(limit)
    return [EscalatedNotification(*row) for row in session.exec(waiting)]


def given_up(session: Session, notification_id: int) -> list[EscalatedNotification]:
    """Return what of a notification that was given up the fallback was not told yet: itself, or the alerts of a digest."""
    failed = select(*_ESCALATED).where(
        or_(col(Notification.id) == notification_id, col(Notification.digest_id) == notification_id),
        col(Notification.state) == NotificationState.FAILED,
        *_UNTOLD,
    )
    return [EscalatedNotification(*row) for row in session.exec(failed.order_by(col(Notification.id)))]


def mark_escalated(session: Session, notification_ids: Sequence[int], *, now: datetime) -> None:
    """Store that the fallback was sent these."""
    for start in range(0, len(notification_ids), AT_ONCE):
        session.exec(
            update(Notification)
            .where(col(Notification.id).in_(notification_ids[start : start + AT_ONCE]))
            .values(escalated_at=now)
        )


def _of_dead(channel_id: int) -> tuple[Any, ...]:
    return (
        col(Notification.channel_id) == channel_id,
        col(Notification.state).in_((NotificationState.QUEUED, NotificationState.FAILED)),
        *_UNTOLD,
    )
