"""Edits watch lists that live in the database. Those of the settings file are edited there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, select

from alerts.errors import QueryError
from alerts.query import parse
from alerts.text import fold_words
from alerts.values import Actor, Topic
from alerts.watchlists import from_actor
from storage.rows import id_of
from storage.stores.watch.watch_edits import drop, drop_all, put_actors, put_topics, record, set_channels
from storage.stores.watch.watch_lists import (
    WatchedActor,
    WatchedAlias,
    WatchedTopic,
    WatchFacts,
    actors_named,
    facts_named,
    topics_named,
    watch_facts,
)
from storage.suggest import did_you_mean
from storage.tables import Actor as ActorRow
from storage.tables import AlertPolicy, ChangeKind, Channel, WatchList
from storage.tables import Topic as TopicRow


class WatchError(Exception):
    """What was asked can't be done; the message says why, and what can. `is_usage`: it was asked for in the wrong way."""

    def __init__(self, message: str, *, is_usage: bool = False) -> None:
        super().__init__(message)
        self.is_usage = is_usage


@dataclass(frozen=True, slots=True)
class Saved:
    """What an edit has come to."""

    name: str
    created: bool
    actors: tuple[str, ...]
    """New or changed."""
    topics: tuple[str, ...]
    facts: bool
    """Channels, languages or policy have changed."""
    warnings: tuple[str, ...] = ()


def extend(
    session: Session,
    name: str,
    *,
    actors: Sequence[Actor] = (),
    aliases: Sequence[tuple[str, str]] = (),
    topics: Sequence[Topic] = (),
    channels: Sequence[str] = (),
    languages: Sequence[str] = (),
    alert: AlertPolicy | None = None,
    now: datetime,
) -> Saved:
    """Adds to a watch list, and makes it where there is none. `aliases` are pairs of an actor and another name of it.

    What is named again is kept and added to; a topic's query is replaced. Raises `WatchError`, and then nothing is saved.
    """
    _check_names(name, actors, aliases)
    warnings = [warning for topic in topics for warning in _check_topic(topic)]
    facts, created = open_list(session, name, now=now)
    changed_facts = _set_facts(session, facts, channels, languages, alert, now=now)
    new_actors = _with_aliases(session, facts, actors, aliases)
    changed_actors = merge_actors(session, facts.id, new_actors.values(), now=now)
    changed_topics = _merge_topics(session, facts.id, topics, now=now)
    if created and not new_actors and not topics:
        raise WatchError(f"{name!r} would track nothing: give --actor or --topic", is_usage=True)
    if not facts_of(session, name).channels:
        warnings.append(
            f"{name!r} has no channel: its alerts are stored, and nobody is told (--channel NAME)"
        )
    return Saved(name, created, tuple(changed_actors), tuple(changed_topics), changed_facts, tuple(warnings))


def remove(
    session: Session, name: str, *, actors: Sequence[str] = (), topics: Sequence[str] = (), now: datetime
) -> None:
    """Removes actors and topics from a watch list; with none named, the list itself. Its alerts stay. Raises `WatchError`."""
    facts = facts_of(session, name)
    refuse_provisioned(facts)
    if not actors and not topics:
        drop_all(session, facts.id, now=now)
        set_channels(session, facts.id, ())
        session.get_one(WatchList, facts.id).active = False
        return
    for table, what, names in ((ActorRow, "actor", actors), (TopicRow, "topic", topics)):
        gone = drop(session, table, facts.id, names, now=now)
        missing = next((wanted for wanted in names if wanted not in gone), None)
        if missing is not None:
            raise WatchError(f"{name!r} has no {what} {missing!r}: tocsin watch show {name!r}")


def facts_of(session: Session, name: str) -> WatchFacts:
    """Gives a watch list's facts. Raises `WatchError` where there is none of that name."""
    facts = facts_named(session, name)
    if facts is None:
        hint = did_you_mean(name, [known.name for known in watch_facts(session)])
        raise WatchError(f"there is no watch list {name!r}{hint or ': tocsin watch list'}")
    return facts


def open_list(session: Session, name: str, *, now: datetime) -> tuple[WatchFacts, bool]:
    """Gives the list to edit, made where there is none, and whether it was. Raises `WatchError` for one of the settings file."""
    facts = facts_named(session, name)
    if facts is not None:
        refuse_provisioned(facts)
        return facts, False
    row = session.exec(select(WatchList).where(WatchList.name == name)).first()
    if row is None:
        row = WatchList(name=name, created_at=now)
        session.add(row)
        session.flush()
    else:  # removed before, or gone from the settings file: begins anew
        drop_all(session, id_of(row), now=now)
        set_channels(session, id_of(row), ())
        row.active, row.provisioned, row.languages, row.alert = True, False, [], AlertPolicy.STORY
        session.flush()
    record(session, id_of(row), ChangeKind.LIST, now=now)
    return facts_of(session, name), True


