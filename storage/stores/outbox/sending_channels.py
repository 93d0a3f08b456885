"""Channels as sending sees them: when they send, how they fare, who is told in their place."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from storage.tables import ChannelRow, WatchListChannel
from storage.troubles import Trouble


@dataclass(frozen=True, slots=True)
class SendingChannel:
    """A channel. What of it changes while it sends is stored by `change_channel`."""

    id: int
    name: str
    type: str
    send: str
    rules: Mapping[str, Any]
    """Quiet hours, caps, pace and the like, as stored (`alerts.delivery.rules`)."""
    failures: int
    """Passing failures since the last success."""
    failing_since: datetime | None
    rests_until: datetime | None
    paced_at: datetime | None
    digest_due_at: datetime | None
    disabled_reason: Trouble | None
    fallback_id: int | None
    owner_id: int | None
    """Whose own it is; None: the team's."""


_CHANNEL: Any = tuple(col(getattr(ChannelRow, name)) for name in SendingChannel.__slots__)
_CHANGES = ("failures", "failing_since", "rests_until", "paced_at", "digest_due_at")


def lock_channel(session: Session, channel_id: int, *, only_active: bool = False) -> SendingChannel | None:
    """Return the channel as it stands now, locked: its pace and its caps hold over all processes. None where it is no more.

    `only_active`: nor where it is switched off. Adding notifications goes on meanwhile.
    """
    query = select(*_CHANNEL).where(col(ChannelRow.id) == channel_id).with_for_update(key_share=True)
    if only_active:
        query = query.where(col(ChannelRow.active))
    return next((SendingChannel(*row) for row in session.exec(query)), None)


def channels_of_ids(session: Session, channel_ids: Collection[int]) -> list[SendingChannel]:
    """Return the channels of these ids, in their order."""
    query = select(*_CHANNEL).where(col(ChannelRow.id).in_(channel_ids)).order_by(col(ChannelRow.id))
    return [SendingChannel(*row) for row in session.exec(query)]


def active_channels(session: Session) -> list[SendingChannel]:
    """Return the channels that are not switched off."""
    query = select(*_CHANNEL).where(col(ChannelRow.active)).order_by(col(ChannelRow.id))
    return [SendingChannel(*row) for row in session.exec(query)]


def failing_with_fallback(session: Session, *, now: datetime) -> list[SendingChannel]:
    """Return the channels with a fallback that are switched off for failing, or fail now."""
    query = select(*_CHANNEL).where(
        col(ChannelRow.fallback_id).is_not(None),
        or_(col(ChannelRow.disabled_reason).is_not(None), col(ChannelRow.failing_since) <= now),
    )
    return [SendingChannel(*row) for row in session.exec(query)]


def change_channel(session: Session, before: SendingChannel, after: SendingChannel) -> None:
    """Store how a channel fares, and where its pace and its digests stand, as far as that changed."""
    changed = {
        name: getattr(after, name) for name in _CHANGES if getattr(after, name) != getattr(before, name)
    }
    if changed:
        session.exec(update(ChannelRow).where(col(ChannelRow.id) == before.id).values(**changed))


def route_conditions(
    session: Session, watch_list_ids: Collection[int]
) -> Sequence[tuple[int, int, Mapping[str, Any]]]:
    """Return watch list, channel and conditions, as stored, of the lists' routes."""
    query = select(
        WatchListChannel.watch_list_id, WatchListChannel.channel_id, WatchListChannel.conditions
    ).where(col(WatchListChannel.watch_list_id).in_(watch_list_ids))
    return [
        (list_id, channel_id, conditions or {}) for list_id, channel_id, conditions in session.exec(query)
    ]
