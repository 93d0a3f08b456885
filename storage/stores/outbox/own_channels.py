"""Channels that the page, the API or the command line made: their settings are in the database, secrets among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.outbox.channels import ChannelValues
from storage.tables import Attempt, ChannelRow, Notification, NotificationState, WatchListChannel


@dataclass(frozen=True, slots=True)
class OwnChannel:
    """A channel that is not of the settings file. `keys` is its table, as the file would have it, without its name."""

    id: int
    name: str
    type: str
    revision: int
    keys: Mapping[str, Any] = field(repr=False)


def own_channel(session: Session, channel_id: int) -> OwnChannel | None:
    """Return a channel that is not of the settings file; None where there is none of this number."""
    row = session.get(ChannelRow, channel_id)
    if row is None or row.provisioned:
        return None
    return OwnChannel(id_of(row), row.name, row.type, row.revision, row.settings)


def own_channels(session: Session) -> list[OwnChannel]:
    """Return the channels that are not of the settings file, by name."""
    rows = session.exec(select(ChannelRow).where(~col(ChannelRow.provisioned)).order_by(col(ChannelRow.name)))
    return [OwnChannel(id_of(row), row.name, row.type, row.revision, row.settings) for row in rows]


def add_channel(session: Session, values: ChannelValues, keys: Mapping[str, Any], *, now: datetime) -> int:
    """Add a channel with its settings; return its id."""
    row = ChannelRow(name=values.name, type=values.type, created_at=now)
    _store(session, row, values, keys)
    session.add(row)
    session.flush()
    return id_of(row)


def put_channel(session: Session, channel_id: int, values: ChannelValues, keys: Mapping[str, Any]) -> None:
    """Store a channel's settings and name. Whoever sends on it reads them before its next message; it counts as well again."""
    row = session.get_one(ChannelRow, channel_id)
    _store(session, row, values, keys)
    row.revision += 1
    row.failures, row.failing_since, row.rests_until = 0, None, None
    if row.disabled_reason is not None:
        row.active, row.disabled_reason = True, None
    session.flush()


def set_channel_paused(session: Session, channel_id: int, *, paused: bool) -> bool:
    """Stop sending on a channel, or begin again; return whether that is a change. What is queued stays queued."""
    row = session.get_one(ChannelRow, channel_id)
    was_paused = not row.active and row.disabled_reason is None
    if was_paused is paused:
        return False
    row.active, row.disabled_reason = not paused, None
    session.flush()
    return True


def is_name_taken(session: Session, name: str) -> bool:
    """Return whether a channel of whoever's has this name."""
    return session.exec(select(ChannelRow.id).where(ChannelRow.name == name)).first() is not None


def is_sending(session: Session, channel_id: int, *, now: datetime) -> bool:
    """Return whether something is being sent on a channel at this moment."""
    mine = (col(Notification.channel_id) == channel_id, col(Notification.state) == NotificationState.SENDING)
    busy = select(Notification.id).where(*mine, col(Notification.lease_until) > now).limit(1)
    return session.exec(busy).first() is not None


def remove_channel(session: Session, channel_id: int) -> None:
    """Remove a channel with its settings, its deliveries, and its place in watch lists and as a fallback."""
    mine = select(Notification.id).where(Notification.channel_id == channel_id)
    session.execute(
        update(ChannelRow).where(col(ChannelRow.fallback_id) == channel_id).values(fallback_id=None)
    )
    session.execute(delete(WatchListChannel).where(col(WatchListChannel.channel_id) == channel_id))
    session.execute(delete(Attempt).where(col(Attempt.notification_id).in_(mine)))
    session.execute(
        update(Notification).where(col(Notification.channel_id) == channel_id).values(digest_id=None)
    )
    session.execute(delete(Notification).where(col(Notification.channel_id) == channel_id))
    session.execute(delete(ChannelRow).where(col(ChannelRow.id) == channel_id))


def _store(session: Session, row: ChannelRow, values: ChannelValues, keys: Mapping[str, Any]) -> None:
    fallback = session.exec(select(ChannelRow.id).where(ChannelRow.name == (values.fallback or ""))).first()
    row.name, row.type, row.send = values.name, values.type, values.send
    row.rules, row.settings = dict(values.rules), dict(keys)
    row.tested_at = None
    row.fallback_id, row.digest_due_at = fallback, values.digest_due_at
