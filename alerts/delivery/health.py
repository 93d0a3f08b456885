"""How channels fare: rest and recovery, switching off what is dead, telling the fallback channel in its place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session, col, select

from alerts.delivery.channels import channel_plugins
from alerts.delivery.due import due_time, rules_of
from alerts.delivery.pace import DAYS_OF_FAILURE, FAILURES, Health, after_failure
from alerts.delivery.service_alerts import notify_of_service
from alerts.errors import DeliveryError
from storage.rows import id_of
from storage.stores.outbox.channels import (
    dead_channels,
    disable_channel,
    new_uid,
    recover,
    waiting_to_escalate,
)
from storage.tables import ChannelRow, Notification, NotificationKind, NotificationState

log = structlog.get_logger(__name__)

ESCALATED = 500
"""So many notifications of a dead channel are handed to its fallback in one transaction."""


def record_health(session: Session, channel_id: int, error: DeliveryError | None, *, now: datetime) -> None:
    """Take into the channel's health how an attempt ended; switches it off where it is gone, or took nothing for days."""
    channel = session.get_one(ChannelRow, channel_id, populate_existing=True)
    if error is None or any(200 <= code < 300 for code, _ in error.recipients.values()):
        if channel.failures:
            if channel.failures >= FAILURES:
                log.info("channel works again", channel=channel.name, failures=channel.failures)
            recover(channel)
        return
    if error.disable:
        _switch_off(session, channel, str(error), now)
        return
    if not is_of_the_channel(error):
        return
    before = Health(channel.failures, channel.failing_since, channel.rests_until)
    health = after_failure(before, now, retry_after=error.retry_after)
    channel.failures, channel.failing_since = health.failures, health.failing_since
    channel.rests_until = health.rests_until
    if health.failures == FAILURES:
        log.warning("channel rests; from now on one notification at a time is tried", channel=channel.name)
    plugin = channel_plugins().get(channel.type)
    ends = plugin is None or plugin.ends_after_days
    if ends and now - (health.failing_since or now) >= DAYS_OF_FAILURE:
        _switch_off(session, channel, f"took nothing for {DAYS_OF_FAILURE.days} days; lately: {error}", now)


def is_of_the_channel(error: DeliveryError) -> bool:
    """Return whether an error says something of the channel, and not only of the message."""
    return error.recoverable or error.disable or error.status is not None


def waiting_for_fallback(session: Session, *, now: datetime) -> list[int]:
    """Return the ids of dead channels of which the fallback has not been told everything."""
    return [
        id_of(channel)
        for channel in dead_channels(session, now=now)
        if _is_dead(channel, now) and waiting_to_escalate(session, id_of(channel), limit=1)
    ]


def escalate_dead(session: Session, channel_ids: Sequence[int], *, now: datetime) -> int:
    """Tells the fallbacks of dead channels what waits there; return how many notifications were added."""
    count = 0
    for channel_id in channel_ids:
        channel = _locked(session, channel_id)
        rows = waiting_to_escalate(session, channel_id, limit=ESCALATED)
        count += escalate(session, channel, rows, now=now)
    return count


def escalate_failed(session: Session, notification_id: int, *, now: datetime) -> None:
    """Tells the fallback of a notification that was given up; of a digest, each of its alerts."""
    row = session.get_one(Notification, notification_id)
    channel = _locked(session, row.channel_id)
    session.refresh(row, ["escalated_at"])
    if channel.fallback_id is None or row.state is not NotificationState.FAILED:
        return
    members = session.exec(select(Notification).where(col(Notification.digest_id) == notification_id)).all()
    escalate(session, channel, members if row.kind is NotificationKind.DIGEST else [row], now=now)


def escalate(session: Session, channel: ChannelRow, rows: Sequence[Notification], *, now: datetime) -> int:
    """Queue on the channel's fallback what it has not got; what waits on the channel itself stays queued."""
    fallback = session.get(ChannelRow, channel.fallback_id) if channel.fallback_id is not None else None
    if fallback is None:
        return 0
    count = 0
    for row in rows:
        if row.escalated_at is not None:
            continue
        row.escalated_at = now
        known = select(Notification.id).where(
            Notification.channel_id == id_of(fallback),
            Notification.alert_id == row.alert_id,
            Notification.kind == NotificationKind.ALERT_CREATED,
        )
        if row.kind is NotificationKind.ALERT_CREATED and session.exec(known).first() is not None:
            continue
        session.add(
            Notification(
                uid=new_uid(),
                channel_id=id_of(fallback),
                alert_id=row.alert_id,
                kind=row.kind,
                payload=row.payload,
                created_at=now,
                due_at=due_time(fallback, now),
            )
        )
        count += 1
    if count:
        log.warning(
            "channel is dead; its fallback is told", channel=channel.name, fallback=fallback.name, count=count
        )
    session.flush()
    return count


def _locked(session: Session, channel_id: int) -> ChannelRow:
    """Return the channel, locked: of several processes one tells its fallback."""
    return session.get_one(ChannelRow, channel_id, with_for_update={"key_share": True})


def _is_dead(channel: ChannelRow, now: datetime) -> bool:
    if channel.disabled_reason is not None:
        return True
    after = timedelta(seconds=rules_of(channel).fallback_after)
    return channel.failing_since is not None and now - channel.failing_since >= after


def _switch_off(session: Session, channel: ChannelRow, reason: str, now: datetime) -> None:
    disable_channel(session, id_of(channel), reason)
    log.error("channel switched off", channel=channel.name, reason=reason)
    notify_of_service(
        session,
        subject=f"The channel {channel.name} was switched off",
        text=f"{reason}\n\nWhat is queued for it stays queued. Once its receiver is well again: tocsin channels enable "
        f"{channel.name!r} (a restart of the service does the same).",
        now=now,
        about_channel=channel.id,
    )
