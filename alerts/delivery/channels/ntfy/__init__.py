"""ntfy: notifications on phones and desktops."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from pydantic import Field, SecretStr

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin, ChannelSettings, TrialStep
from storage.language import N_
from storage.setting_types import WebAddress


class NtfySettings(ChannelSettings):
    """On a public server, whoever knows the topic's name reads along."""

    topic: Annotated[str, Field(pattern=r"^[-_A-Za-z0-9]{1,64}$")] = Field(
        title=N_("Topic"),
        description=N_("what phones subscribe to; on a public server choose a name nobody guesses"),
    )
    server: WebAddress = Field(
        default="https://ntfy.sh", title=N_("Server"), description=N_("another one, where you run your own")
    )
    token: SecretStr = Field(
        default=SecretStr(""), title=N_("Access token"), description=N_("where the topic is protected: tk_…")
    )


def _make(settings: NtfySettings, context: ChannelContext) -> Channel:
    from alerts.delivery.channels.ntfy.sending import NtfyChannel

    return NtfyChannel(settings.server, settings.topic, settings.token.get_secret_value(), context)


async def _steps(settings: NtfySettings, context: ChannelContext) -> AsyncIterator[TrialStep]:
    from alerts.delivery.channels.endpoint_trial import endpoint_steps

    async for step in endpoint_steps(settings.server, context.allow_networks):
        yield step


plugin = ChannelPlugin(
    doc=N_("Notifications on phones and desktops, by ntfy.sh or a server of your own."),
    settings=NtfySettings,
    make=_make,
    trial_steps=_steps,
    goes_to=lambda settings: settings.topic,
    made_by="editor",
    title="ntfy",
)
