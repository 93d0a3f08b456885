"""Watch lists, read: the facts of each, and its actors and topics by name or as a stream (there may be a million)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Text, func, type_coerce
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, select

from storage.rows import id_of
from storage.tables import ActorRow, AlertPolicy, ChannelRow, TopicRow, WatchListChannel, WatchListRow
from storage.watched import Alias, Topic

T = TypeVar("T")

AT_ONCE = 500
"""Values in one SQL `IN`: below every database's limit."""
_OF_ACTOR = 11
"""Columns of `_actor_rows` that are the actor's."""
PAGE = 5_000
"""Rows fetched at a time where they are streamed."""


@dataclass(frozen=True, slots=True)
class WatchedActor:
    """An actor with all its names; the first is its own."""

    name: str
    names: tuple[Alias, ...]
    surname: bool | str = False
    context: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    any_order: bool = False
    forms: bool = True
    alone: bool | None = None
    note: str = ""
    language: str | None = None

    @property
    def aliases(self) -> tuple[Alias, ...]:
        """Its names as people list them: without its own, unless that has options."""
        return tuple(alias for alias in self.names if alias != Alias(self.name))


@dataclass(frozen=True, slots=True)
class WatchRoute:
    """A channel that is notified of a list's alerts: of all, or of those that meet the conditions (`alerts.delivery.routing`)."""

    channel: str
    conditions: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class ListFacts:
    """Who is notified of a list's alerts, in which languages it looks (none: all), and what makes it alert."""

    routes: tuple[WatchRoute, ...] = ()
    languages: tuple[str, ...] = ()
    alert: AlertPolicy = AlertPolicy.STORY
    min_score: float = 0.0
    """Articles whose relevance (0 to 100) is lower make no alert."""
    update_interval: timedelta = timedelta(hours=1)
    """Updates of an alert are sent at most so often."""
    spikes: bool = False
    """Whether an actor with many more articles than usual makes an alert."""
    tags: tuple[str, ...] = ()
    """For people: by which they find it."""


@dataclass(frozen=True, slots=True)
class WatchFacts:
    """A watch list without what it tracks."""

    id: int
    name: str
    languages: tuple[str, ...]
    alert: AlertPolicy
    provisioned: bool
    active: bool
    channels: tuple[str, ...]
    """Names of its channels, those aside that are users' own."""
    channel_ids: tuple[int, ...]
    """Ids of those, and of users' own, that are active, paused, or switched off for failing: what is queued there waits."""
    min_score: float = 0.0
    update_interval: timedelta = timedelta(hours=1)
    spikes: bool = False
    routes: tuple[WatchRoute, ...] = ()
    paused: bool = False
    tags: tuple[str, ...] = ()
    private: bool = False
    feed_mark: str = ""

    @property
    def editable(self) -> ListFacts:
        """What can be changed of it, besides its name."""
        return ListFacts(
            self.routes,
            self.languages,
            self.alert,
            self.min_score,
            self.update_interval,
            self.spikes,
            self.tags,
        )


@dataclass(frozen=True, slots=True)
class Size:
    """How much a watch list tracks."""

    actors: int
    topics: int


def watch_facts(session: Session, *, name: str | None = None) -> list[WatchFacts]:
    """Return the watch lists that there are, by name; with `name`, that one alone. Those that were removed are left out."""
    query = select(WatchListRow).where(col(WatchListRow.active)).order_by(col(WatchListRow.name))
    links = select(WatchListChannel, ChannelRow).join(
        ChannelRow, col(ChannelRow.id) == col(WatchListChannel.channel_id)
    )
    if name is not None:
        query = query.where(WatchListRow.name == name)
        links = links.join(WatchListRow, col(WatchListRow.id) == col(WatchListChannel.watch_list_id)).where(
            WatchListRow.name == name
        )
    channels: dict[int, list[tuple[WatchListChannel, ChannelRow]]] = defaultdict(list)
    for link, channel in session.exec(links.order_by(col(ChannelRow.name))):
        channels[link.watch_list_id].append((link, channel))
    return [_facts(row, channels[id_of(row)]) for row in session.exec(query)]


def tracked_lists(session: Session) -> list[WatchFacts]:
    """Return the watch lists that articles are searched for: those that are not paused."""
    return [facts for facts in watch_facts(session) if not facts.paused]


