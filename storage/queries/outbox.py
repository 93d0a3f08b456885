"""The outbox: which notifications are due, claiming them, folding them into digests, and what came of each attempt."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, exists, func, insert, or_, update
from sqlmodel import Session, SQLModel, col, select

from storage.queries.channels import unsubscribed
from storage.rows import id_of
from storage.tables import Attempt, AttemptOutcome, Channel, Notification, NotificationKind, NotificationState

ALERTS = (NotificationKind.ALERT_CREATED, NotificationKind.ALERT_UPDATED)
"""The kinds that tell of one alert."""
AT_ONCE = 500
"""Values in one SQL `IN`: below every database's limit."""
OFTEN_STRANDED = 3


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
    attempts_before: int = 0
    """How many of these were before it was last queued by hand."""
    is_ailing: bool = False
    """Its channel had failed when it was claimed."""
    skip: frozenset[str] = frozenset()
    """Recipients (in small letters) who have it, refused it for good, or have unsubscribed."""


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
    recipients: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    """What became of it at each recipient: code and words."""


def due_channels(session: Session, *, now: datetime) -> list[tuple[int, str]]:
    """Gives id and name of the active channels for which something is due, or was being sent when its lease ended."""
    due = exists().where(col(Notification.channel_id) == col(Channel.id), _is_due(now))
    stranded = exists().where(col(Notification.channel_id) == col(Channel.id), _is_stranded(now))
    rows = session.exec(
        select(Channel.id, Channel.name)
        .where(col(Channel.active), _is_awake(now), or_(due, stranded, col(Channel.digest_due_at) <= now))
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
        .values(
            state=NotificationState.QUEUED,
            lease_until=None,
            lease_owner=None,
            stranded=col(Notification.stranded) + 1,
        )
    )
    return released.rowcount


