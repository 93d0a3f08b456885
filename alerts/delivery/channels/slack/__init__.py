"""Slack, by an incoming webhook."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pydantic import Field

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin, ChannelSettings, TrialStep
from alerts.delivery.channels.chat_settings import SecretAddress, host_named
from storage.language import N_


class SlackSettings(ChannelSettings):
    """The address holds the token, so that it is a secret."""

    url: SecretAddress = Field(
        title=N_("Webhook address"),
        description=N_(
            "https://hooks.slack.com/services/…: in Slack, Apps, Incoming Webhooks, Add to a channel"
        ),
    )


def _make(settings: SlackSettings, context: ChannelContext) -> Channel:
    from alerts.delivery.channels.slack.sending import SlackChannel

    return SlackChannel(settings.url.get_secret_value(), context)


async def _steps(settings: SlackSettings, context: ChannelContext) -> AsyncIterator[TrialStep]:
    from alerts.delivery.channels.endpoint_trial import endpoint_steps

    async for step in endpoint_steps(settings.url.get_secret_value(), context.allow_networks):
        yield step


plugin = ChannelPlugin(
    doc=N_("A channel of Slack, with buttons under each alert."),
    settings=SlackSettings,
    make=_make,
    trial_steps=_steps,
    goes_to=lambda settings: host_named(settings.url),
    made_by="editor",
    title="Slack",
)
