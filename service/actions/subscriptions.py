"""A person's own subscriptions: which lists' alerts come to them, where and when; made and ended by themselves.

A subscription is a channel of their own, with routes of the lists that they chose: it is sent as all channels are. It ends with
their sight of a list, and with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from service.actions.acting import act
from service.actions.channel_edits import (
    Asker,
    change_channel,
    make_channel,
    masked,
    remove_channel,
    shown_kind,
)
from service.actions.errors import ConflictError, InvalidError, NotAllowedError, NotFoundError
from service.actions.lookup import find_list
from service.channels import destination
from storage.language import _
from storage.stores.outbox.channels import list_of_channels, switch_on
from storage.stores.outbox.own_channels import OwnChannel, set_channel_paused
from storage.stores.outbox.subscribed import (
    StoredSubscription,
    own_from_now_on,
    put_subscribed,
    subscriptions_of,
)
from storage.stores.people.users import KnownUser, user_called, user_numbered
from storage.tables import Role
from storage.viewers import Viewer, looking_as, viewer

MOST = 20
"""Subscriptions of one person."""
KINDS = ("email", "webpush")
"""What a reader may subscribe by; who may make channels has all kinds that they may make."""


class SubscriptionSettings(BaseModel):
    """What a subscription is to be; what is left out stays. `keys` are a channel's, as `[[channels]]` has them: `to`, `send`."""

    model_config = ConfigDict(extra="forbid")
    type: str = "email"
    keys: dict[str, Any] = Field(default_factory=dict)
    lists: list[str] | None = None
    """Names of watch lists."""
    min_score: float | None = Field(default=None, ge=0, le=100)
    """Only alerts of this relevance."""


@dataclass(frozen=True, slots=True)
class OwnSubscription:
    """A subscription as it is shown, secrets left out. `goes_to` says where in a few words."""

    id: int
    user: str
    type: str
    goes_to: str
    send: str
    lists: tuple[str, ...]
    min_score: float
    paused: bool
    troubled: bool
    """Switched off for failing: what it sends was refused for days."""
    keys: Mapping[str, Any]


def own_subscriptions(session: Session, which: str = "") -> list[OwnSubscription]:
    """Return the subscriptions of who asks, or of a user by name where the machine asks. Raise `ActionError`."""
    user = _person(session, which)
    with looking_as(Viewer(user.id, user.role)):
        return [_shown(user, stored) for stored in subscriptions_of(session, user.id)]


def every_subscription(session: Session) -> list[OwnSubscription]:
    """Return everybody's, for whoever runs the machine."""
    found = []
    for stored in subscriptions_of(session):
        user = user_numbered(session, stored.user_id)
        if user is not None:
            found.append(_shown(user, stored))
    return found


@act("subscription", "add")
def subscribe(
    session: Session, wanted: SubscriptionSettings, *, which: str = "", asker: Asker, now: datetime
) -> OwnSubscription:
    """Send who acts the alerts of lists, from now on. Raise `ActionError`."""
    user = _person(session, which)
    if len(subscriptions_of(session, user.id)) >= MOST:
        raise ConflictError(_("You have {most} subscriptions: end one first.", most=MOST))
    who = viewer()
    if wanted.type not in KINDS and who is not None and not who.has(Role.EDITOR):
        raise NotAllowedError(_("A reader subscribes by mail or on their devices."), key="type")
    lists = _lists(session, user, wanted.lists or [])
    made = make_channel(session, _free_name(session, user), wanted.type, wanted.keys, asker=asker, now=now)
    own_from_now_on(session, made.id, user.id)
    put_subscribed(session, made.id, lists, _conditions({}, wanted))
    return _one(session, user, made.id)


