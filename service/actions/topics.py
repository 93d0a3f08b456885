"""The topics of a watch list: added, changed, renamed, removed; and queries checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from alerts.errors import QueryError
from alerts.query import parse
from service.actions.acting import act
from service.actions.errors import ConflictError, InvalidError, NotFoundError
from service.actions.lookup import check_name, editable_list, find_list
from service.actions.saved import Saved
from service.settings.watch_models import TopicSettings
from storage.language import N_, _
from storage.stores.watch import watch_edits
from storage.stores.watch.watch_edits import drop_topics, put_topics
from storage.stores.watch.watch_lists import WatchFacts, stream_topics, topics_named
from storage.suggest import did_you_mean
from storage.watched import Topic


class BrokenQueryError(InvalidError):
    """A topic's query can't be read."""

    position: int = 0
    """Where: an offset in code points."""

    @classmethod
    def of(cls, fault: QueryError) -> BrokenQueryError:
        """Return the error that says so."""
        error = cls(
            _("query, character {position}: {message}", position=fault.position, message=fault.message),
            key="query",
        )
        error.position = fault.position
        return error


def check_query(query: str) -> tuple[QueryError | None, tuple[str, ...]]:
    """Return what is wrong with a query, and its warnings."""
    try:
        return None, tuple(parse(query).warnings)
    except QueryError as error:
        return error, ()


def query_warnings(topic: TopicSettings) -> tuple[str, ...]:
    """Return the warnings of a topic's query. Raises `BrokenQueryError`."""
    fault, warnings = check_query(topic.query)
    if fault is not None:
        raise BrokenQueryError.of(fault)
    return tuple(_("topic {name!r}: {warning}", name=topic.name, warning=warning) for warning in warnings)


def find_topic(session: Session, which: str | int, name: str) -> Topic:
    """Return a topic of a list that may be edited. Raises `ActionError`."""
    facts = editable_list(session, which)
    _require(session, facts, name)
    return topics_named(session, facts.id, [name])[0]


def list_topics(session: Session, which: str | int) -> list[Topic]:
    """Return the topics of a list. Raises `NotFoundError`."""
    return list(stream_topics(session, find_list(session, which).id))


@act("topic", "add", about="which", told=("topic",))
def add_topic(session: Session, which: str | int, topic: TopicSettings, *, now: datetime) -> Saved:
    """Add a topic to a list. Raises `ActionError`, also where it has one of that name."""
    facts = editable_list(session, which)
    warnings = query_warnings(topic)
    _refuse_taken(session, facts, topic.name)
    put_topics(session, facts.id, [Topic(topic.name, topic.query)], now=now)
    return Saved(facts.name, topics=(topic.name,), warnings=warnings)


@act("topic", "change", about="which", told=("old", "topic"))
def put_topic(
    session: Session, which: str | int, topic: TopicSettings, *, old: str | None = None, now: datetime
) -> Saved:
    """Put a topic into a list in the place of the one called `old`, or else of one of the same name. Raises `ActionError`."""
    facts = editable_list(session, which)
    warnings = query_warnings(topic)
    if old is not None and old != topic.name:
        rename_topic(session, which, old, topic.name, now=now)
    put_topics(session, facts.id, [Topic(topic.name, topic.query)], now=now)
    return Saved(facts.name, topics=(topic.name,), warnings=warnings)


@act("topic", "rename", about="which", told=("old", "new"))
def rename_topic(session: Session, which: str | int, old: str, new: str, *, now: datetime) -> Saved:
    """Give a topic another name. Raises `ActionError`."""
    facts = editable_list(session, which)
    _require(session, facts, old)
    if new == old:
        return Saved(facts.name)
    check_name(new, N_("topic"))
    _refuse_taken(session, facts, new)
    watch_edits.rename_topic(session, facts.id, old, new, now=now)
    return Saved(facts.name, topics=(new,))


@act("topic", "remove", about="which", told=("names",))
def remove_topics(session: Session, which: str | int, names: Sequence[str], *, now: datetime) -> None:
    """Remove topics from a list; their alerts stay. Raises `ActionError`, and then all are kept."""
    facts = editable_list(session, which)
    gone = drop_topics(session, facts.id, names, now=now)
    for name in names:
        if name not in gone:
            _require(session, facts, name)


def _require(session: Session, facts: WatchFacts, name: str) -> None:
    if not topics_named(session, facts.id, [name]):
        known = [topic.name for topic in stream_topics(session, facts.id)]
        raise NotFoundError(
            _(
                "{name!r} has no topic {item!r}{known}",
                name=facts.name,
                item=name,
                known=did_you_mean(name, known),
            ),
            key="topic",
        )


def _refuse_taken(session: Session, facts: WatchFacts, name: str) -> None:
    if topics_named(session, facts.id, [name]):
        raise ConflictError(
            _("{name!r} has a topic {item!r} already", name=facts.name, item=name), key="name"
        )
