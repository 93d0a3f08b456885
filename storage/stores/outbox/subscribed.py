"""A person's own channels, and the lists whose alerts each gets: subscriptions, which end where they may not see the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.outbox.own_channels import remove_channel
from storage.stores.watch.access import access_of_all
from storage.tables import (
    Alert,
    ChannelRow,
    Notification,
    NotificationState,
    Role,
    User,
    WatchListChannel,
    WatchListRow,
)
from storage.troubles import Trouble
from storage.viewers import Viewer, looking_as, may_see


@dataclass(frozen=True, slots=True)
class StoredSubscription:
    """A channel of a user's own, and the lists whose alerts it gets, by name. `keys` are its settings, without its name."""

    id: int
    user_id: int
    name: str
    type: str
    send: str
    paused: bool
    disabled_reason: Trouble | None
    lists: tuple[str, ...]
    keys: Mapping[str, Any] = field(repr=False)
    conditions: Mapping[str, Any]
    """Of every list the same (`alerts.delivery.routing`)."""


def subscriptions_of(session: Session, user_id: int | None = None) -> list[StoredSubscription]:
    """Return a user's own channels, or everybody's, the oldest first."""
    query = select(ChannelRow).where(col(ChannelRow.owner_id).is_not(None)).order_by(col(ChannelRow.id))
    if user_id is not None:
        query = query.where(ChannelRow.owner_id == user_id)
    rows = session.exec(query).all()
    routes: dict[int, list[tuple[str, Mapping[str, Any]]]] = {id_of(row): [] for row in rows}
    links = (
        select(WatchListChannel.channel_id, WatchListRow.name, WatchListChannel.conditions)
        .join(WatchListRow, col(WatchListRow.id) == col(WatchListChannel.watch_list_id))
        .where(col(WatchListChannel.channel_id).in_(list(routes)), col(WatchListRow.active))
        .order_by(col(WatchListRow.name))
    )
    for number, name, conditions in session.exec(links):
        routes[number].append((name, conditions or {}))
    return [_stored(row, routes[id_of(row)]) for row in rows]


def own_from_now_on(session: Session, channel_id: int, user_id: int) -> None:
    """Make a channel a user's own."""
    session.get_one(ChannelRow, channel_id).owner_id = user_id
    session.flush()


def put_subscribed(
    session: Session, channel_id: int, list_ids: Sequence[int], conditions: Mapping[str, Any]
) -> None:
    """Make these the lists whose alerts an own channel gets. What waits of others is not sent."""
    session.execute(delete(WatchListChannel).where(col(WatchListChannel.channel_id) == channel_id))
    session.add_all(
        WatchListChannel(watch_list_id=number, channel_id=channel_id, conditions=dict(conditions))
        for number in list_ids
    )
    session.flush()
    _drop_waiting(session, channel_id, list_ids)


def drop_unseen(session: Session) -> None:
    """End all subscriptions of lists that their users may not see (any more), with what waits of them."""
    with looking_as(None):
        own = session.exec(
            select(ChannelRow.id, User.id, User.role).join(User, col(User.id) == col(ChannelRow.owner_id))
        ).all()
        accesses = access_of_all(session) if own else {}
        for channel_id, user_id, role in own:
            eyes = Viewer(user_id, Role(role))
            links = session.exec(
                select(WatchListChannel.watch_list_id).where(WatchListChannel.channel_id == channel_id)
            ).all()
            seen = [number for number in links if may_see(accesses[number], eyes)]
            if len(seen) < len(links) and channel_id is not None:
                unseen = set(links) - set(seen)
                session.execute(
                    delete(WatchListChannel).where(
                        col(WatchListChannel.channel_id) == channel_id,
                        col(WatchListChannel.watch_list_id).in_(unseen),
                    )
                )
                _drop_waiting(session, channel_id, seen)


def drop_subscriptions(session: Session, user_id: int) -> None:
    """Remove all channels of a user's own, with their deliveries."""
    with looking_as(None):
        for number in session.exec(select(ChannelRow.id).where(ChannelRow.owner_id == user_id)).all():
            if number is not None:
                remove_channel(session, number)


def _drop_waiting(session: Session, channel_id: int, kept: Sequence[int]) -> None:
    """Suppress what waits on a channel of other lists' alerts; digests that carry some are taken apart."""
    others = select(Alert.id).where(col(Alert.watch_list_id).not_in(list(kept)))
    waiting = (
        col(Notification.channel_id) == channel_id,
        col(Notification.state).in_((NotificationState.QUEUED, NotificationState.FAILED)),
        col(Notification.alert_id).in_(others),
    )
    digests = session.exec(
        select(Notification.digest_id).where(*waiting, col(Notification.digest_id).is_not(None)).distinct()
    ).all()
    if digests:
        session.execute(
            update(Notification).where(col(Notification.digest_id).in_(digests)).values(digest_id=None)
        )
        session.execute(
            update(Notification)
            .where(col(Notification.id).in_(digests))
            .values(state=NotificationState.SUPPRESSED)
        )
    session.execute(update(Notification).where(*waiting).values(state=NotificationState.SUPPRESSED))


def _stored(row: ChannelRow, routes: Sequence[tuple[str, Mapping[str, Any]]]) -> StoredSubscription:
    return StoredSubscription(
        id_of(row),
        row.owner_id or 0,
        row.name,
        row.type,
        row.send,
        not row.active and row.disabled_reason is None,
        row.disabled_reason,
        tuple(name for name, _conditions in routes),
        row.settings,
        routes[0][1] if routes else {},
    )
