"""How far a service is set up: whether articles come in, what is tracked, and which channels have brought a message."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import (
    ActorRow,
    Article,
    ChannelRow,
    Notification,
    NotificationState,
    TopicRow,
    WatchListChannel,
    WatchListRow,
)


@dataclass(frozen=True, slots=True)
class TrackingList:
    """A watch list in use that tracks somebody or something, and the active channels that are sent its alerts."""

    name: str
    provisioned: bool
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsableChannel:
    """An active channel; `proven` once a test message or a notification was taken there."""

    id: int
    name: str
    type: str
    proven: bool


def has_articles(session: Session) -> bool:
    """Return whether any article has come in."""
    return session.exec(select(Article.id).limit(1)).first() is not None


def tracking_lists(session: Session) -> list[TrackingList]:
    """Return the watch lists that track something, the newest first."""
    tracks = or_(
        exists().where(col(ActorRow.watch_list_id) == col(WatchListRow.id)),
        exists().where(col(TopicRow.watch_list_id) == col(WatchListRow.id)),
    )
    rows = session.exec(
        select(WatchListRow)
        .where(col(WatchListRow.active), ~col(WatchListRow.paused), tracks)
        .order_by(col(WatchListRow.id).desc())
    ).all()
    channels: dict[int, list[str]] = {}
    told = session.execute(
        sa_select(col(WatchListChannel.watch_list_id), col(ChannelRow.name))
        .join(ChannelRow, col(ChannelRow.id) == col(WatchListChannel.channel_id))
        .where(col(ChannelRow.active), col(ChannelRow.owner_id).is_(None))
        .order_by(col(ChannelRow.name))
    )
    for number, name in told:
        channels.setdefault(number, []).append(name)
    return [TrackingList(row.name, row.provisioned, tuple(channels.get(id_of(row), ()))) for row in rows]


def usable_channels(session: Session) -> list[UsableChannel]:
    """Return the team's active channels, by name."""
    sent = exists().where(
        col(Notification.channel_id) == col(ChannelRow.id), col(Notification.state) == NotificationState.SENT
    )
    rows = session.execute(
        sa_select(
            col(ChannelRow.id),
            col(ChannelRow.name),
            col(ChannelRow.type),
            or_(col(ChannelRow.tested_at).is_not(None), sent),
        )
        .where(col(ChannelRow.active))
        .order_by(col(ChannelRow.name))
    )
    return [UsableChannel(number, name, kind, bool(proven)) for number, name, kind, proven in rows]
