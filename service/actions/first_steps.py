"""The first steps of a new service, told from what is stored: outlets, what to follow, whom to tell, a test message.

No step is ever noted as done: each is done as long as what it asks for is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session

from service.actions.acting import act
from service.actions.channel_edits import Asker, make_channel
from service.actions.errors import InvalidError
from service.actions.lookup import editable_list, find_list, is_editable
from service.actions.reading import read_input
from service.actions.saved import Saved
from service.actions.watch_lists import add_facts, extend
from service.settings.watch_models import ActorSettings, ListSettings, RouteSettings
from storage.language import _
from storage.stores.first_figures import (
    TrackingList,
    UsableChannel,
    has_articles,
    tracking_lists,
    usable_channels,
)
from storage.stores.gauges import glance
from storage.stores.outbox.own_channels import own_channels

PRINTED = "console"
"""A channel that is read where the service runs: nobody is told by it who is not there."""


class Step(StrEnum):
    """What there is to do, in this order."""

    OUTLETS = "outlets"
    FOLLOW = "follow"
    TELL = "tell"
    TEST = "test"


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """How far a service is set up."""

    outlets: int
    failing_outlets: int
    lists: tuple[TrackingList, ...]
    """That track something, the newest first."""
    channels: tuple[UsableChannel, ...]
    """That reach somebody and are sent a list's alerts."""
    idle: tuple[UsableChannel, ...]
    """That reach somebody, and that no such list uses."""
    has_articles: bool

    @property
    def done(self) -> frozenset[Step]:
        """The steps that are done."""
        said = {
            Step.OUTLETS: self.outlets > 0,
            Step.FOLLOW: bool(self.lists),
            Step.TELL: bool(self.channels),
            Step.TEST: any(channel.proven for channel in self.channels),
        }
        return frozenset(step for step, is_done in said.items() if is_done)

    @property
    def next(self) -> Step | None:
        """The first step that is not done."""
        return next((step for step in Step if step not in self.done), None)


def first_steps(session: Session, *, failures: int) -> FirstSteps:
    """Return how far the service is set up. A feed fails once it did so `failures` times in a row."""
    seen = glance(session, failures=failures)
    lists = tracking_lists(session)
    used = {name for each in lists for name in each.channels}
    reaching = [channel for channel in usable_channels(session) if channel.type != PRINTED]
    return FirstSteps(
        seen.outlets,
        seen.failing_outlets,
        tuple(lists),
        tuple(channel for channel in reaching if channel.name in used),
        tuple(channel for channel in reaching if channel.name not in used),
        has_articles(session),
    )


@act("actor", "add", about="name", told=("spellings", "is_person"))
def follow(session: Session, name: str, spellings: Sequence[str], *, is_person: bool, now: datetime) -> Saved:
    """Track a person or organisation with these spellings, in the newest list that can be edited, or in a first one.

    Raise `ActionError`.
    """
    own = [each.name for each in _editable(session)]
    spelt = [text for text in spellings if text != name]
    actor = read_input(ActorSettings, {"name": name, "aliases": spelt, "surname": is_person})
    wanted = ListSettings()
    if not own:
        reaching = [each for each in usable_channels(session) if each.type != PRINTED]
        routes = tuple(RouteSettings(channel=each.name) for each in reaching)
        wanted = ListSettings(channels=routes) if routes else wanted
    where = own[0] if own else _("My first watch list")
    saved = extend(session, where, actors=[actor], wanted=wanted, now=now)
    return replace(saved, warnings=())  # that nobody is told is a step of its own


@act("channel", "add", about="address")
def tell(session: Session, address: str, *, asker: Asker, now: datetime) -> str:
    """Send the alerts of all lists that can be edited to an address by mail; return the channel's name. Raise `ActionError`.

    The channel is called as the address; one of that name that is there already is taken.
    """
    if address not in {each.name for each in own_channels(session)}:
        make_channel(session, address, "email", {"to": [address]}, asker=asker, now=now)
    lists = _editable(session)
    for each in lists:
        _add_channel(session, each.name, address, now=now)
    return address


@act("watch list", "change", told=("name",))
def use_channel(session: Session, name: str, *, now: datetime) -> None:
    """Tell a channel of the alerts of all lists that can be edited. Raise `ActionError`."""
    lists = _editable(session)
    if not lists:
        raise InvalidError(
            _("There is no watch list yet whose alerts a channel could be sent."), key="channel"
        )
    for each in lists:
        _add_channel(session, each.name, name, now=now)


def _editable(session: Session) -> list[TrackingList]:
    """Return the lists that track something and that who acts may edit, the newest first."""
    return [each for each in tracking_lists(session) if is_editable(session, find_list(session, each.name))]


def _add_channel(session: Session, watch: str, channel: str, *, now: datetime) -> None:
    wanted = ListSettings(channels=(RouteSettings(channel=channel),))
    add_facts(session, editable_list(session, watch), wanted, now=now)
