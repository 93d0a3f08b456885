"""The channels as the settings declare them, with their secrets, made ready to send or to be tried."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from alerts.delivery.channel_trial import trial_message, try_channel
from alerts.delivery.channels import channel_plugins
from alerts.delivery.channels.base import (
    BounceMarks,
    Channel,
    ChannelContext,
    ChannelSettings,
    SmtpServer,
    TrialStep,
)
from alerts.delivery.links import Links
from alerts.delivery.render import Renderer
from service.clock import utc_now
from service.locale import translator
from service.settings.faults import first_fault
from service.settings.models import Settings
from service.settings.secrets import channel_with_secrets
from storage.stores.outbox.own_channels import OwnChannel


def build_channels(
    settings: Settings, *, key: bytes | None = None, clock: Callable[[], datetime] = utc_now
) -> dict[str, Channel]:
    """Return the channels by name. `key` signs the links in mails; without it there are none."""
    context = channel_context(settings, key=key, clock=clock)
    plugins = channel_plugins()
    return {
        declared.name: plugins[declared.type].make(declared, _for(context, declared, settings))
        for declared in settings.channels
    }


def own_channel_maker(
    settings: Settings, *, key: bytes | None = None, clock: Callable[[], datetime] = utc_now
) -> Callable[[OwnChannel], Channel]:
    """Return what makes the channels whose settings are in the database. It raises `ValueError` for what can't be used."""
    context = channel_context(settings, key=key, clock=clock)

    def make(stored: OwnChannel) -> Channel:
        try:
            kept = own_settings(stored)
        except ValidationError as error:
            raise ValueError(settings_fault(error)) from None
        return channel_plugins()[kept.type].make(kept, _for(context, kept, settings))

    return make


def own_settings(stored: OwnChannel) -> ChannelSettings:
    """Return the settings of a channel that is in the database, its secrets read. Raise `ValueError` where they can't be used."""
    plugin = channel_plugins().get(stored.type)
    if plugin is None:
        raise ValueError(f"no channel of type {stored.type!r} is installed")
    table = channel_with_secrets({**stored.keys, "name": stored.name, "type": stored.type})
    kept: ChannelSettings = plugin.settings.model_validate(table)
    return kept


def destinations(settings: Settings, stored: Iterable[OwnChannel]) -> dict[str, str]:
    """Return where each channel sends to, in a few words: of the settings file's, and of those in the database."""
    kept = list(settings.channels)
    for own in stored:
        with suppress(ValueError):  # said where it is sent, or tried
            kept.append(own_settings(own))
    return {each.name: channel_plugins()[each.type].goes_to(each) for each in kept}


def destination(stored: OwnChannel) -> str:
    """Return where a channel in the database sends to, in a few words; empty where its settings can't be used."""
    try:
        kept = own_settings(stored)
    except ValueError:
        return ""
    return channel_plugins()[kept.type].goes_to(kept)


def channel_context(
    settings: Settings, *, key: bytes | None = None, clock: Callable[[], datetime] = utc_now
) -> ChannelContext:
    """Return what every channel is given besides its own settings."""
    smtp = settings.smtp
    return ChannelContext(
        smtp=SmtpServer(
            smtp.host,
            smtp.port,
            smtp.security,
            smtp.username,
            smtp.password.get_secret_value(),
            smtp.sender,
        ),
        renderer=Renderer(templates_folder(settings), spoken=translator),
        links=build_links(settings, key),
        allow_networks=settings.crawler.allow_networks,
        clock=clock,
        push_key=key,
        bounces=_bounce_marks(settings, key),
    )


def _bounce_marks(settings: Settings, key: bytes | None) -> BounceMarks | None:
    """Return how reviews' mails are marked; None where nobody reads what comes back."""
    if key is None or not (settings.inbound.bounces or settings.imap.bounces):
        return None
    return BounceMarks(key, settings.inbound.domain if settings.inbound.bounces else "")


def _for(context: ChannelContext, declared: ChannelSettings, settings: Settings) -> ChannelContext:
    """Return the context of one channel, whose messages have its zone and its language."""
    spoken = translator(declared.language or settings.service.language)
    return replace(context, renderer=context.renderer.told_in(declared.time_zone, spoken))


def build_links(settings: Settings, key: bytes | None) -> Links | None:
    """Return what makes our links; None where the service has no public address."""
    return Links(settings.web.public_url, key) if key is not None and settings.web.public_url else None


def templates_folder(settings: Settings) -> Path | None:
    """Return the folder of the user's own templates, if there is one."""
    return Path(settings.delivery.templates) if settings.delivery.templates else None


async def trial_steps(
    settings: Settings, name: str, *, stored: OwnChannel | None = None, now: datetime
) -> AsyncIterator[TrialStep]:
    """Try a channel for good: give the steps as they are done, ending with the first that fails.

    `stored` are its settings where they are in the database; else it is one of the settings file's.
    """
    declared = next((declared for declared in settings.channels if declared.name == name), None)
    if declared is None and stored is not None:
        try:
            declared = own_settings(stored)
        except ValueError as error:
            yield TrialStep("settings", ok=False, words=settings_fault(error), seconds=0)
            return
    if declared is None:
        known = ", ".join(declared.name for declared in settings.channels) or "none"
        words = f"there is no channel {name!r}; there are: {known}"
        yield TrialStep("settings", ok=False, words=words, seconds=0)
        return
    context = channel_context(settings)
    async for step in try_channel(declared, _for(context, declared, settings), trial_message(name, now=now)):
        yield step


def settings_fault(error: ValueError) -> str:
    """Return why settings can't be used, without their values."""
    if isinstance(error, ValidationError):
        key, words = first_fault(error)
        return f"{key}: {words}" if key else words
    return str(error)
