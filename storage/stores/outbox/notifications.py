"""The outbox: which notifications are due, claiming them, putting them off, folding them into digests.

What came of them is recorded in `storage.stores.outbox.attempts`; people look at them in `storage.stores.outbox.deliveries`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, update
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.outbox.channels import new_uid, unsubscribed
from storage.stores.outbox.sending_channels import SendingChannel
from storage.tables import Alert, Article, ChannelRow, Notification, NotificationKind, NotificationState
from storage.upserts import add_rows

ALERTS = (NotificationKind.ALERT_CREATED, NotificationKind.ALERT_UPDATED)
"""The kinds that tell of one alert."""
AT_ONCE = 500
"""Values in one SQL `IN`: below every database's limit."""
OFTEN_STRANDED = 3

_CLAIMED: Any = tuple(
    col(column)
    for column in (
        Notification.id,
        Notification.uid,
        Notification.kind,
        Notification.payload,
        Notification.created_at,
        Notification.attempts,
        Notification.attempts_before,
        Notification.recipients,
    )
)
"""What a claim needs of a row, past the object mapper."""
_WAITING: Any = tuple(
    col(column)
    for column in (
        Notification.id,
        Notification.uid,
        Notification.kind,
        Notification.alert_id,
        Notification.payload,
        Alert.watch_list_id,
        Article.outlet_id,
        Alert.story_id,
    )
)


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
    recipients: Mapping[str, Any] = field(default_factory=dict)
    """What became of it at each recipient before: `{address: [code, words]}`."""
    skip: frozenset[str] = frozenset()
    """Recipients (in small letters) who have it, refused it for good, or have unsubscribed."""


@dataclass(frozen=True, slots=True)
class NewNotification:
    """A notification that is to be sent; with `silence_id`, one that a silence suppresses at once."""

    channel_id: int
    kind: NotificationKind
    payload: dict[str, Any]
    due_at: datetime
    alert_id: int | None = None
    silence_id: int | None = None


@dataclass(frozen=True, slots=True)
class AlertPlace:
    """Where an alert belongs: what silences look at, names aside."""

    watch_list_id: int
    outlet_id: int
    story_id: int


@dataclass(frozen=True, slots=True)
class WaitingNotification:
    """A notification that is not sent yet. `place` is None where it tells of no one alert."""

    id: int
    uid: str
    kind: NotificationKind
    alert_id: int | None
    payload: dict[str, Any]
    place: AlertPlace | None


def add_notifications(session: Session, new: Sequence[NewNotification], *, now: datetime) -> list[str]:
    """Add notifications; return their uids."""
    uids = [new_uid() for _ in new]
    added = [
        {
            "uid": uid,
            "channel_id": one.channel_id,
            "alert_id": one.alert_id,
            "kind": one.kind,
            "state": NotificationState.QUEUED if one.silence_id is None else NotificationState.SUPPRESSED,
            "silence_id": one.silence_id,
            "payload": one.payload,
            "created_at": now,
            "due_at": one.due_at,
            "attempts": 0,
            "attempts_before": 0,
            "stranded": 0,
            "recipients": {},
        }
        for uid, one in zip(uids, new, strict=True)
    ]
    add_rows(session, Notification, added)
    return uids


def created_on(session: Session, alert_ids: Collection[int]) -> set[tuple[int, int]]:
    """Return alert and channel of the notifications that told of these alerts' creation, whatever became of them."""
    if not alert_ids:
        return set()
    rows = session.exec(
        select(Notification.alert_id, Notification.channel_id).where(
            col(Notification.alert_id).in_(alert_ids), Notification.kind == NotificationKind.ALERT_CREATED
        )
    )
    return {(alert_id, channel_id) for alert_id, channel_id in rows if alert_id is not None}


def queued_alerts(session: Session) -> list[WaitingNotification]:
    """Return what is queued of single alerts and no digest carries."""
    return _waiting(
        session,
        _alerts().where(
            col(Notification.state) == NotificationState.QUEUED, col(Notification.digest_id).is_(None)
        ),
    )


def suppress(session: Session, silenced: Mapping[int, int]) -> None:
    """Make notifications such as silences suppressed, by id and silence: they stay visible, and count for the silence."""
    for silence_id in set(silenced.values()):
        ids = [number for number, by in silenced.items() if by == silence_id]
        for start in range(0, len(ids), AT_ONCE):
            session.exec(
                update(Notification)
                .where(col(Notification.id).in_(ids[start : start + AT_ONCE]))
                .values(
                    state=NotificationState.SUPPRESSED,
                    silence_id=silence_id,
                    lease_until=None,
                    lease_owner=None,
                )
            )


def due_channels(session: Session, *, now: datetime) -> list[tuple[int, str]]:
    """Return id and name of the active channels for which something is due, or was being sent when its lease ended."""
    due = exists().where(col(Notification.channel_id) == col(ChannelRow.id), _is_due(now))
    stranded = exists().where(col(Notification.channel_id) == col(ChannelRow.id), _is_stranded(now))
    rows = session.exec(
        select(ChannelRow.id, ChannelRow.name)
        .where(
            col(ChannelRow.active), _is_awake(now), or_(due, stranded, col(ChannelRow.digest_due_at) <= now)
        )
        .order_by(col(ChannelRow.id))
    )
    return [(number, name) for number, name in rows if number is not None]


