"""The outbox as delivery uses it: alerts become notifications, each where and when it is wanted; several become digests."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import ValidationError
from sqlmodel import Session, col, select

from alerts.delivery.due import due_time, quiet_end, rules_of, send_of
from alerts.delivery.pace import FAILURES, may_claim, take
from alerts.delivery.payload import AlertData, build_digest_data
from alerts.delivery.routing import Conditions
from alerts.delivery.rules import ChannelRules
from alerts.delivery.silences import AlertSubject, muted_by
from alerts.delivery.timing import next_send
from storage.rows import id_of
from storage.stores.alerts.silences import ActiveSilence, active_silences
from storage.stores.outbox.attempts import fail, suppress
from storage.stores.outbox.channels import new_uid
from storage.stores.outbox.notifications import (
    ALERTS,
    NotificationClaim,
    active_channel,
    add_digest,
    claim_notifications,
    due_alerts,
    hold,
    sent_since,
    waiting_burst,
)
from storage.tables import (
    Alert,
    Article,
    ChannelRow,
    Notification,
    NotificationKind,
    NotificationState,
    WatchListChannel,
)
from storage.upserts import add_rows

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
    had = _had(session, due)
    conditions = _conditions(session, {alert.watch_list_id for alert in due})
    silences = active_silences(session, now=now)
    rows = select(ChannelRow).where(col(ChannelRow.id).in_(wanted)).order_by(col(ChannelRow.id))
    channels = {id_of(channel): _due(session, channel, now) for channel in session.exec(rows)}
    added: list[dict[str, Any]] = []
    for alert in due:
        names = [mention.name for mention in alert.data.mentions]
        subject = AlertSubject(alert.watch_list_id, alert.outlet_id, alert.story_id, names)
        silence_id = muted_by(silences, subject) if silences else None
        payload = alert.data.model_dump(mode="json")
        for channel_id, due_at in channels.items():
            if channel_id not in alert.channel_ids or (alert.alert_id, channel_id, alert.kind) in had:
                continue
            if not conditions.get((alert.watch_list_id, channel_id), Conditions()).hold(alert.data):
                continue
            added.append(
                {
                    "uid": new_uid(),
                    "channel_id": channel_id,
                    "alert_id": alert.alert_id,
                    "kind": alert.kind,
                    "state": NotificationState.QUEUED if silence_id is None else NotificationState.SUPPRESSED,
                    "silence_id": silence_id,
                    "payload": payload,
                    "created_at": now,
                    "due_at": due_at,
                    "attempts": 0,
                    "attempts_before": 0,
                    "stranded": 0,
                    "recipients": {},
                }
            )
    add_rows(session, Notification, added)
    return [row["uid"] for row in added]


def muting(session: Session, alert: Alert, data: AlertData, silences: Sequence[ActiveSilence]) -> int | None:
    """Return the id of one of the silences that mutes the alert, else None."""
    if not silences:
        return None
    article = session.get_one(Article, alert.article_id)
    names = [mention.name for mention in data.mentions]
    return muted_by(silences, AlertSubject(alert.watch_list_id, article.outlet_id, alert.story_id, names))


def mute_waiting(session: Session, *, now: datetime) -> int:
    """Suppresses what is queued already and a silence mutes now; return how many. Such as a digest carries are left alone."""
    silences = active_silences(session, now=now)
    if not silences:
        return 0
    waiting = select(Notification).where(
        col(Notification.state) == "queued",
        col(Notification.kind).in_(ALERTS),
        col(Notification.digest_id).is_(None),
    )
    return sum(_mute(session, row, silences) for row in session.exec(waiting).all())


def claim_due(
    session: Session, *, channel_id: int, now: datetime, owner: str, lease: timedelta, limit: int
) -> list[NotificationClaim]:
    """Claim up to `limit` of what is due on a channel, as far as its rules and its health let.

    What is due on one that sends digests, or was put off so that it comes together, is folded into a digest first.
    """
    channel = active_channel(session, channel_id)
    if channel is None or (channel.rests_until is not None and channel.rests_until > now):
        return []
    rules = rules_of(channel)
    sends_digests = send_of(channel).kind != "immediate"
    if not sends_digests and (until := quiet_end(channel, rules, now)) is not None:
        hold(session, channel, (*ALERTS, NotificationKind.DIGEST), now=now, until=until)
    _mute_due(session, channel, now)
    _send_empty(session, channel, rules, now)
    if sends_digests or rules.group_wait or rules.quiet or rules.max_per_hour:
        _fold(session, channel, rules, now, only_held=not sends_digests)
    kinds = tuple(NotificationKind)
    is_full = rules.max_per_hour is not None and _cap(session, channel, rules.max_per_hour, now) == 0
    if sends_digests or is_full:
        kinds = (NotificationKind.DIGEST, NotificationKind.SERVICE)
    wanted = may_claim(channel.failures, limit)
    granted, _ = take(rules.max_per_minute, channel.paced_at, now, wanted)
    if granted == 0:
        return []
    claims = claim_notifications(
        session, channel, now=now, owner=owner, lease=lease, limit=granted, kinds=kinds
    )
    if claims and channel.failures >= FAILURES:
        channel.rests_until = now + PROBE  # one is tried; what comes of it decides
    if rules.max_per_minute is not None and claims:
        _, channel.paced_at = take(rules.max_per_minute, channel.paced_at, now, len(claims))
    return claims


def _due(session: Session, channel: ChannelRow, now: datetime) -> datetime:
    grouped = waiting_burst(session, id_of(channel), now=now) if rules_of(channel).group_wait else None
    return due_time(channel, now, grouped=grouped)


def _had(session: Session, due: Sequence[DueAlert]) -> set[tuple[int | None, int, NotificationKind]]:
    """Return which channels have had the creation of alerts that may not be new."""
    old = [one.alert_id for one in due if one.kind is NotificationKind.ALERT_CREATED and not one.is_new]
    if not old:
        return set()
    kind = NotificationKind.ALERT_CREATED
    rows = select(Notification.alert_id, Notification.channel_id).where(
        col(Notification.alert_id).in_(old), Notification.kind == kind
    )
    return {(alert_id, channel_id, kind) for alert_id, channel_id in session.exec(rows)}


def _conditions(session: Session, watch_list_ids: Collection[int]) -> dict[tuple[int, int], Conditions]:
    """Return the conditions of lists' channels. Unreadable ones hold: an alert too many is better than one too few."""
    found = {}
    rows = select(WatchListChannel).where(col(WatchListChannel.watch_list_id).in_(watch_list_ids))
    for row in session.exec(rows):
        try:
            found[row.watch_list_id, row.channel_id] = Conditions.model_validate(row.conditions or {})
        except ValidationError as error:
            log.error(
                "conditions of a route can't be read; it gets every alert",
                watch_list=row.watch_list_id,
                channel=row.channel_id,
                error=str(error),
            )
    return found


