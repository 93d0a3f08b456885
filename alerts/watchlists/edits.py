"""Edits of watch lists, from the journal into the matcher: what is named is looked up as it stands now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import structlog
from sqlmodel import Session

from alerts.errors import QueryError
from alerts.matching import Matcher
from alerts.values import WatchList
from alerts.watchlists.rows import stored_watch_lists, to_actor
from storage.stores.watch.watch_edits import JournalLine
from storage.stores.watch.watch_lists import (
    Size,
    WatchFacts,
    actors_named,
    sizes,
    topics_named,
    tracked_lists,
)
from storage.tables import ChangeKind

log = structlog.get_logger(__name__)

Removed = tuple[str, Literal["actor", "topic"], str]


@dataclass(frozen=True, slots=True)
class Edit:
    """What happened to one watch list. `whole`: it is taken out under its former name, and put in again as it stands."""

    former: str | None
    """Its name in the matcher, if it is there."""
    now: WatchList | None
    """What is new or edited; everything, where `whole`. None for a list that is gone."""
    removed: tuple[Removed, ...] = ()
    whole: bool = False
    too_large: bool = False
    """The whole list has changed, and it is too large to be put in at once: it stays as it is until all is compiled anew."""


def read_edits(
    session: Session, changes: Sequence[JournalLine], known: Mapping[str, WatchFacts], *, largest: int
) -> tuple[list[Edit], dict[str, WatchFacts]]:
    """Return what the lines of the journal amount to, and the facts of all lists as they stand.

    `known` are those in the matcher, by name. Whole lists with more than `largest` rules are only said to be `too_large`.
    """
    lists = tracked_lists(session)
    now = {facts.id: facts for facts in lists}
    former = {facts.id: facts.name for facts in known.values()}
    of_list: dict[int, list[JournalLine]] = defaultdict(list)
    for change in changes:
        of_list[change.watch_list_id].append(change)
    whole = {change.watch_list_id for change in changes if change.kind is ChangeKind.LIST}
    to_count = whole | (of_list.keys() - former.keys())
    counts = sizes(session, only=to_count) if to_count else {}
    edits = []
    for number, found in of_list.items():
        facts, name = now.get(number), former.get(number)
        if facts is None:
            edits.append(Edit(former=name, now=None))
        elif name != facts.name or number in whole:
            edits.append(_whole(session, facts, name, counts.get(number), largest=largest))
        else:
            edits.append(_part(session, facts, found))
    return edits, {facts.name: facts for facts in lists}


def apply_edits(matcher: Matcher, edits: Sequence[Edit]) -> tuple[Matcher, bool]:
    """Return a matcher with the edits, and whether some could not be used: those are logged, and what stood before stays."""
    removed = [item for edit in edits for item in edit.removed]
    gone = [
        edit.former
        for edit in edits
        if edit.former is not None and not edit.too_large and (edit.now is None or edit.whole)
    ]
    changed = [edit.now for edit in edits if edit.now is not None]
    try:
        if gone:
            matcher = matcher.with_changes((), removed_lists=gone)
        return matcher.with_changes(changed, removed=removed), False
    except QueryError:
        return _one_by_one(matcher, changed, removed), True


def _one_by_one(matcher: Matcher, changed: Sequence[WatchList], removed: Sequence[Removed]) -> Matcher:
    """Take in what can be, actors before the topics that may refer to them, and says of each rest why it can't."""
    for watch in changed:
        matcher = matcher.with_changes([replace(watch, topics=())])
    for watch in changed:
        for topic in watch.topics:
            try:
                matcher = matcher.with_changes([replace(watch, actors=(), topics=(topic,))])
            except QueryError as error:
                log.error(
                    "topic can't be used; what it was before stays in force",
                    watch_list=watch.name,
                    topic=topic.name,
                    error=str(error),
                )
    for item in removed:
        watch_name, kind, name = item
        try:
            matcher = matcher.with_changes((), removed=[item])
        except QueryError as error:
            log.error(
                "still in force: a topic refers to it",
                watch_list=watch_name,
                error=str(error),
                **{kind: name},
            )
    return matcher


def _whole(
    session: Session, facts: WatchFacts, former: str | None, size: Size | None, *, largest: int
) -> Edit:
    if size is not None and size.actors + size.topics > largest:
        return Edit(former=former, now=None, too_large=True)
    parts = list(stored_watch_lists(session, [facts]))
    now = WatchList(
        facts.name,
        tuple(actor for part in parts for actor in part.actors),
        tuple(topic for part in parts for topic in part.topics),
        facts.languages,
        facts.private,
    )
    return Edit(former=former, now=now, whole=True)


def _part(session: Session, facts: WatchFacts, changes: Sequence[JournalLine]) -> Edit:
    actors = dict.fromkeys(change.name for change in changes if change.kind is ChangeKind.ACTOR)
    topics = dict.fromkeys(change.name for change in changes if change.kind is ChangeKind.TOPIC)
    now = WatchList(
        facts.name,
        tuple(map(to_actor, actors_named(session, facts.id, actors))),
        tuple(topics_named(session, facts.id, topics)),
        facts.languages,
        facts.private,
    )
    gone_actors = actors.keys() - {actor.name for actor in now.actors}
    gone_topics = topics.keys() - {topic.name for topic in now.topics}
    removed: list[Removed] = [(facts.name, "actor", name) for name in sorted(gone_actors)]
    removed += [(facts.name, "topic", name) for name in sorted(gone_topics)]
    return Edit(former=facts.name, now=now, removed=tuple(removed))