@act("subscription", "change")
def change_subscription(
    session: Session,
    number: int,
    wanted: SubscriptionSettings,
    *,
    which: str = "",
    asker: Asker,
    now: datetime,
) -> OwnSubscription:
    """Change what is given of a subscription. Raise `ActionError`."""
    user, stored = _mine(session, number, which)
    if wanted.keys:
        change_channel(session, number, wanted.keys, asker=asker, owner_id=user.id, now=now)
    names = list(stored.lists) if wanted.lists is None else wanted.lists
    put_subscribed(session, number, _lists(session, user, names), _conditions(stored.conditions, wanted))
    return _one(session, user, number)


@act("subscription", "pause")
def pause_subscription(session: Session, number: int, *, which: str = "") -> bool:
    """Send nothing until it is resumed; what comes meanwhile waits. Raise `NotFoundError`."""
    _mine(session, number, which)
    return set_channel_paused(session, number, paused=True)


@act("subscription", "resume")
def resume_subscription(session: Session, number: int, *, which: str = "") -> None:
    """Send again, and what waited. Raise `NotFoundError`."""
    _mine(session, number, which)
    switch_on(session, number)


@act("subscription", "remove")
def end_subscription(session: Session, number: int, *, which: str = "", now: datetime) -> None:
    """End a subscription; what waits of it is not sent. Raise `NotFoundError`, `ConflictError`."""
    user, _stored = _mine(session, number, which)
    remove_channel(session, number, owner_id=user.id, now=now)


def _person(session: Session, which: str) -> KnownUser:
    """Return whose subscriptions they are: one's own, whoever else is named; the machine names a user."""
    who = viewer()
    if who is not None:
        user = None if who.user_id is None else user_numbered(session, who.user_id)
        if user is None:
            raise NotAllowedError(_("Subscriptions are a user's own: sign in, or use a token of yours."))
        return user
    user = user_called(session, which)
    if user is None:
        raise NotFoundError(_("There is no user {which!r}.", which=which), key="user")
    return user


def _mine(session: Session, number: int, which: str) -> tuple[KnownUser, StoredSubscription]:
    if viewer() is None and not which:
        found = next((each for each in subscriptions_of(session) if each.id == number), None)
        user = None if found is None else user_numbered(session, found.user_id)
    else:
        user = _person(session, which)
        found = next((each for each in subscriptions_of(session, user.id) if each.id == number), None)
    if found is None or user is None:
        raise NotFoundError(_("There is no subscription {number}.", number=number), key="subscription")
    return user, found


def _lists(session: Session, user: KnownUser, names: Sequence[str]) -> list[int]:
    """Return the lists of these names, as the user sees them. Raise `ActionError`."""
    if not names:
        raise InvalidError(_("Choose at least one watch list."), key="lists")
    with looking_as(Viewer(user.id, user.role)):
        return [find_list(session, name).id for name in dict.fromkeys(names)]


def _conditions(before: Mapping[str, Any], wanted: SubscriptionSettings) -> dict[str, Any]:
    if wanted.min_score is None:
        return dict(before)
    return {"min_score": wanted.min_score} if wanted.min_score else {}


def _free_name(session: Session, user: KnownUser) -> str:
    """Return a name for a channel of a user's own that no channel has."""
    taken = {channel.name.casefold() for channel in list_of_channels(session)}
    taken |= {stored.name.casefold() for stored in subscriptions_of(session)}
    names = (f"{user.name} {number}" for number in range(1, MOST + len(taken) + 2))
    return next(name for name in names if name.casefold() not in taken)


def _one(session: Session, user: KnownUser, number: int) -> OwnSubscription:
    return next(_shown(user, stored) for stored in subscriptions_of(session, user.id) if stored.id == number)


def _shown(user: KnownUser, stored: StoredSubscription) -> OwnSubscription:
    return OwnSubscription(
        id=stored.id,
        user=user.name,
        type=stored.type,
        goes_to=destination(OwnChannel(stored.id, stored.name, stored.type, 0, stored.keys)),
        send=stored.send,
        lists=stored.lists,
        min_score=float(stored.conditions.get("min_score", 0)),
        paused=stored.paused,
        troubled=stored.disabled_reason is not None,
        keys=masked(shown_kind(stored.type), stored.keys),
    )
