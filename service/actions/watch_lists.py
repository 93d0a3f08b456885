"""Watch lists: made, changed, renamed, paused, removed. Those of the settings file are edited there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session

from service.actions.acting import act
from service.actions.actors import merged, store_merged
from service.actions.errors import ConflictError, InvalidError, UnknownNameError
from service.actions.list_access import AccessSettings, share
from service.actions.lookup import (
    check_name,
    editable_list,
    find_list,
    refuse_declared,
    refuse_taken_unseen,
    refuse_unless_editor,
)
from service.actions.saved import Saved
from service.actions.topics import check_query
from service.settings.watch_models import ActorSettings, ListSettings, TopicSettings
from storage.language import N_, _
from storage.stores.watch.watch_edits import (
    copy_tracked,
    is_name_in_use,
    open_list,
    put_topics,
    remove_list,
    rename_list,
    set_facts,
    set_paused,
)
from storage.stores.watch.watch_lists import (
    ListFacts,
    WatchedActor,
    WatchFacts,
    WatchRoute,
    actors_named,
    facts_named,
    topics_named,
)
from storage.stores.watch.watch_pages import channel_activity
from storage.suggest import did_you_mean
from storage.viewers import viewer
from storage.watched import Alias, Topic


@act("watch list", "add", about="name", told=("wanted", "private"))
def make_list(
    session: Session, name: str, wanted: ListSettings, *, private: bool = False, now: datetime
) -> Saved:
    """Make a watch list that tracks nothing yet, who makes it being its owner. Raises `ConflictError`, `InvalidError`."""
    check_name(name, N_("watch list"))
    if facts_named(session, name) is not None:
        raise ConflictError(
            _("there is a watch list {name!r} already: choose another name", name=name), key="name"
        )
    facts = wanted.facts()
    check_routes(session, facts.routes)
    number = _opened(session, name, now=now)
    set_facts(session, number, facts, now=now)
    if private:
        share(session, number, AccessSettings(private=True), now=now)
    return Saved(name, created=True, facts=True, warnings=_no_channel(name, facts))


@act("watch list", "change", about="which", told=("wanted",))
def change_list(session: Session, which: str | int, wanted: ListSettings, *, now: datetime) -> Saved:
    """Set what is given of a list's channels, languages, policy and thresholds; the rest stays. Raises `ActionError`."""
    present = editable_list(session, which)
    facts = wanted.facts(present.editable)
    check_routes(session, facts.routes)
    changed = set_facts(session, present.id, facts, now=now)
    return Saved(present.name, facts=changed, warnings=_no_channel(present.name, facts))


@act("watch list", "rename", about="which", told=("name",))
def rename(session: Session, which: str | int, name: str, *, now: datetime) -> Saved:
    """Give a list another name; its alerts and feeds go with it. Raises `ActionError`, also where the name was ever used."""
    facts = editable_list(session, which)
    if name == facts.name:
        return Saved(name)
    check_name(name, N_("watch list"))
    if is_name_in_use(session, name):
        if facts_named(session, name) is not None:
            raise ConflictError(
                _("there is a watch list {name!r} already: choose another name", name=name), key="name"
            )
        raise ConflictError(
            _("earlier alerts belong to a removed watch list {name!r}: choose another name", name=name),
            key="name",
        )
    rename_list(session, facts.id, name, now=now)
    return Saved(name, facts=True)


@act("watch list", "change", about="which", told=("name", "wanted", "paused"))
def update(
    session: Session,
    which: str | int,
    *,
    name: str | None = None,
    wanted: ListSettings,
    paused: bool | None = None,
    now: datetime,
) -> Saved:
    """Change, rename, pause or resume a list, all or nothing; what is None stays. Raises `ActionError`."""
    saved = change_list(session, which, wanted, now=now)
    number = find_list(session, which).id
    if name is not None and name != saved.name:
        saved = replace(rename(session, number, name, now=now), warnings=saved.warnings)
    if paused is not None:
        (pause if paused else resume)(session, number, now=now)
    return saved


@act("watch list", "copy", about="which", told=("name",))
def copy(session: Session, which: str | int, name: str, *, now: datetime) -> Saved:
    """Make a list of the same actors, topics, channels and settings, which can be edited. Raises `ActionError`."""
    source = find_list(session, which)
    made = make_list(session, name, ListSettings(), private=source.private, now=now)
    number = find_list(session, name).id
    set_facts(session, number, source.editable, now=now)
    copy_tracked(session, source.id, number, now=now)
    warning = f"{source.name!r} alerts too: pause or remove one of the two, or change what they track"
    return replace(made, warnings=(warning,))


@act("watch list", "pause", about="which")
def pause(session: Session, which: str | int, *, now: datetime) -> bool:
    """Stop looking for what a list tracks, until it is resumed; return whether that is new. Raises `ActionError`."""
    return set_paused(session, editable_list(session, which).id, paused=True, now=now)


@act("watch list", "resume", about="which")
def resume(session: Session, which: str | int, *, now: datetime) -> bool:
    """Look again for what a list tracks; return whether it was paused. Raises `ActionError`.

    What came meanwhile is not matched by this: a backfill does it.
    """
    return set_paused(session, editable_list(session, which).id, paused=False, now=now)


@act("watch list", "remove", about="which")
def remove(session: Session, which: str | int, *, now: datetime) -> None:
    """Remove a list with all that it tracks. Its alerts stay. Raises `ActionError`."""
    remove_list(session, editable_list(session, which).id, now=now)


