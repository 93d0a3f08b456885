"""Webhooks as Standard Webhooks lays down (docs/webhook.md)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin, TrialStep
from alerts.delivery.channels.webhook.settings import WebhookSettings
from storage.addresses import Network, is_loopback, wide_networks
from storage.language import N_


def _make(settings: WebhookSettings, context: ChannelContext) -> Channel:
    from alerts.delivery.channels.webhook.sending import WebhookChannel, WebhookConfig

    config = WebhookConfig(
        url=settings.url,
        secrets=settings.all_secrets,
        allow_networks=_allowed(settings, context),
    )
    return WebhookChannel(config, clock=context.clock)


async def _steps(settings: WebhookSettings, context: ChannelContext) -> AsyncIterator[TrialStep]:
    from alerts.delivery.channels.endpoint_trial import endpoint_steps

    async for step in endpoint_steps(settings.url, _allowed(settings, context)):
        yield step


def _allowed(settings: WebhookSettings, context: ChannelContext) -> tuple[Network, ...]:
    return (*context.allow_networks, *settings.allow_networks)


def _weak_points(settings: WebhookSettings, _context: ChannelContext) -> Iterator[str]:
    yield from wide_networks(f"allow_networks of channel {settings.name!r}", settings.allow_networks)
    host = urlsplit(settings.url).hostname or ""
    if settings.url.startswith("http://") and not is_loopback(host):
        yield f"channel {settings.name!r} is http: what is sent can be read on the way to {host}"


plugin = ChannelPlugin(
    doc=N_("A signed POST of each alert as JSON (Standard Webhooks)."),
    settings=WebhookSettings,
    make=_make,
    trial_steps=_steps,
    weak_points=_weak_points,
    takes_story_events=True,
    goes_to=lambda settings: urlsplit(settings.url).hostname or "",
    made_by="editor",
    title=N_("Webhook"),
)