def merge_actors(
    session: Session, watch_list_id: int, actors: Iterable[WatchedActor], *, now: datetime
) -> dict[str, bool]:
    """Adds actors, and to those that are there what is new of them; gives those that changed, and whether they are new."""
    wanted: dict[str, WatchedActor] = {}
    for actor in actors:
        wanted[actor.name] = merged(wanted[actor.name], actor) if actor.name in wanted else actor
    known = {actor.name: actor for actor in actors_named(session, watch_list_id, wanted)}
    changed = []
    for name, actor in wanted.items():
        if name not in known:
            changed.append(actor)
        elif (both := merged(known[name], actor)) != known[name]:
            changed.append(both)
    put_actors(session, watch_list_id, changed, now=now)
    return {actor.name: actor.name not in known for actor in changed}


def merged(old: WatchedActor, new: WatchedActor) -> WatchedActor:
    """Gives the old actor with what the new one has besides. Of an alias that both have, the old options stay."""
    names = {alias.text: alias for alias in (*new.names, *old.names)}
    order = dict.fromkeys((*(alias.text for alias in old.names), *names))
    return replace(
        old,
        names=tuple(names[text] for text in order),
        surname=old.surname or new.surname,
        any_order=old.any_order or new.any_order,
        note=new.note or old.note,
        language=new.language or old.language,
    )


def set_list_channels(session: Session, facts: WatchFacts, names: Sequence[str]) -> bool:
    """Adds channels to a list; tells whether some are new. Raises `WatchError` for one that there is not."""
    known = {channel.name: channel for channel in session.exec(select(Channel))}
    for name in names:
        if name not in known:
            usable = [channel.name for channel in known.values() if channel.active]
            raise WatchError(
                f"there is no channel {name!r}{did_you_mean(name, usable) or '; add it under [[channels]] in the settings'}"
            )
    wanted = {id_of(known[name]) for name in (*facts.channels, *names)}
    return set_channels(session, facts.id, wanted)


def _check_names(name: str, actors: Sequence[Actor], aliases: Sequence[tuple[str, str]]) -> None:
    if not name.strip():
        raise WatchError("the watch list needs a name", is_usage=True)
    for text in (
        *(alias.text for actor in actors for alias in actor.names),
        *(alias for _actor, alias in aliases),
    ):
        if not fold_words(text):
            raise WatchError(f"{text!r} has no letter and no digit: nothing can match it", is_usage=True)


def _check_topic(topic: Topic) -> Iterable[str]:
    if not topic.name.strip():
        raise WatchError("the topic needs a name", is_usage=True)
    try:
        return [f"topic {topic.name!r}: {warning}" for warning in parse(topic.query).warnings]
    except QueryError as error:
        raise WatchError(f"topic {topic.name!r}: {error}", is_usage=True) from error


def refuse_provisioned(facts: WatchFacts) -> None:
    """Raises `WatchError` for a list that the settings file declares."""
    if facts.provisioned:
        raise WatchError(
            f"{facts.name!r} is declared in the settings file: edit it there, under [[watch]], and restart the service"
        )


def _set_facts(
    session: Session,
    facts: WatchFacts,
    channels: Sequence[str],
    languages: Sequence[str],
    alert: AlertPolicy | None,
    *,
    now: datetime,
) -> bool:
    changed = set_list_channels(session, facts, channels)
    row = session.get_one(WatchList, facts.id)
    if languages and set(languages) - set(row.languages):
        row.languages = list(dict.fromkeys((*row.languages, *languages)))
        changed = True
    if alert is not None and alert is not row.alert:
        row.alert = alert
        changed = True
    if changed:
        record(session, facts.id, ChangeKind.FACTS, now=now)
    session.flush()
    return changed


def _with_aliases(
    session: Session, facts: WatchFacts, actors: Sequence[Actor], aliases: Sequence[tuple[str, str]]
) -> Mapping[str, WatchedActor]:
    wanted = {actor.name: from_actor(actor) for actor in actors}
    known = {
        actor.name: actor for actor in actors_named(session, facts.id, (name for name, _alias in aliases))
    }
    for name, alias in aliases:
        actor = wanted.get(name) or known.get(name)
        if actor is None:
            raise WatchError(
                f"{facts.name!r} has no actor {name!r} to which the alias {alias!r} could belong: add --actor {name!r}"
            )
        wanted[name] = merged(actor, WatchedActor(name, (WatchedAlias(name), WatchedAlias(alias))))
    return wanted


def _merge_topics(
    session: Session, watch_list_id: int, topics: Sequence[Topic], *, now: datetime
) -> list[str]:
    wanted = {topic.name: WatchedTopic(topic.name, topic.query) for topic in topics}
    known = {topic.name: topic for topic in topics_named(session, watch_list_id, wanted)}
    changed = [topic for name, topic in wanted.items() if known.get(name) != topic]
    put_topics(session, watch_list_id, changed, now=now)
    return [topic.name for topic in changed]
