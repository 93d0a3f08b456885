"""Channels that tests open: each is closed when its test ends (`conftest`)."""

from __future__ import annotations

from typing import TypeVar

from alerts.delivery.channels.base import Channel

C = TypeVar("C", bound=Channel)

OPENED: list[Channel] = []


def opened(channel: C) -> C:
    """Return the channel, to be closed at the test's end."""
    OPENED.append(channel)
    return channel