def release_stranded(session: Session, channel_ids: Collection[int], *, now: datetime) -> int:
    """Queue again what was being sent on these channels when its lease ended (its process died, or lost the database).

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


def claim_notifications(
    session: Session,
    channel: SendingChannel,
    *,
    now: datetime,
    owner: str,
    lease: timedelta,
    limit: int,
    kinds: Sequence[NotificationKind] = tuple(NotificationKind),
) -> list[NotificationClaim]:
    """Claim up to `limit` of the channel's notifications that are due, longest due first.

    One whose process died again and again comes after all others and alone, so that a poisonous one holds up none.
    """
    due = (
        select(*_CLAIMED)
        .where(col(Notification.channel_id) == channel.id, _is_due(now))
        .order_by(col(Notification.due_at), col(Notification.id))
        .with_for_update(skip_locked=True)
    )
    if set(kinds) != set(NotificationKind):
        due = due.where(col(Notification.kind).in_(kinds))
    # Two queries, since one that is ordered by `stranded` too would sort all that is due for each claim.
    often = col(Notification.stranded) >= OFTEN_STRANDED
    rows = session.exec(due.where(~often).limit(limit)).all() or session.exec(due.where(often).limit(1)).all()
    if not rows:
        return []
    session.exec(
        update(Notification)
        .where(col(Notification.id).in_([row.id for row in rows]))
        .values(state=NotificationState.SENDING, lease_until=now + lease, lease_owner=owner)
    )
    gone = unsubscribed(session, channel.id)
    return [
        NotificationClaim(
            notification_id=row.id,
            channel_id=channel.id,
            channel=channel.name,
            uid=row.uid,
            kind=row.kind,
            payload=row.payload,
            created_at=row.created_at,
            attempts=row.attempts,
            attempts_before=row.attempts_before,
            is_ailing=channel.failures > 0,
            recipients=row.recipients,
            skip=gone | _settled(row.recipients),
        )
        for row in rows
    ]


def give_back(session: Session, claims: Collection[NotificationClaim], *, owner: str) -> None:
    """Queue again what was claimed and not begun: it was not stranded, and stays due."""
    session.exec(
        update(Notification)
        .where(
            col(Notification.id).in_([claim.notification_id for claim in claims]),
            col(Notification.state) == NotificationState.SENDING,
            col(Notification.lease_owner) == owner,
        )
        .values(state=NotificationState.QUEUED, lease_until=None, lease_owner=None)
    )


def hold(
    session: Session,
    channel_id: int,
    kinds: Sequence[NotificationKind],
    *,
    now: datetime,
    until: datetime,
    skip: int = 0,
) -> int:
    """Put off what is due on the channel (for quiet hours, or over a cap), but for the `skip` longest due; return how many."""
    rows = session.exec(
        select(Notification.id)
        .where(
            col(Notification.channel_id) == channel_id,
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
    """Return how many single alerts the channel was sent since then, those being sent now included."""
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
    session: Session, channel_id: int, *, now: datetime, limit: int, only_held: bool = False
) -> list[WaitingNotification]:
    """Return the channel's due notifications of single alerts, longest due first: what a digest is made of.

    `only_held`: those that were put off and never tried. Let the channel be locked (`lock_channel`), so that no two processes
    make digests of the same.
    """
    query = _alerts().where(col(Notification.channel_id) == channel_id, _is_due(now))
    if only_held:
        query = query.where(
            col(Notification.due_at) > col(Notification.created_at), col(Notification.attempts) == 0
        )
    return _waiting(session, query.order_by(col(Notification.due_at), col(Notification.id)).limit(limit))


def waiting_burst(session: Session, channel_id: int, *, now: datetime) -> datetime | None:
    """Return when the alerts that wait on the channel for others are due; None where none wait."""
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
    channel_id: int,
    members: Sequence[int],
    *,
    payload: dict[str, Any],
    now: datetime,
) -> tuple[int, str]:
    """Add a digest, due now, that carries `members`; they stay queued and end as it ends. Return its id and uid."""
    digest = Notification(
        uid=new_uid(),
        channel_id=channel_id,
        kind=NotificationKind.DIGEST,
        payload=payload,
        created_at=now,
        due_at=now,
    )
    session.add(digest)
    session.flush()
    for start in range(0, len(members), AT_ONCE):
        session.exec(
            update(Notification)
            .where(col(Notification.id).in_(members[start : start + AT_ONCE]))
            .values(digest_id=digest.id)
        )
    return id_of(digest), digest.uid


def _alerts() -> Any:  # noqa: ANN401  (SQLModel's own type of a joined select)
    return (
        select(*_WAITING)
        .outerjoin(Alert, col(Alert.id) == col(Notification.alert_id))
        .outerjoin(Article, col(Article.id) == col(Alert.article_id))
        .where(col(Notification.kind).in_(ALERTS))
    )


def _waiting(session: Session, query: Any) -> list[WaitingNotification]:  # noqa: ANN401
    return [
        WaitingNotification(
            number, uid, kind, alert_id, payload, None if place[0] is None else AlertPlace(*place)
        )
        for number, uid, kind, alert_id, payload, *place in session.exec(query)
    ]


def _settled(recipients: Mapping[str, Any]) -> frozenset[str]:
    """Return the recipients who have it or refused it for good."""
    return frozenset(who for who, said in recipients.items() if not 400 <= said[0] < 500)


def _is_awake(now: datetime) -> ColumnElement[bool]:
    return or_(col(ChannelRow.rests_until).is_(None), col(ChannelRow.rests_until) <= now)


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        col(Notification.state) == NotificationState.QUEUED,
        col(Notification.due_at) <= now,
        col(Notification.digest_id).is_(None),
    )


def _is_stranded(now: datetime) -> ColumnElement[bool]:
    return and_(col(Notification.state) == NotificationState.SENDING, col(Notification.lease_until) <= now)
