"""The actors of a watch list: added, changed, renamed, removed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session

from service.actions.acting import act
from service.actions.errors import ConflictError, NotFoundError
from service.actions.lookup import check_name, editable_list, find_list
from service.actions.saved import Saved
from service.settings.watch_models import ActorSettings
from storage.language import N_, _
from storage.stores.watch import watch_edits
from storage.stores.watch.watch_edits import drop_actors, put_actors
from storage.stores.watch.watch_lists import WatchedActor, WatchFacts, actors_named, stream_actors
from storage.stores.watch.watch_pages import actor_page
from storage.suggest import did_you_mean


def find_actor(session: Session, which: str | int, name: str) -> WatchedActor:
    """Return an actor of a list that may be edited. Raises `ActionError`."""
    facts = editable_list(session, which)
    _require(session, facts, name)
    return actors_named(session, facts.id, [name])[0]


@dataclass(frozen=True, slots=True)
class ActorPage:
    """Some of a list's actors, and from where to go on; None: there are no more."""

    actors: list[WatchedActor]
    more: int | None


def page_of_actors(
    session: Session, which: str | int, *, search: str = "", after: int = 0, limit: int
) -> ActorPage:
    """Return a list's actors in the order they came; with `search`, those with it in a name. Raises `NotFoundError`."""
    facts = find_list(session, which)
    found = actor_page(session, facts.id, search=search, after=after, limit=limit + 1)
    more = found[limit - 1].id if len(found) > limit else None
    names = [actor.name for actor in found[:limit]]
    whole = {actor.name: actor for actor in actors_named(session, facts.id, names)}
    return ActorPage([whole[name] for name in names], more)


@act("actor", "add", about="which", told=("actor",))
def add_actor(session: Session, which: str | int, actor: ActorSettings, *, now: datetime) -> Saved:
    """Add an actor to a list. Raises `ActionError`, also where it has one of that name."""
    facts = editable_list(session, which)
    _refuse_taken(session, facts, actor.name)
    put_actors(session, facts.id, [actor.watched()], now=now)
    return Saved(facts.name, actors=(actor.name,))


@act("actor", "change", about="which", told=("old", "actor"))
def put_actor(
    session: Session, which: str | int, actor: ActorSettings, *, old: str | None = None, now: datetime
) -> Saved:
    """Put an actor into a list in the place of the one called `old`, or else of one of the same name. Raises `ActionError`."""
    facts = editable_list(session, which)
    if old is not None and old != actor.name:
        rename_actor(session, which, old, actor.name, now=now)
    put_actors(session, facts.id, [actor.watched()], now=now)
    return Saved(facts.name, actors=(actor.name,))


@act("actor", "rename", about="which", told=("old", "new"))
def rename_actor(session: Session, which: str | int, old: str, new: str, *, now: datetime) -> Saved:
    """Give an actor another name; it keeps its aliases and its place. Raises `ActionError`."""
    facts = editable_list(session, which)
    _require(session, facts, old)
    if new == old:
        return Saved(facts.name)
    check_name(new, N_("actor"))
    _refuse_taken(session, facts, new)
    watch_edits.rename_actor(session, facts.id, old, new, now=now)
    return Saved(facts.name, actors=(new,))


@act("actor", "remove", about="which", told=("names",))
def remove_actors(session: Session, which: str | int, names: Sequence[str], *, now: datetime) -> None:
    """Remove actors from a list; their alerts stay. Raises `ActionError`, and then all are kept."""
    facts = editable_list(session, which)
    gone = drop_actors(session, facts.id, names, now=now)
    for name in names:
        if name not in gone:
            _require(session, facts, name)


def store_merged(
    session: Session, watch_list_id: int, actors: Iterable[WatchedActor], *, now: datetime
) -> dict[str, bool]:
    """Add actors, and to those that are there what is new of them; return those that changed, and whether they are new."""
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
    """Return the old actor with what the new one has besides. Of an alias that both have, the old options stay."""
    names = {alias.text: alias for alias in (*new.names, *old.names)}
    order = dict.fromkeys((*(alias.text for alias in old.names), *names))
    return replace(
        old,
        names=tuple(names[text] for text in order),
        surname=old.surname or new.surname,
        any_order=old.any_order or new.any_order,
        forms=old.forms and new.forms,
        alone=new.alone if old.alone is None else old.alone,
        note=new.note or old.note,
        language=new.language or old.language,
    )


def _require(session: Session, facts: WatchFacts, name: str) -> None:
    if not actors_named(session, facts.id, [name]):
        known = [
            actor.name for actor, _ in zip(stream_actors(session, facts.id), range(10_000), strict=False)
        ]
        raise NotFoundError(
            _(
                "{name!r} has no actor {item!r}{known}",
                name=facts.name,
                item=name,
                known=did_you_mean(name, known),
            ),
            key="actor",
        )


def _refuse_taken(session: Session, facts: WatchFacts, name: str) -> None:
    if actors_named(session, facts.id, [name]):
        raise ConflictError(
            _("{name!r} has an actor {item!r} already", name=facts.name, item=name), key="name"
        )
