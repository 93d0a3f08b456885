"""The outbox as delivery uses it: alerts become notifications, each where and when it is wanted; several become digests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from pydantic import ValidationError
from sqlmodel import Session

from alerts.delivery.due import due_time, quiet_end, rules_of, send_of
from alerts.delivery.pace import FAILURES, may_claim, take
from alerts.delivery.payload import AlertData, build_digest_data
from alerts.delivery.routing import EVERYTHING, Conditions, routed
from alerts.delivery.rules import ChannelRules
from alerts.delivery.silences import muted_by
from alerts.delivery.timing import next_send
from storage.stores.alerts.silences import ActiveSilence, active_silences
from storage.stores.outbox.attempts import fail
from storage.stores.outbox.notifications import NotificationClaim, claim_notifications
from storage.stores.outbox.sending_channels import (
    SendingChannel,
    change_channel,
    channels_of_ids,
    lock_channel,
    route_conditions,
)
from storage.stores.outbox.waiting import (
    ALERTS,
    FOR_PROGRAMS,
    AlertPlace,
    NewNotification,
    WaitingNotification,
    add_digest,
    add_notifications,
    created_on,
    due_alerts,
    hold,
    queued_alerts,
    sent_since,
    suppress,
    waiting_burst,
)
from storage.tables import NotificationKind
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

PROBE = timedelta(minutes=2)
"""How long nothing else is sent on a channel that failed all the time, while one notification is tried."""
FOLDED = 1_000
"""A digest is made of at most so many alerts; what more is due goes into a next one at once."""


@dataclass(frozen=True, slots=True)
class DueAlert:
    """An alert that channels are to be notified of. `is_new`: no channel has had it."""

    alert_id: int
    watch_list_id: int
    story_id: int
    outlet_id: int
    channel_ids: Sequence[int]
    data: AlertData
    kind: NotificationKind = NotificationKind.ALERT_CREATED
    is_new: bool = False


def enqueue_all(session: Session, due: Sequence[DueAlert], *, now: datetime) -> list[str]:
    """Add a notification of each alert for each channel whose conditions hold, due when the channel's rules say; give their uids.

    Call it in the transaction that makes the alerts: then there is no alert that nobody is notified of. An alert that a channel
    has already is not created there again. What a silence mutes is added as `suppressed`.
    """
    wanted = {channel for alert in due for channel in alert.channel_ids}
    if not wanted:
        return []
    created = NotificationKind.ALERT_CREATED
    had = created_on(session, [one.alert_id for one in due if one.kind is created and not one.is_new])
    conditions = _conditions(session, {alert.watch_list_id for alert in due})
    silences = active_silences(session, now=now)
    channels = channels_of_ids(session, wanted)
    dues = {channel.id: _due(session, channel, now) for channel in channels}
    own = {channel.id for channel in channels if channel.owner_id is not None}
    added = []
    for alert in due:
        place = AlertPlace(alert.watch_list_id, alert.outlet_id, alert.story_id)
        silence_id = muted_by(silences, place, _names(alert.data)) if silences else None
        payload = alert.data.model_dump(mode="json")
        of_list = conditions.get(alert.watch_list_id, {})
        routes = {number: of_list.get(number, EVERYTHING) for number in dues if number in alert.channel_ids}
        for channel_id in sorted(_told(routes, own, alert.data, is_update=alert.kind is not created)):
            if alert.kind is created and (alert.alert_id, channel_id) in had:
                continue
            due_at = dues[channel_id]
            added.append(NewNotification(channel_id, alert.kind, payload, due_at, alert.alert_id, silence_id))
    return add_notifications(session, added, now=now)


def _told(
    routes: Mapping[int, Conditions], own: Collection[int], data: AlertData, *, is_update: bool
) -> frozenset[int]:
    """Return the channels that are sent an alert. What users have sent to themselves takes nothing from the team's channels."""
    of_team = {number: wanted for number, wanted in routes.items() if number not in own}
    of_own = (number for number in own if number in routes and routes[number].hold(data, is_update=is_update))
    return routed(of_team, data, is_update=is_update).union(of_own)


def mute_waiting(session: Session, *, now: datetime) -> int:
    """Suppress what is queued already and a silence mutes now; return how many. Such as a digest carries are left alone."""
    silences = active_silences(session, now=now)
    return _mute(session, queued_alerts(session), silences) if silences else 0


