"""Microsoft Teams, by a workflow that posts what a webhook is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pydantic import Field

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin, ChannelSettings, TrialStep
from alerts.delivery.channels.chat_settings import SecretAddress, host_named
from storage.language import N_


class TeamsSettings(ChannelSettings):
    """The address holds the signature, so that it is a secret."""

    url: SecretAddress = Field(
        title=N_("Webhook address"),
        description=N_("in Teams: the channel's menu, Workflows, Send webhook alerts to a channel"),
    )


def _make(settings: TeamsSettings, context: ChannelContext) -> Channel:
    from alerts.delivery.channels.teams.sending import TeamsChannel

    return TeamsChannel(settings.url.get_secret_value(), context)


async def _steps(settings: TeamsSettings, context: ChannelContext) -> AsyncIterator[TrialStep]:
    from alerts.delivery.channels.endpoint_trial import endpoint_steps

    async for step in endpoint_steps(settings.url.get_secret_value(), context.allow_networks):
        yield step


plugin = ChannelPlugin(
    doc=N_("A channel or chat of Microsoft Teams, with buttons under each alert."),
    settings=TeamsSettings,
    make=_make,
    trial_steps=_steps,
    goes_to=lambda settings: host_named(settings.url),
    made_by="editor",
    title="Microsoft Teams",
)
