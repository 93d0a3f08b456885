"""Everything that Apprise can reach by a URL: Discord, Mattermost, Signal, SMS services and a hundred more."""

from __future__ import annotations

from pydantic import Field, SecretStr

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin, ChannelSettings
from storage.language import N_


class AppriseSettings(ChannelSettings):
    """Any Apprise URL. It holds tokens, so that it is a secret as a whole."""

    url: SecretStr = Field(
        title=N_("Apprise URL"),
        description=N_("such as discord://… or mmost://…: see Apprise's list of services"),
    )


def _make(settings: AppriseSettings, context: ChannelContext) -> Channel:
    from alerts.delivery.channels.apprise.sending import AppriseChannel, AppriseConfig

    return AppriseChannel(AppriseConfig((settings.url.get_secret_value(),), context.renderer, context.links))


plugin = ChannelPlugin(
    doc=N_("Discord, Mattermost, SMS services and a hundred more, by an Apprise URL."),
    settings=AppriseSettings,
    make=_make,
    goes_to=lambda settings: settings.url.get_secret_value().partition("://")[0],
    title=N_("Apprise"),
)