def active_channel(session: Session, channel_id: int) -> Channel | None:
    """Gives the channel's row as it stands now, locked: its pace and its caps hold over all processes. None where it is off."""
    return session.exec(
        select(Channel)
        .where(col(Channel.id) == channel_id, col(Channel.active))
        .with_for_update(key_share=True)  # adding notifications goes on meanwhile
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
    """Claims up to `limit` of the channel's notifications that are due, longest due first.

    One whose process died again and again comes after all others, so that a poisonous one holds up none.
    """
    rows = session.exec(
        select(Notification)
        .where(
            col(Notification.channel_id) == id_of(channel), col(Notification.kind).in_(kinds), _is_due(now)
        )
        .order_by(
            col(Notification.stranded) >= OFTEN_STRANDED, col(Notification.due_at), col(Notification.id)
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        row.state = NotificationState.SENDING
        row.lease_until, row.lease_owner = now + lease, owner
    gone = unsubscribed(session, id_of(channel)) if rows and channel.type == "email" else frozenset()
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
            attempts_before=row.attempts_before,
            is_ailing=channel.failures > 0,
            skip=gone | _settled(row),
        )
        for row in rows
    ]


def hold(
    session: Session,
    channel: Channel,
    kinds: Sequence[NotificationKind],
    *,
    now: datetime,
    until: datetime,
    skip: int = 0,
) -> int:
    """Puts off what is due on the channel (for quiet hours, or over a cap), but for the `skip` longest due; gives how many."""
    rows = session.exec(
        select(Notification.id)
        .where(
            col(Notification.channel_id) == id_of(channel),
            col(Notification.kind).in_(kinds),
            _is_due(now),
        )
        .order_by(col(Notification.due_at), col(Notification.id))
    ).all()[skip:]
    for start in range(0, len(rows), AT_ONCE):
        session.exec(
            update(Notification)
            .where(col(Notification.id).in_(rows[start : start + AT_ONCE]))
            .values(due_at=until)
        )
    return len(rows)


def sent_since(session: Session, channel_id: int, since: datetime) -> int:
    """Gives how many single alerts the channel was sent since then, those being sent now included."""
    single = (
        col(Notification.channel_id) == channel_id,
        col(Notification.kind).in_(ALERTS),
        col(Notification.digest_id).is_(None),
    )
    sent = session.exec(select(func.count()).where(*single, col(Notification.sent_at) >= since)).one()
    sending = session.exec(
        select(func.count()).where(*single, col(Notification.state) == NotificationState.SENDING)
    ).one()
    return sent + sending


def due_alerts(
    session: Session, channel: Channel, *, now: datetime, limit: int, only_held: bool = False
) -> Sequence[Notification]:
    """Gives the channel's due notifications of single alerts, longest due first: what a digest is made of.

    `only_held`: those that were put off and never tried. Let the channel be locked (`active_channel`), so that no two processes
    make digests of the same.
    """
    query = select(Notification).where(
        col(Notification.channel_id) == id_of(channel),
        col(Notification.kind).in_(ALERTS),
        _is_due(now),
    )
    if only_held:
        query = query.where(
            col(Notification.due_at) > col(Notification.created_at), col(Notification.attempts) == 0
        )
    return session.exec(query.order_by(col(Notification.due_at), col(Notification.id)).limit(limit)).all()


def waiting_burst(session: Session, channel_id: int, *, now: datetime) -> datetime | None:
    """Gives when the alerts that wait on the channel for others are due; None where none wait."""
    return session.exec(
        select(func.min(Notification.due_at)).where(
            col(Notification.channel_id) == channel_id,
            col(Notification.kind).in_(ALERTS),
            col(Notification.state) == NotificationState.QUEUED,
            col(Notification.due_at) > now,
            col(Notification.attempts) == 0,
        )
    ).one()


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
    if (
        tried.outcome is AttemptOutcome.SENT
        and claim.kind is not NotificationKind.DIGEST
        and not tried.recipients
    ):
        return _record_sent(session, claim, tried)
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
    row.stranded = 0
    if tried.recipients:
        row.recipients = {**row.recipients, **{who: list(said) for who, said in tried.recipients.items()}}
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


def _record_sent(session: Session, claim: NotificationClaim, tried: Tried) -> NotificationState:
    """Stores the common case, success, in two statements past the object mapper.

    The less time lies between the receiver's answer and the commit, the fewer are sent twice where the process dies.
    """
    connection = session.connection()
    row, attempt = (SQLModel.metadata.tables[name] for name in ("notification", "attempt"))
    number = connection.execute(
        update(row)
        .where(row.c.id == claim.notification_id)
        .values(
            state=NotificationState.SENT,
            attempts=row.c.attempts + 1,
            sent_at=func.coalesce(row.c.sent_at, bindparam("ended", tried.ended_at, row.c.sent_at.type)),
            last_error=None,
            lease_until=None,
            lease_owner=None,
            stranded=0,
        )
        .returning(row.c.attempts)
    ).scalar_one()
    connection.execute(
        insert(attempt).values(
            notification_id=claim.notification_id,
            number=number,
            started_at=tried.started_at,
            duration_ms=round(tried.duration / timedelta(milliseconds=1)),
            outcome=tried.outcome,
            status=tried.status,
            response=tried.response,
            error=None,
        )
    )
    session.expire_all()
    return NotificationState.SENT


def fail(session: Session, row: Notification, reason: str) -> None:
    """Makes a notification that can't be sent at all a dead letter."""
    _end(session, row, NotificationState.FAILED, error=reason)


def suppress(row: Notification, silence_id: int) -> None:
    """Makes a notification one that a silence suppressed: it stays visible, and counts for the silence."""
    row.state, row.silence_id = NotificationState.SUPPRESSED, silence_id
    row.lease_until = row.lease_owner = None


def requeue(session: Session, rows: Sequence[Notification], *, now: datetime) -> int:
    """Queues notifications again, due now, under the same id and with all the pauses before them; gives how many.

    What is sent, or being sent, is left alone. A digest takes its alerts along; an alert alone is taken out of its digest.
    Recipients who refused it are tried again, those who have it are not.
    """
    again = {
        id_of(row): row
        for row in rows
        if row.state in (NotificationState.FAILED, NotificationState.SUPPRESSED, NotificationState.QUEUED)
    }
    for row in again.values():
        row.recipients = {who: said for who, said in row.recipients.items() if 200 <= said[0] < 300}
        row.state, row.due_at, row.attempts_before = NotificationState.QUEUED, now, row.attempts
        row.silence_id = row.last_error = None
        if row.digest_id not in again:
            row.digest_id = None
        if row.kind is NotificationKind.DIGEST:
            session.exec(
                update(Notification)
                .where(col(Notification.digest_id) == id_of(row))
                .values(state=NotificationState.QUEUED, last_error=None)
            )
    session.flush()
    return len(again)


def _end(session: Session, row: Notification, state: NotificationState, *, error: str | None) -> None:
    row.state, row.last_error = state, error
    row.lease_until = row.lease_owner = None
    if row.kind is NotificationKind.DIGEST:
        session.exec(
            update(Notification)
            .where(col(Notification.digest_id) == id_of(row))
            .values(state=state, sent_at=row.sent_at, last_error=error)
        )


def _settled(row: Notification) -> frozenset[str]:
    """Gives the recipients who have it or refused it for good."""
    return frozenset(who for who, said in row.recipients.items() if not 400 <= said[0] < 500)


def _is_awake(now: datetime) -> ColumnElement[bool]:
    return or_(col(Channel.rests_until).is_(None), col(Channel.rests_until) <= now)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        col(Notification.state) == NotificationState.QUEUED,
        col(Notification.due_at) <= now,
        col(Notification.digest_id).is_(None),
    )


def _is_stranded(now: datetime) -> ColumnElement[bool]:
    return and_(col(Notification.state) == NotificationState.SENDING, col(Notification.lease_until) <= now)
