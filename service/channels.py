"""The channels as the settings declare them, with their secrets, made ready to send."""

from __future__ import annotations

from alerts.delivery.channels import ChannelConfig, make_channel
from alerts.delivery.channels.apprise import AppriseConfig
from alerts.delivery.channels.base import Channel
from alerts.delivery.channels.console import ConsoleConfig
from alerts.delivery.channels.email import EmailConfig
from alerts.delivery.channels.webhook import WebhookConfig
from service.settings import AppriseChannel, ConsoleChannel, EmailChannel, Settings, WebhookChannel


def build_channels(settings: Settings) -> dict[str, Channel]:
    """Gives the channels by name."""
    return {declared.name: make_channel(_config(declared, settings)) for declared in settings.channels}


def _config(
    declared: EmailChannel | WebhookChannel | AppriseChannel | ConsoleChannel, settings: Settings
) -> ChannelConfig:
    match declared:
        case EmailChannel():
            smtp = settings.smtp
            return EmailConfig(
                to=declared.to,
                sender=smtp.sender,
                host=smtp.host,
                port=smtp.port,
                security=smtp.security,
                username=smtp.username,
                password=smtp.password.get_secret_value(),
            )
        case WebhookChannel():
            return WebhookConfig(
                url=declared.url,
                secrets=declared.all_secrets,
                allow_networks=settings.crawler.allow_networks,
            )
        case AppriseChannel():
            return AppriseConfig(urls=(declared.url.get_secret_value(),))
        case ConsoleChannel():
            return ConsoleConfig()
