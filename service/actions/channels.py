"""Channels: switch one on again, take an unsubscription back. A channel is named by its name, or by its number."""

from __future__ import annotations

from sqlmodel import Session

from service.actions.errors import NotFoundError
from storage.stores.outbox.channels import (
    ListedChannel,
    list_of_channels,
    switch_on,
    take_back_unsubscription,
)


def channel_shown(session: Session, which: str | int) -> ListedChannel:
    """Return a channel and how it fares. Raise `NotFoundError`."""
    for channel in list_of_channels(session):
        if which in (channel.name, channel.id):
            return channel
    raise NotFoundError(f"There is no channel {which!r}.")


def enable_channel(session: Session, which: str | int) -> None:
    """Switch a channel on again that was switched off for failing; what is queued for it is then sent. Raise `NotFoundError`."""
    switch_on(session, channel_shown(session, which).id)


def resubscribe(session: Session, which: str | int, address: str) -> None:
    """Take a recipient's unsubscription back. Raise `NotFoundError`."""
    channel = channel_shown(session, which)
    if not take_back_unsubscription(session, channel.id, address):
        raise NotFoundError(f"{address} has not unsubscribed from {channel.name!r}.")
