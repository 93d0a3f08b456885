"""The channels: one folder each, found by the entry points of the group `tocsin.channels`, as strangers' are."""

from __future__ import annotations

from typing import Any, cast

from alerts.delivery.channels.base import ChannelPlugin
from storage.entry_points import Installed, installed

CHANNELS = "tocsin.channels"


def check_channel(value: object) -> None:
    """Raise `TypeError` for what an entry point of channels must not lead to."""
    if not isinstance(value, ChannelPlugin):
        raise TypeError(f"must lead to a ChannelPlugin, not to {type(value).__name__}")


def installed_channels() -> Installed:
    """Return the channel plugins, and what failed to load."""
    return installed(CHANNELS, check_channel)


def channel_plugins() -> dict[str, ChannelPlugin[Any]]:
    """Return the channel plugins by the `type` that settings name."""
    return cast("dict[str, ChannelPlugin[Any]]", installed_channels().by_name())
