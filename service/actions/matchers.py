"""One watch list's matcher, with what its topics refer to."""

from __future__ import annotations

from itertools import chain

from sqlmodel import Session

from alerts.matching import Matcher, compile_matcher
from alerts.values import WatchList
from alerts.watchlists import compile_stored, stored_watch_lists
from storage.stores.watch.watch_lists import WatchFacts, stream_topics, tracked_lists


def matcher_of(session: Session, watch: WatchList) -> Matcher:
    """Compile a watch list that need not be stored. Raises `QueryError`.

    Where its topics refer to what is tracked elsewhere (`@actor:`, `@list:`), the stored lists are compiled with it: its mentions
    are those under its name.
    """
    if not any("@" in topic.query for topic in watch.topics):
        return compile_matcher([watch])
    others = [facts for facts in tracked_lists(session) if facts.name != watch.name]
    return compile_matcher(chain([watch], stored_watch_lists(session, others)))


def matcher_of_stored(session: Session, facts: WatchFacts) -> Matcher:
    """Compile a stored watch list, with all others where its topics refer to some."""
    refers = any("@" in topic.query for topic in stream_topics(session, facts.id))
    others = [other for other in tracked_lists(session) if other.id != facts.id] if refers else []
    return compile_stored(session, [facts, *others])
