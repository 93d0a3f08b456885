"""Web push (RFC 8030, 8291, 8292): notifications in a browser, also while no page of ours is open. Needs the extra `push`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin, ChannelSettings, TrialStep
from alerts.delivery.channels.webpush.keys import decoded
from storage.language import N_
from storage.setting_types import WebAddress


def _bytes_of(length: int) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        try:
            found = decoded(value.get_secret_value())
        except ValueError:
            found = b""
        if len(found) != length:
            raise ValueError(f"no key of {length} bytes in base64url, as a browser gives it")
        return value

    return AfterValidator(check)


class WebPushSettings(ChannelSettings):
    """A browser's subscription, as `PushSubscription.toJSON()` gives it. It is made by a button of the page *My alerts*."""

    endpoint: WebAddress = Field(
        repr=False, title=N_("Address"), description=N_("of the push service, as the browser gives it")
    )
    p256dh: Annotated[SecretStr, _bytes_of(65)] = Field(title=N_("Key of the browser"))
    auth: Annotated[SecretStr, _bytes_of(16)] = Field(title=N_("Secret of the browser"))


def _make(settings: WebPushSettings, context: ChannelContext) -> Channel:
    from alerts.delivery.channels.webpush.sending import WebPushChannel

    return WebPushChannel(settings, context)


async def _steps(settings: WebPushSettings, context: ChannelContext) -> AsyncIterator[TrialStep]:
    from alerts.delivery.channels.endpoint_trial import endpoint_steps

    async for step in endpoint_steps(settings.endpoint, context.allow_networks):
        yield step


plugin = ChannelPlugin(
    doc=N_("Notifications in a browser, also while no page is open (the extra push)."),
    settings=WebPushSettings,
    make=_make,
    trial_steps=_steps,
    goes_to=lambda settings: urlsplit(settings.endpoint).hostname or "",
    made_by="editor",
    title=N_("Web push"),
)
