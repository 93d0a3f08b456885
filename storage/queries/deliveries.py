"""Notifications as people look at them: listed, one with its attempts, sent again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from storage.queries.outbox import requeue
from storage.rows import id_of
from storage.tables import Alert, Attempt, Channel, Notification, NotificationState, WatchList


@dataclass(frozen=True, slots=True)
class ListedDelivery:
    """A notification, with the names of its channel and watch list."""

    id: int
    uid: str
    channel: str
    kind: str
    state: NotificationState
    alert_id: int | None
    watch_list: str | None
    digest_id: int | None
    attempts: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    last_error: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notification with every attempt at it, and what it tells."""

    facts: ListedDelivery
    attempts: tuple[Attempt, ...]
    payload: dict[str, Any]


def delivery_page(
    session: Session,
    *,
    state: NotificationState | None = None,
    channel: str | None = None,
    alert_id: int | None = None,
    before: int | None = None,
    limit: int,
) -> list[ListedDelivery]:
    """Gives notifications, newest first: those older than `before` (an id)."""
    query = _rows().order_by(col(Notification.id).desc()).limit(limit)
    if state is not None:
        query = query.where(col(Notification.state) == state)
    if channel is not None:
        query = query.where(col(Channel.name) == channel)
    if alert_id is not None:
        query = query.where(col(Notification.alert_id) == alert_id)
    if before is not None:
        query = query.where(col(Notification.id) < before)
    return [_listed(*row) for row in session.exec(query)]


def delivery(session: Session, number: int) -> Delivery | None:
    """Gives one notification; None where there is none of that number."""
    row = session.exec(_rows().where(col(Notification.id) == number)).first()
    if row is None:
        return None
    attempts: Sequence[Attempt] = session.exec(
        select(Attempt).where(Attempt.notification_id == number).order_by(col(Attempt.number))
    ).all()
    return Delivery(_listed(*row), tuple(attempts), row[0].payload)


def send_again(session: Session, number: int, *, now: datetime) -> bool | None:
    """Queues a dead notification again, due now, under the same uid; a digest with all that it carries.

    Tells whether it was dead; None where there is none of that number.
    """
    row = session.get(Notification, number)
    if row is None:
        return None
    if row.digest_id is not None:
        return send_again(session, row.digest_id, now=now)
    if row.state is not NotificationState.FAILED:
        return False
    return requeue(session, [row], now=now) == 1


def send_all_again(session: Session, *, channel: str | None, now: datetime) -> int:
    """Queues every dead notification again, of one channel or of all; gives how many."""
    query = (
        select(Notification.id)
        .join(Channel, col(Channel.id) == col(Notification.channel_id))
        .where(col(Notification.state) == NotificationState.FAILED, col(Notification.digest_id).is_(None))
    )
    if channel is not None:
        query = query.where(col(Channel.name) == channel)
    numbers = [number for number in session.exec(query) if number is not None]
    return sum(send_again(session, number, now=now) is True for number in numbers)


def _rows() -> Any:  # noqa: ANN401  (SQLModel's own type of a joined select)
    return (
        select(Notification, Channel.name, WatchList.name)
        .join(Channel, col(Channel.id) == col(Notification.channel_id))
        .join(Alert, col(Alert.id) == col(Notification.alert_id), isouter=True)
        .join(WatchList, col(WatchList.id) == col(Alert.watch_list_id), isouter=True)
    )


def _listed(row: Notification, channel: str, watch_list: str | None) -> ListedDelivery:
    return ListedDelivery(
        id=id_of(row),
        uid=row.uid,
        channel=channel,
        kind=row.kind.value,
        state=row.state,
        alert_id=row.alert_id,
        watch_list=watch_list,
        digest_id=row.digest_id,
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        sent_at=row.sent_at,
        last_error=row.last_error,
    )
