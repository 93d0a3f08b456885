"""The outbox as delivery uses it: alerts become notifications, each in its time; those due at once become digests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid4

import structlog
from pydantic import ValidationError
from sqlmodel import Session, col, select

from alerts.delivery.payload import AlertData, build_digest_data
from alerts.delivery.timing import Send, next_send, parse_send
from storage.queries.outbox import (
    NotificationClaim,
    active_channel,
    add_digest,
    claim_notifications,
    due_alerts,
    fail,
)
from storage.rows import id_of
from storage.tables import Channel, Notification, NotificationKind

log = structlog.get_logger(__name__)

DIGEST_ALERTS = 100
"""A digest carries at most so many alerts; what more is due goes into a next one at once. Nothing is left out."""


def enqueue(
    session: Session, *, alert_id: int, channel_ids: Sequence[int], data: AlertData, now: datetime
) -> list[Notification]:
    """Adds one notification for each channel, due when the channel's `send` says; gives those that are new.

    Call it in the transaction that makes the alert: then there is no alert that nobody is told of. An alert that a channel has
    already is not added again.
    """
    had = session.exec(
        select(Notification.channel_id).where(
            Notification.alert_id == alert_id, Notification.kind == NotificationKind.ALERT_CREATED
        )
    ).all()
    wanted = set(channel_ids) - set(had)
    payload = data.model_dump(mode="json")
    added = []
    for channel in session.exec(select(Channel).where(col(Channel.id).in_(wanted)).order_by(col(Channel.id))):
        notification = Notification(
            uid=_new_uid(),
            channel_id=id_of(channel),
            alert_id=alert_id,
            kind=NotificationKind.ALERT_CREATED,
            payload=payload,
            created_at=now,
            due_at=next_send(_send_of(channel), now),
        )
        session.add(notification)
        added.append(notification)
    session.flush()
    return added


def claim_due(
    session: Session, *, channel_id: int, now: datetime, owner: str, lease: timedelta, limit: int
) -> list[NotificationClaim]:
    """Claims up to `limit` of what is due on a channel. What is due on one that sends digests is folded into a digest first."""
    channel = active_channel(session, channel_id)
    if channel is None:
        return []
    kinds = tuple(NotificationKind)
    if _send_of(channel).kind != "immediate":
        _fold(session, channel, now)
        kinds = (NotificationKind.DIGEST,)
    return claim_notifications(session, channel, now=now, owner=owner, lease=lease, limit=limit, kinds=kinds)


def _fold(session: Session, channel: Channel, now: datetime) -> None:
    """Makes a digest of the alerts that are due, in the order of their time. One that can't be read fails alone."""
    alerts, members = [], []
    for row in due_alerts(session, channel, now=now, limit=DIGEST_ALERTS):
        try:
            alerts.append(AlertData.model_validate(row.payload))
        except ValidationError as error:
            log.error("notification can't be read", notification=row.id, uid=row.uid, channel=channel.name)
            fail(session, row, f"what is stored can't be read: {error}")
        else:
            members.append(row)
    if members:
        payload = build_digest_data(alerts, now=now).model_dump(mode="json")
        digest = add_digest(session, channel, members, uid=_new_uid(), payload=payload, now=now)
        log.info(
            "digest made", notification=digest.id, uid=digest.uid, channel=channel.name, alerts=len(members)
        )


def _send_of(channel: Channel) -> Send:
    """Gives when the channel sends. One that can't be read sends at once: an alert had better come early than never."""
    try:
        return parse_send(channel.send)
    except ValueError as error:
        log.error(
            "channel has a `send` that can't be read; it sends at once",
            channel=channel.name,
            error=str(error),
        )
        return Send("immediate")


def _new_uid() -> str:
    return f"msg_{uuid4().hex}"
