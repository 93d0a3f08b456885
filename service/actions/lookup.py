"""Watch lists by name or number, and whether they may be edited here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from service.actions.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError, ReadOnlyError
from service.settings.watch_models import LONGEST_NAME
from storage.language import _
from storage.stores.watch.access import access_of, access_of_all, hidden_lists
from storage.stores.watch.watch_lists import (
    Size,
    WatchFacts,
    facts_named,
    facts_numbered,
    list_names,
    sizes,
    watch_facts,
)
from storage.suggest import did_you_mean
from storage.viewers import may_edit, viewer


def find_list(session: Session, which: str | int) -> WatchFacts:
    """Return the watch list of this name or number. Raises `NotFoundError`."""
    facts = facts_named(session, which) if isinstance(which, str) else facts_numbered(session, which)
    if facts is None:
        hint = did_you_mean(which, list_names(session)) if isinstance(which, str) else ""
        raise NotFoundError(
            _("there is no watch list {which!r}{hint}", which=which, hint=hint), key="watch_list"
        )
    return facts


def editable_list(session: Session, which: str | int) -> WatchFacts:
    """Return a watch list that who acts may edit.

    Raises `NotFoundError`, `NotAllowedError`, or `ReadOnlyError` for one of the settings file.
    """
    facts = find_list(session, which)
    refuse_declared(facts)
    refuse_unless_editor(session, facts)
    return facts


def is_editable(session: Session, facts: WatchFacts) -> bool:
    """Return whether who acts may edit a list here."""
    return not facts.provisioned and may_edit(access_of(session, facts.id), viewer())


def names_of_editable(session: Session) -> list[str]:
    """Return the names of the lists that who acts may edit here, in their order."""
    accesses, who = access_of_all(session), viewer()
    return [
        facts.name
        for facts in watch_facts(session)
        if not facts.provisioned and may_edit(accesses[facts.id], who)
    ]


def refuse_unless_editor(session: Session, facts: WatchFacts) -> None:
    """Raise `NotAllowedError` where a list is changed by others than who acts."""
    if not may_edit(access_of(session, facts.id), viewer()):
        raise NotAllowedError(
            _("{name!r} is changed by its owner and its editors alone: ask one of them.", name=facts.name)
        )


def refuse_taken_unseen(session: Session, name: str) -> None:
    """Raise `ConflictError` for the name of a watch list, also a removed one, that who acts may not see."""
    if name in hidden_lists(session).values():
        raise ConflictError(_("The name {name!r} is taken: choose another one.", name=name), key="name")


def refuse_declared(facts: WatchFacts) -> None:
    """Raise `ReadOnlyError` for a list that the settings file declares."""
    if facts.provisioned:
        raise ReadOnlyError(
            _(
                "{name!r} is declared in the settings file: edit it there, under [[watch]], and restart "
                "the service",
                name=facts.name,
            )
        )


def check_name(name: str, what: str) -> None:
    """Raise `InvalidError` for a name that can't be used."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise InvalidError(
            _(
                "the {what} needs a name of 1 to {most} printable characters",
                what=_(what),
                most=LONGEST_NAME,
            ),
            key="name",
        )


@dataclass(frozen=True, slots=True)
class CountedList:
    """A watch list, and how much it tracks."""

    facts: WatchFacts
    actors: int
    topics: int


def counted_lists(session: Session) -> list[CountedList]:
    """Return the watch lists, by name."""
    counts = sizes(session)
    return [_counted(facts, counts) for facts in watch_facts(session)]


def counted_list(session: Session, which: str | int) -> CountedList:
    """Return the watch list of this name or number. Raises `NotFoundError`."""
    facts = find_list(session, which)
    return _counted(facts, sizes(session, only=[facts.id]))


def _counted(facts: WatchFacts, counts: Mapping[int, Size]) -> CountedList:
    size = counts.get(facts.id, Size(0, 0))
    return CountedList(facts, size.actors, size.topics)