@act("watch list", "change", about="name", told=("actors", "aliases", "topics", "wanted"))
def extend(
    session: Session,
    name: str,
    *,
    actors: Sequence[ActorSettings] = (),
    aliases: Sequence[tuple[str, str]] = (),
    topics: Sequence[TopicSettings] = (),
    wanted: ListSettings | None = None,
    now: datetime,
) -> Saved:
    """Add to a watch list, and make it where there is none. `aliases` are pairs of an actor and another name of it.

    Channels and languages are added to those that there are, a topic's query is replaced, what else is given is set. Raises
    `ActionError`, and then nothing is saved.
    """
    warnings = []
    for topic in topics:
        fault, doubtful = check_query(topic.query)
        if fault is not None:
            raise InvalidError(
                _("topic {name!r}: {fault}", name=topic.name, fault=fault), key="topics"
            ) from fault
        warnings += [_("topic {name!r}: {warning}", name=topic.name, warning=warning) for warning in doubtful]
    present, created = find_or_make(session, name, now=now)
    changed_facts = add_facts(session, present, wanted or ListSettings(), now=now)
    new_actors = _with_aliases(session, present, actors, aliases)
    changed_actors = store_merged(session, present.id, new_actors.values(), now=now)
    changed_topics = _merge_topics(session, present.id, topics, now=now)
    if created and not new_actors and not topics:
        raise InvalidError(
            _("{name!r} would track nothing: give an actor or a topic", name=name), key="actors"
        )
    warnings += _no_channel(name, find_list(session, name).editable)
    return Saved(name, created, tuple(changed_actors), tuple(changed_topics), changed_facts, tuple(warnings))


def find_or_make(session: Session, name: str, *, now: datetime) -> tuple[WatchFacts, bool]:
    """Return the list to edit, made where there is none, and whether it was. Raises `ActionError`."""
    check_name(name, N_("watch list"))
    facts = facts_named(session, name)
    if facts is not None:
        refuse_declared(facts)
        refuse_unless_editor(session, facts)
        return facts, False
    _opened(session, name, now=now)
    return find_list(session, name), True


def _opened(session: Session, name: str, *, now: datetime) -> int:
    """Make a list, or one that was removed anew; return its number. It is whose who makes it."""
    refuse_taken_unseen(session, name)
    who = viewer()
    return open_list(session, name, owner_id=None if who is None else who.user_id, now=now)


def add_facts(session: Session, present: WatchFacts, wanted: ListSettings, *, now: datetime) -> bool:
    """Add channels and languages to a list, and set what else is given; return whether that is a change. Raises `ActionError`."""
    facts = _added(present.editable, wanted)
    check_routes(session, facts.routes)
    return set_facts(session, present.id, facts, now=now)


def check_routes(session: Session, routes: Iterable[WatchRoute]) -> None:
    """Raise `UnknownNameError` where one of the routes' channels does not exist."""
    known = channel_activity(session)
    for route in routes:
        if route.channel not in known:
            usable = [name for name, active in known.items() if active]
            hint = did_you_mean(route.channel, usable) or _("; add it under [[channels]] in the settings")
            raise UnknownNameError(
                _("there is no channel {channel!r}{hint}", channel=route.channel, hint=hint), key="channels"
            )


def _added(present: ListFacts, wanted: ListSettings) -> ListFacts:
    """Return the present facts with what is given: channels, languages and tags added, the rest set."""
    facts = wanted.facts(present)
    routes = {route.channel: route for route in (*present.routes, *wanted.routes)}
    languages = dict.fromkeys((*present.languages, *wanted.languages))
    tags = dict.fromkeys((*present.tags, *wanted.tags))
    return replace(facts, routes=tuple(routes.values()), languages=tuple(languages), tags=tuple(tags))


def _no_channel(name: str, facts: ListFacts) -> tuple[str, ...]:
    if facts.routes:
        return ()
    return (_("{name!r} has no channel: its alerts are stored, and nobody is notified", name=name),)


def _with_aliases(
    session: Session, facts: WatchFacts, actors: Sequence[ActorSettings], aliases: Sequence[tuple[str, str]]
) -> Mapping[str, WatchedActor]:
    wanted = {actor.name: actor.watched() for actor in actors}
    known = {
        actor.name: actor for actor in actors_named(session, facts.id, (name for name, _alias in aliases))
    }
    for name, alias in aliases:
        actor = wanted.get(name) or known.get(name)
        if actor is None:
            raise UnknownNameError(
                _(
                    "{name!r} has no actor {item!r} to which the alias {alias!r} could belong: add the "
                    "actor too",
                    name=facts.name,
                    item=name,
                    alias=alias,
                ),
                key="aliases",
            )
        wanted[name] = merged(actor, WatchedActor(name, (Alias(name), Alias(alias))))
    return wanted


def _merge_topics(
    session: Session, watch_list_id: int, topics: Sequence[TopicSettings], *, now: datetime
) -> list[str]:
    wanted = {topic.name: Topic(topic.name, topic.query) for topic in topics}
    known = {topic.name: topic for topic in topics_named(session, watch_list_id, wanted)}
    changed = [topic for name, topic in wanted.items() if known.get(name) != topic]
    put_topics(session, watch_list_id, changed, now=now)
    return [topic.name for topic in changed]