def _cap(session: Session, channel: ChannelRow, most: int, now: datetime) -> int:
    """Return how many single alerts the channel may be sent in this clock hour; puts off to the next one what is over that."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    room = max(0, most - sent_since(session, id_of(channel), hour))
    hold(session, channel, ALERTS, now=now, until=hour + timedelta(hours=1), skip=room)
    return room


def _mute_due(session: Session, channel: ChannelRow, now: datetime) -> None:
    """Suppresses what is due and muted: a silence may have begun since it was queued."""
    silences = active_silences(session, now=now)
    if silences:
        for row in due_alerts(session, channel, now=now, limit=FOLDED):
            _mute(session, row, silences)
        session.flush()


def _mute(session: Session, row: Notification, silences: Sequence[ActiveSilence]) -> bool:
    alert = session.get(Alert, row.alert_id) if row.alert_id is not None else None
    try:
        data = AlertData.model_validate(row.payload)
    except ValidationError:
        return False  # said where it is sent, or folded
    silence_id = muting(session, alert, data, silences) if alert is not None else None
    if silence_id is not None:
        suppress(row, silence_id)
    return silence_id is not None


def _send_empty(session: Session, channel: ChannelRow, rules: ChannelRules, now: datetime) -> None:
    """Make an empty digest where one is asked for at this hour and there is nothing to tell."""
    send = send_of(channel)
    if not rules.send_empty or send.kind == "immediate":
        channel.digest_due_at = None
        return
    hour, channel.digest_due_at = channel.digest_due_at, next_send(send, now)
    if hour is None or hour > now:
        channel.digest_due_at = hour or channel.digest_due_at
        return
    if not due_alerts(session, channel, now=now, limit=1):
        payload = build_digest_data([], now=now, since=hour).model_dump(mode="json")
        add_digest(session, channel, [], uid=new_uid(), payload=payload, now=now)


def _fold(
    session: Session, channel: ChannelRow, rules: ChannelRules, now: datetime, *, only_held: bool
) -> None:
    """Make a digest of the alerts that are due. One that can't be read fails alone. One that was held alone is sent as it is."""
    alerts, members = [], []
    for row in due_alerts(session, channel, now=now, limit=FOLDED, only_held=only_held):
        try:
            alerts.append(AlertData.model_validate(row.payload))
        except ValidationError as error:
            log.error("notification can't be read", notification=row.id, uid=row.uid, channel=channel.name)
            fail(session, row, f"what is stored can't be read: {error}")
        else:
            members.append(row)
    if len(members) > only_held:
        data = build_digest_data(alerts, now=now, limit=rules.digest_max)
        digest = add_digest(
            session, channel, members, uid=new_uid(), payload=data.model_dump(mode="json"), now=now
        )
        log.info(
            "digest made", notification=digest.id, uid=digest.uid, channel=channel.name, alerts=len(members)
        )
