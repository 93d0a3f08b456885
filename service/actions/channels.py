"""Channels: find one, unsubscribe a recipient, take that back. A channel is named by its name, or by its number."""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import Session

from service.actions.acting import act
from service.actions.errors import InvalidError, NotFoundError
from storage.language import _
from storage.stores.outbox.channels import (
    ListedChannel,
    list_of_channels,
    subscribe,
)
from storage.stores.outbox.channels import unsubscribe as store_unsubscription


def channel_shown(session: Session, which: str | int, owner_id: int | None = None) -> ListedChannel:
    """Return a channel of the team's, or of a user's own, and how it fares. Raise `NotFoundError`."""
    for channel in list_of_channels(session, owner_id):
        if which in (channel.name, channel.id):
            return channel
    raise NotFoundError(_("There is no channel {which!r}.", which=which), key="channel")


@act("channel", "unsubscribe", about="which", told=("address",))
def unsubscribe(session: Session, which: str | int, address: str, *, now: datetime) -> None:
    """Send a recipient no more mail of a channel; twice is once. Raise `NotFoundError`, or `InvalidError` for no address."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", address):
        raise InvalidError(_("{address!r} is not an email address", address=address), key="address")
    store_unsubscription(session, channel_shown(session, which).id, address, now=now)


@act("channel", "resubscribe", about="which", told=("address",))
def resubscribe(session: Session, which: str | int, address: str) -> None:
    """Take a recipient's unsubscription back. Raise `NotFoundError`."""
    channel = channel_shown(session, which)
    if not subscribe(session, channel.id, address):
        raise NotFoundError(
            _("{address} has not unsubscribed from {name!r}.", address=address, name=channel.name),
            key="address",
        )
