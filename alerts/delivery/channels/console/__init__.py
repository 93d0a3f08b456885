"""The terminal where the service runs."""

from __future__ import annotations

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin, ChannelSettings
from storage.language import N_


class ConsoleSettings(ChannelSettings):
    """It has no keys of its own."""


def _make(_settings: ConsoleSettings, _context: ChannelContext) -> Channel:
    from alerts.delivery.channels.console.sending import ConsoleChannel, ConsoleConfig

    return ConsoleChannel(ConsoleConfig())


plugin = ChannelPlugin(
    doc=N_("Standard output of the service."),
    settings=ConsoleSettings,
    make=_make,
    takes_service_alerts=True,
    made_by="file",
    title=N_("Terminal"),
)
