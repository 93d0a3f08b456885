"""The outbox: which notifications are due, claiming them, giving them back. What waits is in `storage.stores.outbox.waiting`.

What came of them is recorded in `storage.stores.outbox.attempts`; people look at them in `storage.stores.outbox.deliveries`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, or_, tuple_, update
from sqlmodel import Session, col, select

from storage.stores.outbox.channels import unsubscribed
from storage.stores.outbox.sending_channels import SendingChannel
from storage.stores.reviews.recipients import left_addresses
from storage.tables import ChannelRow, Notification, NotificationKind, NotificationState

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
        Notification.lease_token,
    )
)
"""What a claim needs of a row, past the object mapper."""


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
    token: int = 0
    """Grows with each claim of the notification: what an earlier one would store of a failure is refused."""


@dataclass(frozen=True, slots=True)
class DueChannel:
    """A channel that has something to send. `revision` changes with its settings, where they are in the database."""

    id: int
    name: str
    revision: int


def due_channels(session: Session, *, now: datetime) -> list[DueChannel]:
    """Return the active channels for which something is due, or was being sent when its lease ended."""
    due = exists().where(col(Notification.channel_id) == col(ChannelRow.id), is_due(now))
    stranded = exists().where(col(Notification.channel_id) == col(ChannelRow.id), _is_stranded(now))
    rows = session.exec(
        select(ChannelRow.id, ChannelRow.name, ChannelRow.revision)
        .where(
            col(ChannelRow.active), _is_awake(now), or_(due, stranded, col(ChannelRow.digest_due_at) <= now)
        )
        .order_by(col(ChannelRow.id))
    )
    return [DueChannel(number, name, revision) for number, name, revision in rows if number is not None]


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
        .where(col(Notification.channel_id) == channel.id, is_due(now))
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
        .values(
            state=NotificationState.SENDING,
            lease_until=now + lease,
            lease_owner=owner,
            lease_token=col(Notification.lease_token) + 1,
        )
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
            skip=_gone(session, row.kind, row.payload, gone) | _settled(row.recipients),
            token=row.lease_token + 1,
        )
        for row in rows
    ]


def give_back(session: Session, claims: Collection[NotificationClaim]) -> None:
    """Queue again what was claimed and not begun, as far as the claims still hold: it was not stranded, and stays due."""
    held = [(claim.notification_id, claim.token) for claim in claims]
    session.exec(
        update(Notification)
        .where(
            col(Notification.id).in_(
                [number for number, _token in held]
            ),  # by the key: pairs alone would be sought
            tuple_(col(Notification.id), col(Notification.lease_token)).in_(held),
            col(Notification.state) == NotificationState.SENDING,
        )
        .values(state=NotificationState.QUEUED, lease_until=None, lease_owner=None)
    )


def _gone(
    session: Session, kind: NotificationKind, payload: Mapping[str, Any], of_channel: frozenset[str]
) -> frozenset[str]:
    """Return who wants no such mail: of a review's own recipients, those who opted out of the review."""
    is_addressed = kind is NotificationKind.REVIEW and "to" in payload
    return left_addresses(session, payload["review_id"]) if is_addressed else of_channel


def _settled(recipients: Mapping[str, Any]) -> frozenset[str]:
    """Return the recipients who have it or refused it for good."""
    return frozenset(who for who, said in recipients.items() if not 400 <= said[0] < 500)


def _is_awake(now: datetime) -> ColumnElement[bool]:
    return or_(col(ChannelRow.rests_until).is_(None), col(ChannelRow.rests_until) <= now)


def is_due(now: datetime) -> ColumnElement[bool]:
    """A condition on `Notification`: it is queued, its time has come, and no digest carries it."""
    return and_(
        col(Notification.state) == NotificationState.QUEUED,
        col(Notification.due_at) <= now,
        col(Notification.digest_id).is_(None),
    )


def _is_stranded(now: datetime) -> ColumnElement[bool]:
    return and_(col(Notification.state) == NotificationState.SENDING, col(Notification.lease_until) <= now)
