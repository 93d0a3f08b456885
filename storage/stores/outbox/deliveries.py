"""Notifications as people look at them: listed, one with its attempts, sent again.

How they are sent is in `storage.stores.outbox.notifications` and `storage.stores.outbox.attempts`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import (
    Alert,
    Attempt,
    AttemptOutcome,
    ChannelRow,
    Notification,
    NotificationKind,
    NotificationState,
    WatchListRow,
)
from storage.troubles import Trouble

AT_ONCE = 500
"""So many are queued again in one go: a year's dead letters need no more memory than these."""


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
    silence_id: int | None
    attempts: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    last_error: Trouble | None


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """One try at sending a notification."""

    number: int
    started_at: datetime
    duration_ms: int
    outcome: AttemptOutcome
    status: int | None
    response: str
    error: Trouble | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A notification with every attempt at it, and what it tells."""

    facts: ListedDelivery
    attempts: tuple[DeliveryAttempt, ...]
    recipients: dict[str, Any]
    """What became of it at each recipient: `{address: [code, words]}`."""
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
    """Return notifications, newest first: those older than `before` (an id)."""
    query = _rows().order_by(col(Notification.id).desc()).limit(limit)
    if state is not None:
        query = query.where(col(Notification.state) == state)
    if channel is not None:
        query = query.where(col(ChannelRow.name) == channel)
    if alert_id is not None:
        query = query.where(col(Notification.alert_id) == alert_id)
    if before is not None:
        query = query.where(col(Notification.id) < before)
    return [_listed(*row) for row in session.exec(query)]


def delivery(session: Session, number: int) -> Delivery | None:
    """Return one notification; None where there is none of that number."""
    row = session.exec(_rows().where(col(Notification.id) == number)).first()
    if row is None:
        return None
    rows = session.exec(
        select(Attempt).where(Attempt.notification_id == number).order_by(col(Attempt.number))
    )
    attempts = tuple(
        DeliveryAttempt(
            one.number, one.started_at, one.duration_ms, one.outcome, one.status, one.response, one.error
        )
        for one in rows
    )
    return Delivery(_listed(*row), attempts, row[0].recipients, row[0].payload)


def send_again(session: Session, number: int, *, now: datetime) -> bool | None:
    """Queue a notification again; return whether it was. None where there is none of that number.

    It is due now, under the same id and with all the pauses before it.
    """
    row = session.get(Notification, number)
    return None if row is None else _requeue(session, [row], now=now) == 1


def send_dead_again(
    session: Session, *, now: datetime, channel: str | None = None, since: datetime | None = None
) -> int:
    """Queue again all that was given up, of one channel or of all, made since a time or ever; return how many."""
    query = (
        select(Notification)
        .join(ChannelRow, col(ChannelRow.id) == col(Notification.channel_id))
        .where(col(Notification.state) == NotificationState.FAILED, col(Notification.digest_id).is_(None))
        .limit(AT_ONCE)
    )
    if channel is not None:
        query = query.where(col(ChannelRow.name) == channel)
    if since is not None:
        query = query.where(col(Notification.created_at) >= since)
    count = 0
    while done := _requeue(session, session.exec(query).all(), now=now):
        count += done
        session.expunge_all()
    return count


def _requeue(session: Session, rows: Sequence[Notification], *, now: datetime) -> int:
    """Queue notifications again, due now, under the same id and with all the pauses before them; return how many.

    Left alone is what is sent or being sent, and an alert that a digest on its way carries. A digest that was given up takes
    its alerts along; one of its alerts that is asked for by itself leaves it. Recipients who refused it are tried again, those
    who have it are not.
    """
    again = [
        row
        for row in rows
        if row.state in (NotificationState.FAILED, NotificationState.SUPPRESSED)
        or (row.state is NotificationState.QUEUED and row.digest_id is None)
    ]
    with_them = {id_of(row) for row in again}
    for row in again:
        row.recipients = {who: said for who, said in row.recipients.items() if 200 <= said[0] < 300}
        row.state, row.due_at, row.attempts_before = NotificationState.QUEUED, now, row.attempts
        row.silence_id = row.last_error = None
        if row.digest_id not in with_them:
            row.digest_id = None
        if row.kind is NotificationKind.DIGEST:
            session.exec(
                update(Notification)
                .where(col(Notification.digest_id) == id_of(row))
                .values(state=NotificationState.QUEUED, last_error=None)
            )
    session.flush()
    return len(again)


def _rows() -> Any:  # noqa: ANN401  (SQLModel's own type of a joined select)
    return (
        select(Notification, ChannelRow.name, WatchListRow.name)
        # each has a channel, yet it is an outer join: else SQLite begins with the channels, and sorts all notifications
        .join(ChannelRow, col(ChannelRow.id) == col(Notification.channel_id), isouter=True)
        .join(Alert, col(Alert.id) == col(Notification.alert_id), isouter=True)
        .join(WatchListRow, col(WatchListRow.id) == col(Alert.watch_list_id), isouter=True)
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
        silence_id=row.silence_id,
        attempts=row.attempts,
        created_at=row.created_at,
        due_at=row.due_at,
        sent_at=row.sent_at,
        last_error=row.last_error,
    )