def claim_due(
    session: Session, *, channel_id: int, now: datetime, owner: str, lease: timedelta, limit: int
) -> list[NotificationClaim]:
    """Claim up to `limit` of what is due on a channel, as far as its rules and its health let.

    What is due on one that sends digests, or was put off so that it comes together, is folded into a digest first.
    """
    channel = lock_channel(session, channel_id, only_active=True)
    if channel is None or (channel.rests_until is not None and channel.rests_until > now):
        return []
    rules = rules_of(channel)
    sends_digests = send_of(channel).kind != "immediate"
    if not sends_digests and (until := quiet_end(channel, rules, now)) is not None:
        hold(session, channel_id, (*ALERTS, *FOR_PROGRAMS, NotificationKind.DIGEST), now=now, until=until)
    if silences := active_silences(session, now=now):  # one may have begun since it was queued
        _mute(session, due_alerts(session, channel_id, now=now, limit=FOLDED), silences)
    after = replace(channel, digest_due_at=_send_empty(session, channel, rules, now))
    if sends_digests or rules.group_wait or rules.quiet or rules.max_per_hour:
        _fold(session, channel, rules, now, only_held=not sends_digests)
    kinds = tuple(NotificationKind)
    is_full = rules.max_per_hour is not None and _cap(session, channel_id, rules.max_per_hour, now) == 0
    if sends_digests or is_full:
        kinds = (NotificationKind.DIGEST, NotificationKind.SERVICE, NotificationKind.REVIEW, *FOR_PROGRAMS)
    wanted = may_claim(channel.failures, limit)
    granted, _ = take(rules.max_per_minute, channel.paced_at, now, wanted)
    claims: list[NotificationClaim] = []
    if granted:
        claims = claim_notifications(
            session, channel, now=now, owner=owner, lease=lease, limit=granted, kinds=kinds
        )
    if claims and channel.failures >= FAILURES:
        after = replace(after, rests_until=now + PROBE)  # one is tried; what comes of it decides
    if rules.max_per_minute is not None and claims:
        _, paced_at = take(rules.max_per_minute, channel.paced_at, now, len(claims))
        after = replace(after, paced_at=paced_at)
    change_channel(session, channel, after)
    return claims


def _due(session: Session, channel: SendingChannel, now: datetime) -> datetime:
    grouped = waiting_burst(session, channel.id, now=now) if rules_of(channel).group_wait else None
    return due_time(channel, now, grouped=grouped)


def _conditions(session: Session, watch_list_ids: Collection[int]) -> dict[int, dict[int, Conditions]]:
    """Return the conditions of channels by list. Unreadable ones hold: an alert too many is better than one too few."""
    found: dict[int, dict[int, Conditions]] = defaultdict(dict)
    for list_id, channel_id, stored in route_conditions(session, watch_list_ids):
        try:
            found[list_id][channel_id] = Conditions.model_validate(stored)
        except ValidationError as error:
            log.error(
                "conditions of a route can't be read; it gets every alert",
                watch_list=list_id,
                channel=channel_id,
                error=str(error),
            )
    return found


def _cap(session: Session, channel_id: int, most: int, now: datetime) -> int:
    """Return how many single alerts the channel may be sent in this clock hour; puts off to the next one what is over that."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    room = max(0, most - sent_since(session, channel_id, hour))
    hold(session, channel_id, ALERTS, now=now, until=hour + timedelta(hours=1), skip=room)
    return room


def _mute(session: Session, waiting: Sequence[WaitingNotification], silences: Sequence[ActiveSilence]) -> int:
    """Suppress what a silence mutes of these; return how many."""
    muted = {}
    for one in waiting:
        try:
            names = _names(AlertData.model_validate(one.payload))
        except ValidationError:
            continue  # said where it is sent, or folded
        silence_id = muted_by(silences, one.place, names) if one.place is not None else None
        if silence_id is not None:
            muted[one.id] = silence_id
    suppress(session, muted)
    return len(muted)


def _send_empty(
    session: Session, channel: SendingChannel, rules: ChannelRules, now: datetime
) -> datetime | None:
    """Make an empty digest where one is asked for at this hour and there is nothing to tell; return when the next is due."""
    send = send_of(channel)
    if not rules.send_empty or send.kind == "immediate":
        return None
    hour = channel.digest_due_at
    if hour is None or hour > now:
        return hour or next_send(send, now)
    if not due_alerts(session, channel.id, now=now, limit=1):
        payload = build_digest_data([], now=now, since=hour).model_dump(mode="json")
        add_digest(session, channel.id, [], payload=payload, now=now)
    return next_send(send, now)


def _fold(
    session: Session, channel: SendingChannel, rules: ChannelRules, now: datetime, *, only_held: bool
) -> None:
    """Make a digest of the alerts that are due. One that can't be read fails alone. One that was held alone is sent as it is."""
    alerts, members = [], []
    for one in due_alerts(session, channel.id, now=now, limit=FOLDED, only_held=only_held):
        try:
            alerts.append(AlertData.model_validate(one.payload))
        except ValidationError as error:
            log.error("notification can't be read", notification=one.id, uid=one.uid, channel=channel.name)
            fail(session, one.id, Trouble("unreadable", {"detail": str(error)}))
        else:
            members.append(one.id)
    if len(members) > only_held:
        payload = build_digest_data(alerts, now=now, limit=rules.digest_max).model_dump(mode="json")
        number, uid = add_digest(session, channel.id, members, payload=payload, now=now)
        log.info("digest made", notification=number, uid=uid, channel=channel.name, alerts=len(members))


def _names(data: AlertData) -> list[str]:
    return [mention.name for mention in data.mentions]
