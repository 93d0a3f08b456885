"""Channels: how they fare, who unsubscribed, which are sent service messages; and the key of the links that we sign."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import (
    ChannelRow,
    Notification,
    NotificationKind,
    NotificationState,
    SigningKey,
    Unsubscription,
)
from storage.troubles import Trouble


@dataclass(frozen=True, slots=True)
class ListedChannel:
    """A channel for people: how it fares, and who wants no mail of it."""

    id: int
    name: str
    type: str
    send: str
    active: bool
    disabled_reason: Trouble | None
    failing_since: datetime | None
    failures: int
    rests_until: datetime | None
    fallback: str | None
    unsubscribed: tuple[str, ...]
    provisioned: bool = False
    """Declared in the settings file, and read-only elsewhere."""

    @property
    def paused(self) -> bool:
        """Whether somebody switched it off, or it left the settings file."""
        return not self.active and self.disabled_reason is None


@dataclass(frozen=True, slots=True)
class ChannelValues:
    """What the settings file declares of a channel; `digest_due_at`: of its first digest, where empty ones are sent."""

    name: str
    type: str
    send: str
    rules: Mapping[str, Any]
    service_alerts: bool
    digest_due_at: datetime | None
    fallback: str | None


def put_declared_channels(
    session: Session, declared: Sequence[ChannelValues], *, now: datetime, switches_on: bool
) -> None:
    """Make the channels of the settings file those that are `declared`; what left the file is switched off.

    One that was switched off for failing stays off unless `switches_on`: whoever restarts has seen to it.
    """
    known = {channel.name: channel for channel in session.exec(select(ChannelRow))}
    for values in declared:
        channel = known.pop(values.name, None)
        if channel is None:
            channel = ChannelRow(name=values.name, type=values.type, created_at=now)
            session.add(channel)
        channel.type, channel.send, channel.rules = values.type, values.send, dict(values.rules)
        channel.service_alerts, channel.provisioned = values.service_alerts, True
        channel.settings = {}  # the file's word counts from now on; no secret stays behind
        channel.digest_due_at = channel.digest_due_at or values.digest_due_at
        if not channel.active and (switches_on or channel.disabled_reason is None):
            _enable(channel)
    for channel in known.values():
        if channel.provisioned:
            channel.active = False
    session.flush()
    rows = {channel.name: channel for channel in session.exec(select(ChannelRow))}
    for values in declared:
        fallback = rows.get(values.fallback or "")
        rows[values.name].fallback_id = None if fallback is None else fallback.id
    session.flush()


def list_of_channels(session: Session, owner_id: int | None = None) -> list[ListedChannel]:
    """Return the team's channels, or those of a user's own, by name."""
    whose = col(ChannelRow.owner_id).is_(None) if owner_id is None else col(ChannelRow.owner_id) == owner_id
    rows = session.exec(select(ChannelRow).where(whose).order_by(col(ChannelRow.name))).all()
    names = {id_of(row): row.name for row in rows}
    gone = session.exec(select(Unsubscription).order_by(col(Unsubscription.address))).all()
    return [
        ListedChannel(
            id=id_of(row),
            name=row.name,
            type=row.type,
            send=row.send,
            active=row.active,
            disabled_reason=row.disabled_reason,
            failing_since=row.failing_since,
            failures=row.failures,
            rests_until=row.rests_until,
            fallback=names.get(row.fallback_id or 0),
            unsubscribed=tuple(item.address for item in gone if item.channel_id == row.id),
            provisioned=row.provisioned,
        )
        for row in rows
    ]


def notification_counts(session: Session) -> dict[int, dict[str, int]]:
    """Return how many notifications each channel has in each state, those that a digest carries aside."""
    counts: dict[int, dict[str, int]] = {}
    rows = session.exec(
        select(Notification.channel_id, Notification.state, func.count())
        .where(col(Notification.digest_id).is_(None))
        .group_by(col(Notification.channel_id), col(Notification.state))
    )
    for channel_id, state, count in rows:
        counts.setdefault(channel_id, {})[NotificationState(state).value] = count
    return counts


def new_uid() -> str:
    """Return an idempotency key that no other notification has."""
    return f"msg_{uuid4().hex}"


def disable_channel(session: Session, channel_id: int, reason: Trouble) -> None:
    """Switch a channel off; what is queued for it stays queued."""
    channel = session.get_one(ChannelRow, channel_id)
    channel.active, channel.disabled_reason = False, reason


def switch_on(session: Session, channel_id: int) -> None:
    """Switch a channel on again, as one that never failed."""
    _enable(session.get_one(ChannelRow, channel_id))


def note_test(session: Session, name: str, *, now: datetime) -> None:
    """Note that a channel took a test message; one that no service has taken from the settings file yet has no row."""
    row = session.exec(select(ChannelRow).where(ChannelRow.name == name)).first()
    if row is not None:
        row.tested_at = now


def unsubscribed(session: Session, channel_id: int) -> frozenset[str]:
    """Return the addresses, in small letters, that want no mail of this channel."""
    return frozenset(
        session.exec(select(Unsubscription.address).where(Unsubscription.channel_id == channel_id))
    )


def unsubscribe(session: Session, channel_id: int, address: str, *, now: datetime) -> bool:
    """Send a recipient no more mail from the channel; return whether that is new."""
    key = (channel_id, address.lower())
    if session.get(Unsubscription, key) is not None:
        return False
    session.add(Unsubscription(channel_id=key[0], address=key[1], at=now))
    return True


def subscribe(session: Session, channel_id: int, address: str) -> bool:
    """Take an unsubscription back; return whether there was one."""
    row = session.get(Unsubscription, (channel_id, address.lower()))
    if row is not None:
        session.delete(row)
    return row is not None


def add_service_notification(
    session: Session,
    *,
    payload: dict[str, Any],
    types: Collection[str],
    now: datetime,
    about_channel: int | None = None,
) -> int:
    """Queue a word about the service itself; return on how many channels.

    It goes to the channel that `[service] notify` names; where none is, to those of the `types`. Never to `about_channel`.
    """
    chosen = list(
        session.exec(select(ChannelRow).where(col(ChannelRow.active), col(ChannelRow.service_alerts)))
    )
    if not chosen:
        fitting = col(ChannelRow.type).in_(types)
        chosen = list(session.exec(select(ChannelRow).where(col(ChannelRow.active), fitting)))
    count = 0
    for channel in chosen:
        if channel.id == about_channel:
            continue
        session.add(
            Notification(
                uid=new_uid(),
                channel_id=id_of(channel),
                kind=NotificationKind.SERVICE,
                payload=payload,
                created_at=now,
                due_at=now,
            )
        )
        count += 1
    session.flush()
    return count


def signing_key(session: Session, *, now: datetime) -> bytes:
    """Return the key of our links; makes it the first time."""
    row = session.exec(select(SigningKey).order_by(col(SigningKey.id))).first()
    if row is None:
        row = SigningKey(key=secrets.token_bytes(32), created_at=now)
        session.add(row)
        session.flush()
    return row.key


def _enable(channel: ChannelRow) -> None:
    channel.active, channel.disabled_reason = True, None
    channel.failures, channel.failing_since, channel.rests_until = 0, None, None
