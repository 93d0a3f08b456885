"""The channels as the settings declare them, with their secrets, made ready to send."""

from __future__ import annotations

from pathlib import Path

from alerts.delivery.channels import ChannelConfig, make_channel
from alerts.delivery.channels.apprise import AppriseConfig
from alerts.delivery.channels.base import Channel
from alerts.delivery.channels.console import ConsoleConfig
from alerts.delivery.channels.email import EmailConfig
from alerts.delivery.channels.webhook import WebhookConfig
from alerts.delivery.links import Links
from alerts.delivery.render import Renderer
from service.settings import AppriseChannel, ConsoleChannel, EmailChannel, Settings, WebhookChannel


def build_channels(settings: Settings, *, key: bytes | None = None) -> dict[str, Channel]:
    """Gives the channels by name. `key` signs the links in mails; without it there are none."""
    return {name: make_channel(config) for name, config in channel_configs(settings, key=key).items()}


def channel_configs(settings: Settings, *, key: bytes | None = None) -> dict[str, ChannelConfig]:
    """Gives what each channel is made of, by name."""
    renderer = Renderer(templates_folder(settings))
    links = build_links(settings, key)
    return {declared.name: _config(declared, settings, renderer, links) for declared in settings.channels}


def build_links(settings: Settings, key: bytes | None) -> Links | None:
    """Gives what makes our links; None where the service has no public address."""
    return Links(settings.web.public_url, key) if key is not None and settings.web.public_url else None


def templates_folder(settings: Settings) -> Path | None:
    """Gives the folder of the user's own templates, if there is one."""
    return Path(settings.delivery.templates) if settings.delivery.templates else None


def _config(
    declared: EmailChannel | WebhookChannel | AppriseChannel | ConsoleChannel,
    settings: Settings,
    renderer: Renderer,
    links: Links | None,
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
                renderer=renderer,
                links=links,
            )
        case WebhookChannel():
            return WebhookConfig(
                url=declared.url,
                secrets=declared.all_secrets,
                allow_networks=(*settings.crawler.allow_networks, *declared.allow_networks),
            )
        case AppriseChannel():
            return AppriseConfig(urls=(declared.url.get_secret_value(),), renderer=renderer)
        case ConsoleChannel():
            return ConsoleConfig()
