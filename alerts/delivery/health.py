"""How channels fare: rest and recovery, switching off what is dead, telling the fallback channel in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

import structlog
from sqlmodel import Session

from alerts.delivery.channels import channel_plugins
from alerts.delivery.characters import storable_trouble
from alerts.delivery.due import due_time, rules_of
from alerts.delivery.failures import after_days, failure_words
from alerts.delivery.pace import DAYS_OF_FAILURE, FAILURES, Health, after_failure
from alerts.delivery.service_alerts import notify_of_service
from alerts.errors import DeliveryError
from storage.language import _, as_the_service
from storage.stores.outbox.channels import disable_channel
from storage.stores.outbox.escalations import (
    EscalatedNotification,
    given_up,
    is_waiting_to_escalate,
    mark_escalated,
    waiting_to_escalate,
)
from storage.stores.outbox.sending_channels import (
    SendingChannel,
    change_channel,
    channels_of_ids,
    failing_with_fallback,
    lock_channel,
)
from storage.stores.outbox.waiting import NewNotification, add_notifications, created_on
from storage.tables import NotificationKind
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

NOBODY: Mapping[str, tuple[int, str]] = MappingProxyType({})
ESCALATED = 500
"""So many notifications of a dead channel are handed to its fallback in one transaction."""


def record_health(
    session: Session,
    channel_id: int,
    error: DeliveryError | None,
    *,
    now: datetime,
    answered: Mapping[str, tuple[int, str]] = NOBODY,
) -> None:
    """Take into the channel's health how an attempt ended; switches it off where it is gone, or took nothing for days.

    `answered` is what was said of the message's recipients before. Where some have it, and the receiver answered for the others
    now, the channel works: one mailbox that refuses must not keep the rest from their mail.
    """
    channel = lock_channel(session, channel_id)
    if channel is None:
        return
    if error is None or (error.recipients and _has_any({**answered, **error.recipients})):
        if channel.failures >= FAILURES:
            log.info("channel works again", channel=channel.name, failures=channel.failures)
        if channel.failures:
            works = replace(channel, failures=0, failing_since=None, rests_until=None)
            change_channel(session, channel, works)
        return
    if error.disable:
        _switch_off(session, channel, error.trouble, now)
        return
    if not is_of_the_channel(error):
        return
    before = Health(channel.failures, channel.failing_since, channel.rests_until)
    health = after_failure(before, now, retry_after=error.retry_after)
    after = replace(
        channel,
        failures=health.failures,
        failing_since=health.failing_since,
        rests_until=health.rests_until,
    )
    change_channel(session, channel, after)
    if health.failures == FAILURES:
        log.warning("channel rests; from now on one notification at a time is tried", channel=channel.name)
    plugin = channel_plugins().get(channel.type)
    ends = plugin is None or plugin.ends_after_days
    if ends and now - (health.failing_since or now) >= DAYS_OF_FAILURE:
        _switch_off(session, channel, after_days(error.trouble, DAYS_OF_FAILURE.days), now)


def _has_any(answered: Mapping[str, tuple[int, str]]) -> bool:
    """Return whether the receiver took the message for somebody."""
    return any(200 <= said[0] < 300 for said in answered.values())


def is_of_the_channel(error: DeliveryError) -> bool:
    """Return whether an error says something of the channel, and not only of the message."""
    return error.recoverable or error.disable or error.status is not None


def waiting_for_fallback(session: Session, *, now: datetime) -> list[int]:
    """Return the ids of dead channels of which the fallback has not been told everything."""
    return [
        channel.id
        for channel in failing_with_fallback(session, now=now)
        if _is_dead(channel, now) and is_waiting_to_escalate(session, channel.id)
    ]


def escalate_dead(session: Session, channel_ids: Sequence[int], *, now: datetime) -> int:
    """Tells the fallbacks of dead channels what waits there; return how many notifications were added."""
    count = 0
    for channel_id in channel_ids:
        channel = lock_channel(session, channel_id)  # of several processes one tells its fallback
        if channel is not None:
            waiting = waiting_to_escalate(session, channel_id, limit=ESCALATED)
            count += _escalate(session, channel, waiting, now=now)
    return count


def escalate_failed(session: Session, channel_id: int, notification_id: int, *, now: datetime) -> None:
    """Tells the fallback of a notification that was given up; of a digest, each of its alerts."""
    channel = lock_channel(session, channel_id)
    if channel is not None and channel.fallback_id is not None:
        _escalate(session, channel, given_up(session, notification_id), now=now)


def _escalate(
    session: Session, channel: SendingChannel, waiting: Sequence[EscalatedNotification], *, now: datetime
) -> int:
    """Queue on the channel's fallback what it has not got; what waits on the channel itself stays queued."""
    fallbacks = channels_of_ids(session, [] if channel.fallback_id is None else [channel.fallback_id])
    if not fallbacks or not waiting:
        return 0
    (fallback,) = fallbacks
    had = created_on(session, [one.alert_id for one in waiting if one.alert_id is not None])
    created = NotificationKind.ALERT_CREATED
    due_at = due_time(fallback, now)
    new = [
        NewNotification(fallback.id, one.kind, one.payload, due_at, one.alert_id)
        for one in waiting
        if one.kind is not created or (one.alert_id, fallback.id) not in had
    ]
    mark_escalated(session, [one.id for one in waiting], now=now)
    add_notifications(session, new, now=now)
    if new:
        log.warning(
            "channel is dead; its fallback is told",
            channel=channel.name,
            fallback=fallback.name,
            count=len(new),
        )
    return len(new)


def _is_dead(channel: SendingChannel, now: datetime) -> bool:
    if channel.disabled_reason is not None:
        return True
    after = timedelta(seconds=rules_of(channel).fallback_after)
    return channel.failing_since is not None and now - channel.failing_since >= after


def _switch_off(session: Session, channel: SendingChannel, why: Trouble, now: datetime) -> None:
    reason = failure_words(why)
    disable_channel(session, channel.id, storable_trouble(why))
    log.error("channel switched off", channel=channel.name, reason=reason)
    with as_the_service():
        subject = _("The channel {channel} was switched off", channel=channel.name)
        advice = _(
            "What is queued for it stays queued. Once its receiver is well again: tocsin channels enable {channel!r} "
            "(a restart of the service does the same).",
            channel=channel.name,
        )
        text = f"{failure_words(why)}\n\n{advice}"
    notify_of_service(session, subject=subject, text=text, now=now, about_channel=channel.id)
