"""What an edit of a watch list has come to, with warnings of rules that are sure to disappoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlmodel import Session

from alerts.values import WatchList
from alerts.watchlists import to_actor
from service.actions.warnings import warnings_of
from storage.engine import Database
from storage.stores.watch.watch_lists import actors_named, facts_named, topics_named


@dataclass(frozen=True, slots=True)
class Saved:
    """What an edit has come to."""

    name: str
    """Of the list."""
    created: bool = False
    actors: tuple[str, ...] = ()
    """New or changed."""
    topics: tuple[str, ...] = ()
    facts: bool = False
    """Whether something of the list itself has changed: its name, channels, languages, policy or thresholds."""
    warnings: tuple[str, ...] = ()


def save(database: Database, edit: Callable[[Session], Saved]) -> Saved:
    """Make an edit; return what it has come to, with the warnings of all that is new or changed."""
    with database.write() as session:
        saved = edit(session)
    with database.read() as session:
        return _warned(session, saved)


async def save_off_loop(database: Database, edit: Callable[[Session], Saved]) -> Saved:
    """Do the same off the event loop."""
    saved = await database.writing(edit)
    return await database.reading(lambda session: _warned(session, saved))


def _warned(session: Session, saved: Saved) -> Saved:
    facts = facts_named(session, saved.name)
    if facts is None:
        return saved
    changed = WatchList(
        saved.name,
        tuple(to_actor(actor) for actor in actors_named(session, facts.id, saved.actors)),
        tuple(topics_named(session, facts.id, saved.topics)),
        facts.languages,
    )
    return replace(saved, warnings=(*saved.warnings, *warnings_of(session, [changed])))
