"""The channels. A new one is a file with a config and a class, and its case in `make_channel`."""

from __future__ import annotations

from alerts.delivery.channels.apprise import AppriseChannel, AppriseConfig
from alerts.delivery.channels.base import Channel, Receipt
from alerts.delivery.channels.console import ConsoleChannel, ConsoleConfig
from alerts.delivery.channels.email import EmailChannel, EmailConfig
from alerts.delivery.channels.webhook import WebhookChannel, WebhookConfig

ChannelConfig = AppriseConfig | ConsoleConfig | EmailConfig | WebhookConfig

__all__ = [
    "AppriseConfig",
    "Channel",
    "ChannelConfig",
    "ConsoleConfig",
    "EmailConfig",
    "Receipt",
    "WebhookConfig",
    "make_channel",
]


def make_channel(config: ChannelConfig) -> Channel:
    """Gives the channel of a config. Raises `ValueError` that says what in the config can't be used."""
    match config:
        case AppriseConfig():
            return AppriseChannel(config)
        case ConsoleConfig():
            return ConsoleChannel(config)
        case EmailConfig():
            return EmailChannel(config)
        case WebhookConfig():
            return WebhookChannel(config)
