"""Telegram, by a bot."""

from __future__ import annotations

from collections.abc import AsyncIterator

from pydantic import Field, SecretStr

from alerts.delivery.channels.base import (
    FILE_ONLY,
    Channel,
    ChannelContext,
    ChannelPlugin,
    ChannelSettings,
    TrialStep,
)
from storage.language import N_
from storage.setting_types import Name, WebAddress


class TelegramSettings(ChannelSettings):
    """`server` is another one for those who run the Bot API themselves."""

    token: SecretStr = Field(
        title=N_("Bot token"), description=N_("@BotFather gives it when it makes a bot: 123456:ABC…")
    )
    chat: Name = Field(
        title=N_("Chat"),
        description=N_(
            "@name of a channel, or the chat's number; the bot must be a member, in channels an admin"
        ),
    )
    server: WebAddress = Field(default="https://api.telegram.org", json_schema_extra=FILE_ONLY)


def _make(settings: TelegramSettings, context: ChannelContext) -> Channel:
    from alerts.delivery.channels.telegram.sending import TelegramChannel

    return TelegramChannel(settings.server, settings.token.get_secret_value(), settings.chat, context)


async def _steps(settings: TelegramSettings, context: ChannelContext) -> AsyncIterator[TrialStep]:
    from alerts.delivery.channels.endpoint_trial import endpoint_steps

    async for step in endpoint_steps(settings.server, context.allow_networks):
        yield step


plugin = ChannelPlugin(
    doc=N_("A chat, group or channel of Telegram, by a bot."),
    settings=TelegramSettings,
    make=_make,
    trial_steps=_steps,
    goes_to=lambda settings: settings.chat,
    made_by="editor",
    title="Telegram",
)
