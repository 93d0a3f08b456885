"""Silences: a watch list, actor, outlet or story is muted for a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from alerts.delivery.outbox import mute_waiting
from service.actions.acting import act
from service.actions.errors import InvalidError, NotFoundError
from service.actions.lookup import find_list
from storage.language import _
from storage.stores.alerts import silences
from storage.stores.alerts.silences import ListedSilence, list_silences
from storage.stores.feeds.outlets import outlet_names
from storage.stores.watch.watch_lists import actor_names, topic_names
from storage.suggest import did_you_mean
from storage.viewers import looking_as

LONGEST = timedelta(days=3650)
LONGEST_REASON = 300
SUGGESTED = 10_000
"""Names that are looked through for the one that was meant."""


@dataclass(frozen=True, slots=True)
class Muted:
    """What is muted: all that is named must fit."""

    watch_list: str | None = None
    actor: str | None = None
    """Or a topic: alerts that name nobody else."""
    outlet: str | None = None
    story: int | None = None


@dataclass(frozen=True, slots=True)
class SilenceAdded:
    """A new silence, and how many notifications that were queued it suppressed."""

    silence: ListedSilence
    suppressed: int


@act("silence", "add", told=("muted", "length", "reason"))
def add_silence(
    session: Session, muted: Muted, *, length: timedelta, reason: str = "", now: datetime
) -> SilenceAdded:
    """Mute alerts from now on, those that are queued included. Raises `ActionError` for what is not there or not tracked."""
    if muted == Muted():
        raise InvalidError(
            _("say what to mute: a watch list, an actor, an outlet or a story"), key="watch_list"
        )
    if not timedelta() < length <= LONGEST:
        raise InvalidError(
            _("a silence lasts up to {days:,} days: 90m, 8h, 3d", days=LONGEST.days), key="length"
        )
    if len(reason) > LONGEST_REASON:
        raise InvalidError(
            _("the reason is longer than {most} characters", most=LONGEST_REASON),
            key="reason",
        )
    if muted.actor is not None:
        _require_tracked(session, muted.actor)
    number = silences.add_silence(
        session,
        watch_list_id=None if muted.watch_list is None else find_list(session, muted.watch_list).id,
        actor=muted.actor,
        outlet_id=None if muted.outlet is None else _outlet(session, muted.outlet),
        story_id=None if muted.story is None else _story(session, muted.story),
        starts_at=now,
        ends_at=now + length,
        reason=reason,
    )
    with looking_as(None):  # what waits for others is muted too
        suppressed = mute_waiting(session, now=now)
    (silence,) = (each for each in list_silences(session, now=now) if each.id == number)
    return SilenceAdded(silence, suppressed)


@act("silence", "end", about="number")
def end_silence(session: Session, number: int, *, now: datetime) -> None:
    """End a silence now; what it suppressed stays so. Raises `NotFoundError` where none of this number holds."""
    if not silences.end_silence(session, number, now=now):
        raise NotFoundError(_("there is no silence {number} that holds", number=number), key="silence")


def _require_tracked(session: Session, name: str) -> None:
    """Raise `NotFoundError` where no watch list has an actor or topic of this name, whatever its case."""
    known = [*actor_names(session), *topic_names(session)]
    if name.casefold() not in {each.casefold() for each in known}:
        hint = did_you_mean(name, known[:SUGGESTED])
        raise NotFoundError(_("no watch list tracks {name!r}{hint}", name=name, hint=hint), key="actor")


def _outlet(session: Session, name: str) -> int:
    number = silences.outlet_id(session, name)
    if number is None:
        raise NotFoundError(
            _(
                "there is no outlet {name!r}{hint}",
                name=name,
                hint=did_you_mean(name, outlet_names(session)),
            ),
            key="outlet",
        )
    return number


def _story(session: Session, number: int) -> int:
    if not silences.is_story(session, number):
        raise NotFoundError(_("there is no story {number}", number=number), key="story")
    return number
