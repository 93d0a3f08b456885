"""The outbox: which notifications are due, claiming them, folding them into digests, and what came of each attempt."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, update
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import Attempt, AttemptOutcome, Channel, Notification, NotificationKind, NotificationState


@dataclass(frozen=True, slots=True)
class NotificationClaim:
    """A notification that this process is to send now."""

    notification_id: int
    channel_id: int
    channel: str
    uid: str
    kind: NotificationKind
    payload: dict[str, Any]
    created_at: datetime
    attempts: int
    """How often it was tried before."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One try: what is stored of it. `next_due` is when a passing failure is tried again; None where it is given up."""

    started_at: datetime
    ended_at: datetime
    duration: timedelta
    outcome: AttemptOutcome
    status: int | None = None
    response: str = ""
    error: str | None = None
    next_due: datetime | None = None


def due_channels(session: Session, *, now: datetime) -> list[tuple[int, str]]:
    """Gives id and name of the active channels for which something is due, or was being sent when its lease ended."""
    due = exists().where(col(Notification.channel_id) == col(Channel.id), _is_due(now))
    stranded = exists().where(col(Notification.channel_id) == col(Channel.id), _is_stranded(now))
    rows = session.exec(
        select(Channel.id, Channel.name)
        .where(col(Channel.active), or_(due, stranded))
        .order_by(col(Channel.id))
    )
    return [(number, name) for number, name in rows if number is not None]


def release_stranded(session: Session, channel_ids: Collection[int], *, now: datetime) -> int:
    """Queues again what was being sent on these channels when its lease ended (its process died, or lost the database).

    Gives how many.
    """
    released = session.exec(
        update(Notification)
        .where(col(Notification.channel_id).in_(channel_ids), _is_stranded(now))
        .values(state=NotificationState.QUEUED, lease_until=None, lease_owner=None)
    )
    return released.rowcount


def active_channel(session: Session, channel_id: int) -> Channel | None:
    """Gives the channel's row as it stands now; None where it is switched off."""
    return session.exec(
        select(Channel)
        .where(col(Channel.id) == channel_id, col(Channel.active))
        .execution_options(populate_existing=True)
    ).first()


def claim_notifications(
    session: Session,
    channel: Channel,
    *,
    now: datetime,
    owner: str,
    lease: timedelta,
    limit: int,
    kinds: Sequence[NotificationKind] = tuple(NotificationKind),
) -> list[NotificationClaim]:
    """Claims up to `limit` of the channel's notifications that are due, longest due first."""
    rows = session.exec(
        select(Notification)
        .where(
            col(Notification.channel_id) == id_of(channel), col(Notification.kind).in_(kinds), _is_due(now)
        )
        .order_by(col(Notification.due_at), col(Notification.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.state = NotificationState.SENDING
        row.lease_until, row.lease_owner = now + lease, owner
    return [
        NotificationClaim(
            notification_id=id_of(row),
            channel_id=row.channel_id,
            channel=channel.name,
            uid=row.uid,
            kind=row.kind,
            payload=row.payload,
            created_at=row.created_at,
            attempts=row.attempts,
        )
        for row in rows
    ]


def due_alerts(session: Session, channel: Channel, *, now: datetime, limit: int) -> Sequence[Notification]:
    """Gives the channel's due notifications of single alerts, longest due first: what a digest is made of.

    The channel is locked until the transaction ends, so that two processes make no two digests of what is due at once:
    the second gets nothing.
    """
    locked = session.exec(
        select(Channel.id)
        .where(col(Channel.id) == id_of(channel))
        .with_for_update(skip_locked=True, key_share=True)  # adding notifications goes on meanwhile
    ).first()
    if locked is None:
        return ()
    return session.exec(
        select(Notification)
        .where(
            col(Notification.channel_id) == id_of(channel),
            col(Notification.kind) == NotificationKind.ALERT_CREATED,
            _is_due(now),
        )
        .order_by(col(Notification.due_at), col(Notification.id))
        .limit(limit)
    ).all()


def add_digest(
    session: Session,
    channel: Channel,
    members: Sequence[Notification],
    *,
    uid: str,
    payload: dict[str, Any],
    now: datetime,
) -> Notification:
    """Adds a digest, due now, that carries `members`; they stay queued and end as it ends."""
    digest = Notification(
        uid=uid,
        channel_id=id_of(channel),
        kind=NotificationKind.DIGEST,
        payload=payload,
        created_at=now,
        due_at=now,
    )
    session.add(digest)
    session.flush()
    for member in members:
        member.digest_id = id_of(digest)
    session.flush()
    return digest


def record_attempt(
    session: Session, claim: NotificationClaim, tried: Tried, *, owner: str
) -> NotificationState:
    """Stores one attempt and the state that follows from it, for a digest also those of its members; gives that state.

    Where the lease ended meanwhile and another process took the notification over, only success changes its state:
    what has arrived is not sent again.
    """
    row = session.exec(
        select(Notification)
        .where(col(Notification.id) == claim.notification_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    row.attempts += 1
    session.add(
        Attempt(
            notification_id=id_of(row),
            number=row.attempts,
            started_at=tried.started_at,
            duration_ms=round(tried.duration / timedelta(milliseconds=1)),
            outcome=tried.outcome,
            status=tried.status,
            response=tried.response,
            error=tried.error,
        )
    )
    is_ours = row.state is NotificationState.SENDING and row.lease_owner == owner
    if tried.outcome is AttemptOutcome.SENT:
        row.sent_at = row.sent_at or tried.ended_at
        _end(session, row, NotificationState.SENT, error=None)
    elif is_ours and tried.next_due is not None:
        row.state, row.due_at, row.last_error = NotificationState.QUEUED, tried.next_due, tried.error
        row.lease_until = row.lease_owner = None
    elif is_ours:
        _end(session, row, NotificationState.FAILED, error=tried.error)
    session.flush()
    return row.state


def fail(session: Session, row: Notification, reason: str) -> None:
    """Makes a notification that can't be sent at all a dead letter."""
    _end(session, row, NotificationState.FAILED, error=reason)


def disable_channel(session: Session, channel_id: int, reason: str) -> None:
    """Switches a channel off; what is queued for it stays queued."""
    channel = session.get_one(Channel, channel_id)
    channel.active, channel.disabled_reason = False, reason


def _end(session: Session, row: Notification, state: NotificationState, *, error: str | None) -> None:
    row.state, row.last_error = state, error
    row.lease_until = row.lease_owner = None
    session.exec(
        update(Notification)
        .where(col(Notification.digest_id) == id_of(row))
        .values(state=state, sent_at=row.sent_at, last_error=error)
    )


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        col(Notification.state) == NotificationState.QUEUED,
        col(Notification.due_at) <= now,
        col(Notification.digest_id).is_(None),
    )


def _is_stranded(now: datetime) -> ColumnElement[bool]:
    return and_(col(Notification.state) == NotificationState.SENDING, col(Notification.lease_until) <= now)
