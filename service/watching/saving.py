"""Saves watch lists as a page shows them: what is sent takes the place of what stood there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from alerts.errors import QueryError
from alerts.query import parse
from alerts.text import fold_words
from service.watching.editing import WatchError, facts_of, open_list, refuse_provisioned
from storage.rows import id_of
from storage.stores.watch.watch_edits import drop, put_actors, put_topics, record, set_channels
from storage.stores.watch.watch_lists import (
    WatchedActor,
    WatchedTopic,
    WatchFacts,
    actors_named,
    facts_named,
    topics_named,
)
from storage.tables import Actor, AlertPolicy, ChangeKind, Channel, Topic, WatchList

LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class ListFacts:
    """Who is told of a list's alerts, in which languages it looks (none: all), and how often it alerts."""

    channels: Sequence[str]
    languages: Sequence[str]
    alert: AlertPolicy


def make_list(session: Session, name: str, wanted: ListFacts, *, now: datetime) -> None:
    """Makes a watch list that tracks nothing yet. Raises `WatchError`, also where there is one of that name."""
    check_name(name, "watch list")
    if facts_named(session, name) is not None:
        raise WatchError(f"There is a watch list {name!r} already: choose another name, or edit that one.")
    open_list(session, name, now=now)
    save_facts(session, name, wanted, now=now)


def save_facts(session: Session, name: str, wanted: ListFacts, *, now: datetime) -> None:
    """Sets channels, languages and policy of a list. Raises `WatchError`."""
    facts = editable(session, name)
    known = {row.name: id_of(row) for row in session.exec(select(Channel))}
    missing = [channel for channel in wanted.channels if channel not in known]
    if missing:
        raise WatchError(f"There is no channel {missing[0]!r}: add it under [[channels]] in the settings.")
    for code in wanted.languages:
        if not (code.isascii() and code.isalpha() and code.islower() and 2 <= len(code) <= 3):
            raise WatchError(
                f"{code!r} is no language code: use two or three small letters, such as en or ar."
            )
    row = session.get_one(WatchList, facts.id)
    before = (list(row.languages), row.alert)
    row.languages, row.alert = list(dict.fromkeys(wanted.languages)), wanted.alert
    session.flush()
    told = set_channels(session, facts.id, {known[channel] for channel in wanted.channels})
    if told or before != (row.languages, row.alert):
        record(session, facts.id, ChangeKind.FACTS, now=now)


def save_actor(session: Session, name: str, actor: WatchedActor, *, old: str | None, now: datetime) -> None:
    """Puts an actor into a list, in the place of the one called `old`. Raises `WatchError`."""
    facts = editable(session, name)
    check_actor(actor)
    if old is None or old != actor.name:
        if actors_named(session, facts.id, [actor.name]):
            raise WatchError(f"{name!r} has an actor {actor.name!r} already.")
        if old is not None:
            drop(session, Actor, facts.id, [old], now=now)
    put_actors(session, facts.id, [actor], now=now)


def save_topic(session: Session, name: str, topic: WatchedTopic, *, old: str | None, now: datetime) -> None:
    """Puts a topic into a list, in the place of the one called `old`. Raises `WatchError`, or `QueryError`."""
    facts = editable(session, name)
    check_topic(topic)
    if old is None or old != topic.name:
        if topics_named(session, facts.id, [topic.name]):
            raise WatchError(f"{name!r} has a topic {topic.name!r} already.")
        if old is not None:
            drop(session, Topic, facts.id, [old], now=now)
    put_topics(session, facts.id, [topic], now=now)


def check_actor(actor: WatchedActor) -> None:
    """Raises `WatchError` for an actor that can't be used."""
    check_name(actor.name, "actor")
    for alias in actor.names:
        if not fold_words(alias.text):
            raise WatchError(f"{alias.text!r} has no letter and no digit: nothing can match it.")


def check_topic(topic: WatchedTopic) -> tuple[str, ...]:
    """Gives the warnings of a topic's query. Raises `WatchError`, or `QueryError` with the place."""
    check_name(topic.name, "topic")
    return tuple(parse(topic.query).warnings)


def check_query(query: str) -> tuple[QueryError | None, tuple[str, ...]]:
    """Gives what is wrong with a query, and its warnings."""
    try:
        return None, tuple(parse(query).warnings)
    except QueryError as error:
        return error, ()


def check_name(name: str, what: str) -> None:
    """Raises `WatchError` for a name that can't be used."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise WatchError(f"The {what} needs a name of 1 to {LONGEST_NAME} printable characters.")


def editable(session: Session, name: str) -> WatchFacts:
    """Gives a list's facts. Raises `WatchError` where there is none, or where the settings file declares it."""
    facts = facts_of(session, name)
    refuse_provisioned(facts)
    return facts
