"""Stored watch lists as the matcher takes them, and back. A list of a million actors comes in parts, none kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import structlog
from sqlmodel import Session

from alerts.errors import QueryError
from alerts.matching import Matcher, compile_matcher
from alerts.query import parse
from alerts.values import Actor, Alias, WatchList
from storage.stores.watch.watch_lists import (
    WatchedActor,
    WatchFacts,
    chunks,
    stream_actors,
    stream_topics,
)

log = structlog.get_logger(__name__)

PART = 2_000
"""Actors or topics of a list that are in memory at a time while it is compiled."""


def stored_watch_lists(session: Session, lists: Iterable[WatchFacts]) -> Iterator[WatchList]:
    """Return the watch lists of these facts in parts: several values of one name hold one list together."""
    for facts in lists:
        empty = WatchList(facts.name, languages=facts.languages, private=facts.private)
        yield empty
        for actors in chunks(stream_actors(session, facts.id), PART):
            yield replace(empty, actors=tuple(map(to_actor, actors)))
        for topics in chunks(stream_topics(session, facts.id), PART):
            yield replace(empty, topics=tuple(topics))


def compile_stored(
    session: Session,
    lists: Iterable[WatchFacts],
    *,
    go_on: Callable[[], None] = lambda: None,
) -> Matcher:
    """Compile stored watch lists. A topic that can't be used is left out, with one error in the log, and the rest stand.

    `go_on` is called between parts; it may raise to stop the work.
    """
    lists = list(lists)
    broken: dict[tuple[str, str], QueryError] = {}

    def parts(*, careful: bool) -> Iterator[WatchList]:
        for part in stored_watch_lists(session, lists):
            go_on()
            yield _without(part, broken, careful=careful) if broken or careful else part

    careful = False
    while True:
        known = len(broken)
        try:
            matcher = compile_matcher(parts(careful=careful))
        except QueryError as error:
            if not careful:
                careful = True
                continue
            _blame(error, stored_watch_lists(session, lists), broken)
            if len(broken) == known:
                raise
        else:
            break
    for (watch, topic), why in broken.items():
        log.error("topic can't be used; it is left out", watch_list=watch, topic=topic, error=str(why))
    return matcher


def to_actor(watched: WatchedActor) -> Actor:
    """Return the actor that a row means."""
    own, *others = watched.names
    aliases = others if own == Alias(own.text) else [own, *others]
    return Actor(
        name=watched.name,
        aliases=tuple(alias.shortest for alias in aliases),
        surname=watched.surname,
        context=watched.context,
        exclude=watched.exclude,
        any_order=watched.any_order,
        forms=watched.forms,
        alone=watched.alone,
    )


def from_actor(actor: Actor, *, language: str | None = None, note: str = "") -> WatchedActor:
    """Return the row that holds an actor."""
    return WatchedActor(
        name=actor.name,
        names=actor.names,
        surname=actor.surname,
        context=actor.context,
        exclude=actor.exclude,
        any_order=actor.any_order,
        forms=actor.forms,
        alone=actor.alone,
        note=note,
        language=language,
    )


def _without(part: WatchList, broken: dict[tuple[str, str], QueryError], *, careful: bool) -> WatchList:
    """Return the part without the topics that are known to be broken, and finds those that can't even be read."""
    topics = []
    for topic in part.topics:
        if (part.name, topic.name) in broken:
            continue
        if careful:
            try:
                parse(topic.query)
            except QueryError as error:
                broken[part.name, topic.name] = error
                continue
        topics.append(topic)
    return replace(part, topics=tuple(topics))


def _blame(error: QueryError, parts: Iterable[WatchList], broken: dict[tuple[str, str], QueryError]) -> None:
    """Find the topic that a message of the compiler names: its query can be read, but not be used."""
    for part in parts:
        for topic in part.topics:
            if (
                repr(part.name) in str(error)
                and repr(topic.name) in str(error)
                and error.query == topic.query
            ):
                broken.setdefault((part.name, topic.name), error)
