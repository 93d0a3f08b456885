"""Matrix: a room of any homeserver."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from pydantic import Field, SecretStr

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin, ChannelSettings, TrialStep
from storage.language import N_
from storage.setting_types import WebAddress


class MatrixSettings(ChannelSettings):
    """The bot's user must have joined the room. Rooms that are encrypted show its messages unencrypted."""

    server: WebAddress = Field(title=N_("Homeserver"), description=N_("such as https://matrix.example.org"))
    room: Annotated[str, Field(pattern=r"^![^\s:]+(?::\S+)?$")] = Field(
        title=N_("Room"), description=N_("its internal id, which begins with !: room settings, Advanced")
    )
    token: SecretStr = Field(
        title=N_("Access token"), description=N_("of the user that sends, who must have joined the room")
    )


def _make(settings: MatrixSettings, context: ChannelContext) -> Channel:
    from alerts.delivery.channels.matrix.sending import MatrixChannel

    return MatrixChannel(settings.server, settings.room, settings.token.get_secret_value(), context)


async def _steps(settings: MatrixSettings, context: ChannelContext) -> AsyncIterator[TrialStep]:
    from alerts.delivery.channels.endpoint_trial import endpoint_steps

    async for step in endpoint_steps(settings.server, context.allow_networks):
        yield step


plugin = ChannelPlugin(
    doc=N_("A room of Matrix (Element)."),
    settings=MatrixSettings,
    make=_make,
    trial_steps=_steps,
    goes_to=lambda settings: settings.room,
    made_by="editor",
    title="Matrix",
)