def list_names(session: Session) -> list[str]:
    """Return the names of the watch lists, in their order."""
    return list(
        session.exec(
            select(WatchListRow.name).where(col(WatchListRow.active)).order_by(col(WatchListRow.name))
        )
    )


def facts_named(session: Session, name: str) -> WatchFacts | None:
    """Return the watch list of this name; None where there is none, or where it was removed."""
    return next(iter(watch_facts(session, name=name)), None)


def facts_numbered(session: Session, number: int) -> WatchFacts | None:
    """Return the watch list of this id; None where there is none, or where it was removed."""
    row = session.get(WatchListRow, number)
    return None if row is None else facts_named(session, row.name)


def list_created_at(session: Session, watch_list_id: int) -> datetime:
    """Return when a watch list was made."""
    return session.get_one(WatchListRow, watch_list_id).created_at


def sizes(session: Session, *, only: Collection[int] | None = None) -> dict[int, Size]:
    """Return for each watch list that tracks something, or for `only` some, by its id, how much."""
    actors, topics = (_counts(session, table, only) for table in (ActorRow, TopicRow))
    return {number: Size(actors.get(number, 0), topics.get(number, 0)) for number in {*actors, *topics}}


def stream_actors(session: Session, watch_list_id: int) -> Iterator[WatchedActor]:
    """Return the actors of a list in the order they came, a page in memory at a time."""
    query = _actor_rows().where(col(ActorRow.watch_list_id) == watch_list_id)
    return _actors(session.connection().execute(query.execution_options(yield_per=PAGE)))


def stream_topics(session: Session, watch_list_id: int) -> Iterator[Topic]:
    """Return the topics of a list in the order they came, a page in memory at a time."""
    query = sa_select(col(TopicRow.name), col(TopicRow.query)).where(
        col(TopicRow.watch_list_id) == watch_list_id
    )
    for name, text in session.execute(query.order_by(col(TopicRow.id)).execution_options(yield_per=PAGE)):
        yield Topic(name, text)


def actors_named(session: Session, watch_list_id: int, names: Iterable[str]) -> list[WatchedActor]:
    """Return the actors of these names that the list has."""
    found: list[WatchedActor] = []
    for some in chunks(dict.fromkeys(names), AT_ONCE):
        query = _actor_rows().where(
            col(ActorRow.watch_list_id) == watch_list_id, col(ActorRow.name).in_(some)
        )
        found += _actors(session.connection().execute(query))
    return found


def actor_names(session: Session) -> list[str]:
    """Return the names of all actors of watch lists that there are."""
    return _names_of(session, ActorRow)


def topic_names(session: Session) -> list[str]:
    """Return the names of all topics of watch lists that there are."""
    return _names_of(session, TopicRow)


def topics_named(session: Session, watch_list_id: int, names: Iterable[str]) -> list[Topic]:
    """Return the topics of these names that the list has."""
    return [
        Topic(name, text)
        for some in chunks(dict.fromkeys(names), AT_ONCE)
        for name, text in session.execute(
            sa_select(col(TopicRow.name), col(TopicRow.query))
            .where(col(TopicRow.watch_list_id) == watch_list_id, col(TopicRow.name).in_(some))
            .order_by(col(TopicRow.id))
        )
    ]


def ids_of(
    session: Session, table: type[ActorRow] | type[TopicRow], watch_list_id: int, names: Iterable[str]
) -> dict[str, int]:
    """Return the ids of a list's actors or topics of these names; what is not there is left out."""
    found: dict[str, int] = {}
    for some in chunks(dict.fromkeys(names), AT_ONCE):
        rows = session.execute(
            sa_select(col(table.name), col(table.id)).where(
                col(table.watch_list_id) == watch_list_id, col(table.name).in_(some)
            )
        )
        found.update((name, number) for name, number in rows if number is not None)
    return found


def chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Return the values in lists of at most `size`."""
    remaining = iter(values)
    while some := list(islice(remaining, size)):
        yield some


def _names_of(session: Session, table: type[ActorRow] | type[TopicRow]) -> list[str]:
    query = (
        sa_select(col(table.name))
        .join(WatchListRow, col(WatchListRow.id) == col(table.watch_list_id))
        .where(col(WatchListRow.active))
    )
    return list(session.execute(query).scalars())


def _facts(row: WatchListRow, channels: Sequence[tuple[WatchListChannel, ChannelRow]]) -> WatchFacts:
    return WatchFacts(
        id=id_of(row),
        name=row.name,
        languages=tuple(row.languages),
        alert=row.alert,
        provisioned=row.provisioned,
        active=row.active,
        channels=tuple(channel.name for _link, channel in channels if channel.owner_id is None),
        channel_ids=tuple(id_of(channel) for _link, channel in channels if is_usable(channel)),
        min_score=row.min_score,
        update_interval=timedelta(seconds=row.update_interval_seconds),
        spikes=row.spikes,
        routes=tuple(
            WatchRoute(channel.name, dict(link.conditions))
            for link, channel in channels
            if channel.owner_id is None
        ),
        paused=row.paused,
        tags=tuple(row.tags),
        private=row.private,
        feed_mark=row.feed_mark,
    )


def is_usable(channel: ChannelRow) -> bool:
    """Return whether alerts are queued for a channel: not where it left the settings file."""
    return channel.active or channel.disabled_reason is not None or not channel.provisioned


def _counts(
    session: Session, table: type[ActorRow] | type[TopicRow], only: Collection[int] | None
) -> dict[int, int]:
    query = sa_select(col(table.watch_list_id), func.count()).group_by(col(table.watch_list_id))
    if only is not None:
        query = query.where(col(table.watch_list_id).in_(only))
    return {row[0]: row[1] for row in session.execute(query)}


def _actor_rows() -> Any:  # noqa: ANN401  (SQLAlchemy types no select of so many columns)
    """Selects one row an alias, those of an actor together: the actor's columns first, then the alias's.

    For `Session.connection`, past the object mapper and with JSON as it comes: of a million rows each step counts.
    """
    actor, alias = SQLModel.metadata.tables["actor"].c, SQLModel.metadata.tables["alias"].c
    return (
        sa_select(
            actor.id,
            actor.name,
            actor.surname,
            actor.surname_text,
            type_coerce(actor.context, Text),
            type_coerce(actor.exclude, Text),
            actor.any_order,
            actor.forms,
            actor.alone,
            actor.note,
            actor.language,
            alias.text,
            alias.exact,
            alias.title,
            alias.weak,
            type_coerce(alias.context, Text).label("alias_context"),
            type_coerce(alias.exclude, Text).label("alias_exclude"),
            alias.least,
            alias.any_order,
            alias.forms,
            alias.alone,
        )
        .outerjoin_from(actor.id.table, alias.id.table, alias.actor_id == actor.id)
        .order_by(actor.id, alias.id)
    )


def _actors(rows: Iterable[Sequence[Any]]) -> Iterator[WatchedActor]:
    for _number, together in groupby(rows, key=itemgetter(0)):
        aliases: list[Sequence[Any]] = list(together)
        own = aliases[0]
        _id, name, surname, given, context, exclude, any_order, forms, alone, note, language = own[:_OF_ACTOR]
        yield WatchedActor(
            name=name,
            names=_names(name, [_alias_of(row) for row in aliases if row[_OF_ACTOR] is not None]),
            surname=given or bool(surname),
            context=_words(context),
            exclude=_words(exclude),
            any_order=any_order,
            forms=forms,
            alone=alone,
            note=note,
            language=language,
        )


def _alias_of(row: Sequence[Any]) -> Alias:
    text, exact, title, weak, context, exclude, least, any_order, forms, alone = row[_OF_ACTOR:]
    return Alias(text, exact, title, weak, _words(context), _words(exclude), least, any_order, forms, alone)


def _words(value: str | list[str]) -> tuple[str, ...]:
    """Return a list of words as the driver has it: SQLite's as text."""
    if value == "[]" or not value:
        return ()
    return tuple(json.loads(value) if isinstance(value, str) else value)


def _names(name: str, aliases: Iterable[Alias]) -> tuple[Alias, ...]:
    """Return the names with the actor's own first, whatever the order of the rows."""
    every = {alias.text: alias for alias in aliases}
    own = every.pop(name, Alias(name))
    return (own, *every.values())
