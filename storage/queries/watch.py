"""Watch lists, read whole: for the matcher, and for lists on the screen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import Actor, AlertPolicy, Alias, Channel, Topic, WatchList, WatchListChannel


@dataclass(frozen=True, slots=True)
class WatchedActor:
    """An actor with all its names; the first is its own."""

    id: int
    name: str
    names: tuple[str, ...]
    surname: bool
    context: tuple[str, ...]
    exclude: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WatchedTopic:
    """A topic."""

    id: int
    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Watched:
    """A watch list, whole."""

    id: int
    name: str
    languages: tuple[str, ...]
    alert: AlertPolicy
    provisioned: bool
    active: bool
    channels: tuple[str, ...]
    """Names of its channels."""
    channel_ids: tuple[int, ...]
    """Ids of those among them that are active."""
    actors: tuple[WatchedActor, ...]
    topics: tuple[WatchedTopic, ...]


def watch_lists(session: Session, *, only_active: bool = True) -> list[Watched]:
    """Gives the watch lists, whole, by name."""
    query = select(WatchList).order_by(col(WatchList.name))
    if only_active:
        query = query.where(col(WatchList.active))
    actors = _actors(session)
    topics: dict[int, list[WatchedTopic]] = defaultdict(list)
    for topic in session.exec(select(Topic).order_by(col(Topic.id))):
        topics[topic.watch_list_id].append(WatchedTopic(id_of(topic), topic.name, topic.query))
    channels: dict[int, list[Channel]] = defaultdict(list)
    links = select(WatchListChannel, Channel).join(
        Channel, col(Channel.id) == col(WatchListChannel.channel_id)
    )
    for link, channel in session.exec(links.order_by(col(Channel.name))):
        channels[link.watch_list_id].append(channel)
    return [
        _watched(row, actors[id_of(row)], topics[id_of(row)], channels[id_of(row)])
        for row in session.exec(query)
    ]


def _watched(
    row: WatchList,
    actors: Sequence[WatchedActor],
    topics: Sequence[WatchedTopic],
    channels: Sequence[Channel],
) -> Watched:
    return Watched(
        id=id_of(row),
        name=row.name,
        languages=tuple(row.languages),
        alert=row.alert,
        provisioned=row.provisioned,
        active=row.active,
        channels=tuple(channel.name for channel in channels),
        channel_ids=tuple(id_of(channel) for channel in channels if channel.active),
        actors=tuple(actors),
        topics=tuple(topics),
    )


def _actors(session: Session) -> dict[int, list[WatchedActor]]:
    names: dict[int, list[str]] = defaultdict(list)
    for alias in session.exec(select(Alias).order_by(col(Alias.id))):
        names[alias.actor_id].append(alias.text)
    actors: dict[int, list[WatchedActor]] = defaultdict(list)
    for actor in session.exec(select(Actor).order_by(col(Actor.id))):
        own = id_of(actor)
        actors[actor.watch_list_id].append(
            WatchedActor(
                own, actor.name, tuple(names[own]), actor.surname, tuple(actor.context), tuple(actor.exclude)
            )
        )
    return actors
