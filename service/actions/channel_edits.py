"""Channels made, changed, paused and removed. Those of the settings file are edited there.

What is given and shown is a table with the keys that `[[channels]]` has. Secrets are kept and never shown: `***` stands for one
that is stored, and keeps it where it is given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError
from sqlmodel import Session

from alerts.delivery.channels import channel_plugins
from alerts.delivery.channels.base import ChannelSettings
from alerts.delivery.timing import next_send
from service.actions.acting import act
from service.actions.channel_kinds import ChannelKind, is_file_only, kind_of
from service.actions.channels import channel_shown
from service.actions.errors import (
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    ReadOnlyError,
    UnknownNameError,
)
from service.actions.lookup import check_name
from service.actions.outlet_access import KEPT, allowed_file
from service.settings.faults import first_fault
from service.settings.secrets import SUFFIX, channel_with_secrets
from storage.language import _
from storage.stores.outbox.channels import ChannelValues, list_of_channels, switch_on
from storage.stores.outbox.own_channels import (
    OwnChannel,
    add_channel,
    is_name_taken,
    is_sending,
    own_channel,
    put_channel,
    set_channel_paused,
)
from storage.stores.outbox.own_channels import remove_channel as remove_stored
from storage.suggest import did_you_mean

Keys = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who changes channels. `files_in`: the folder in which files must lie that they name; None: whoever asks has this machine's
    files anyway.
    """

    is_admin: bool
    files_in: Path | None


OPERATOR = Asker(is_admin=True, files_in=None)
"""Whoever has the command line."""


@dataclass(frozen=True, slots=True)
class ShownChannel:
    """A channel that can be edited, its secrets left out."""

    id: int
    name: str
    kind: ChannelKind
    keys: Keys
    """What is set, as the settings file would have it; `***` for a secret."""


def channel_edited(session: Session, which: str | int) -> ShownChannel:
    """Return a channel as it is edited. Raise `NotFoundError`, or `ReadOnlyError` for one of the settings file."""
    own = _editable(session, which)
    kind = _kind(own.type)
    return ShownChannel(own.id, own.name, kind, masked(kind, own.keys))


@act("channel", "add", about="name", told=("kind", "keys"))
def make_channel(
    session: Session, name: str, kind: str, keys: Keys, *, asker: Asker, now: datetime
) -> ShownChannel:
    """Make a channel. Raise `ActionError`, with the key at fault."""
    check_name(name, "channel")
    _refuse_taken(session, name)
    found = _allowed_kind(kind, asker)
    table = _checked_table(found, keys, {}, asker)
    settings = _settings(name, kind, table)
    number = add_channel(session, _values(session, settings, now), table, now=now)
    return ShownChannel(number, name, found, masked(found, table))


@act("channel", "change", about="which", told=("keys", "name"))
def change_channel(
    session: Session,
    which: str | int,
    keys: Keys,
    *,
    name: str | None = None,
    owner_id: int | None = None,
    asker: Asker,
    now: datetime,
) -> ShownChannel:
    """Change what is given of a channel, and its name; None or "" takes a key's value away. Raise `ActionError`.

    With `owner_id`, it is one of a user's own.
    """
    own = _editable(session, which, owner_id)
    kind = _allowed_kind(own.type, asker)
    name = name or own.name
    if name != own.name:
        check_name(name, "channel")
        _refuse_taken(session, name)
    table = _checked_table(kind, keys, own.keys, asker)
    settings = _settings(name, own.type, table)
    put_channel(session, own.id, _values(session, settings, now), table)
    return ShownChannel(own.id, name, kind, masked(kind, table))


@act("channel", "pause", about="which")
def pause_channel(session: Session, which: str | int) -> bool:
    """Send nothing on a channel until it is resumed; return whether that is new. Raise `NotFoundError`, `ReadOnlyError`.

    What comes for it meanwhile is queued.
    """
    return set_channel_paused(session, _editable(session, which).id, paused=True)


@act("channel", "resume", about="which")
def resume_channel(session: Session, which: str | int) -> None:
    """Send on a channel again, and what was queued for it. Raise `NotFoundError`."""
    channel = channel_shown(session, which)
    if channel.provisioned and channel.paused:
        raise ReadOnlyError(
            _("the channel {name!r} left the settings file: put it back there", name=channel.name),
            key="channel",
        )
    switch_on(session, channel.id)


@act("channel", "remove", about="which")
def remove_channel(session: Session, which: str | int, *, owner_id: int | None = None, now: datetime) -> str:
    """Remove a channel, with its deliveries and its place in watch lists; return its name.

    Raise `NotFoundError`, `ReadOnlyError`, or `ConflictError` while something is being sent on it.
    """
    own = _editable(session, which, owner_id)
    if is_sending(session, own.id, now=now):
        raise ConflictError(
            _("a message is being sent on {name!r} right now: try again in a minute", name=own.name),
            key="channel",
        )
    remove_stored(session, own.id)
    return own.name


def masked(kind: ChannelKind, keys: Keys) -> dict[str, Any]:
    """Return a channel's table with `***` for each secret."""
    secret = {field.key for field in kind.every_field if field.is_secret}
    return {
        key: ([KEPT] * len(value) if isinstance(value, list) else KEPT) if key in secret else value
        for key, value in keys.items()
    }


def shown_kind(type_: str) -> ChannelKind:
    """Return a kind of channels. Raise `UnknownNameError`."""
    return _kind(type_)


def _editable(session: Session, which: str | int, owner_id: int | None = None) -> OwnChannel:
    channel = channel_shown(session, which, owner_id)
    own = own_channel(session, channel.id)
    if own is None:
        raise ReadOnlyError(
            _("the channel {name!r} is declared in the settings file: edit it there", name=channel.name),
            key="channel",
        )
    return own


def _refuse_taken(session: Session, name: str) -> None:
    for channel in list_of_channels(session):
        if channel.name.casefold() == name.casefold():
            raise ConflictError(
                _("there is a channel {name!r} already: choose another name", name=channel.name), key="name"
            )
    if is_name_taken(session, name):  # by one of a user's own, which is shown to nobody else
        raise ConflictError(_("The name {name!r} is taken: choose another one.", name=name), key="name")


def _kind(name: str) -> ChannelKind:
    plugins = channel_plugins()
    if name not in plugins:
        hint = did_you_mean(name, list(plugins)) or _("; there are: {names}", names=", ".join(plugins))
        raise UnknownNameError(_("there is no channel type {name!r}{hint}", name=name, hint=hint), key="type")
    return kind_of(name, plugins[name])


def _allowed_kind(name: str, asker: Asker) -> ChannelKind:
    kind = _kind(name)
    if kind.made_by == "file":
        raise InvalidError(
            _("a channel of type {name!r} is declared in the settings file", name=name), key="type"
        )
    if kind.made_by == "admin" and not asker.is_admin:
        raise NotAllowedError(
            _(
                "channels of type {name!r} can reach this machine and its network: ask an admin to set it up",
                name=name,
            ),
            key="type",
        )
    return kind


def _checked_table(kind: ChannelKind, given: Keys, stored: Keys, asker: Asker) -> dict[str, Any]:
    """Return the table that holds from now on: what is stored, changed by what is given. Raise `InvalidError`."""
    model = channel_plugins()[kind.type].settings
    for key in given:
        field = model.model_fields.get(key)
        if key in ("name", "type") or (field is not None and is_file_only(field)):
            raise InvalidError(_("{key}: it can be set in the settings file alone", key=key), key=key)
    table = dict(stored)
    for key, value in given.items():
        if value in (None, "", []):
            table.pop(key, None)
            continue
        table[key] = _with_kept(key, value, stored)
        if value != KEPT:
            table.pop(key.removesuffix(SUFFIX) if key.endswith(SUFFIX) else key + SUFFIX, None)
    _refuse_other_host(kind, table, stored)
    for field in kind.every_field:
        path = table.get(field.key + SUFFIX) if field.takes_file else None
        if path is not None and path != stored.get(field.key + SUFFIX):
            name = field.key + SUFFIX
            table[name] = str(allowed_file(Path(str(path)), name, asker.files_in))
    return table


def _with_kept(key: str, value: object, stored: Keys) -> object:
    """Return a value with stored secrets in the places of `***`. Raise `InvalidError` where nothing is stored."""
    before = stored.get(key)
    if isinstance(value, list):
        known = before if isinstance(before, list) else []
        if len(value) > len(known) and KEPT in value[len(known) :]:
            raise InvalidError(
                _("{key}: {mark} keeps a stored secret, and there is none: type it", key=key, mark=KEPT),
                key=key,
            )
        return [known[place] if each == KEPT else each for place, each in enumerate(value)]
    if value == KEPT:
        if before is None:
            raise InvalidError(
                _("{key}: {mark} keeps a stored secret, and there is none: type it", key=key, mark=KEPT),
                key=key,
            )
        return before
    return value


def _refuse_other_host(kind: ChannelKind, table: Keys, stored: Keys) -> None:
    """Raise `InvalidError` where a stored secret would be sent to another host than before."""
    fields = [field for field in kind.fields if not field.is_secret]
    moved = [field for field in fields if _host(table.get(field.key)) != _host(stored.get(field.key))]
    for field in kind.fields if stored and moved else ():
        for key in (field.key, field.key + SUFFIX):
            if field.is_secret and key in stored and table.get(key) == stored[key]:
                raise InvalidError(
                    _(
                        "{key}: {host} is another host now: type the secret again",
                        key=field.key,
                        host=moved[0].label.lower(),
                    ),
                    key=field.key,
                )


def _host(value: object) -> str:
    """Return the host of an address; nothing for what is none."""
    if not isinstance(value, str) or "://" not in value:
        return ""
    try:
        return urlsplit(value).netloc.casefold()
    except ValueError:
        return value


def _settings(name: str, kind: str, table: Keys) -> ChannelSettings:
    """Return the settings as the plugin reads them. Raise `InvalidError` with the key at fault."""
    try:
        filled = channel_with_secrets({**table, "name": name, "type": kind})
    except ValueError as error:
        words = str(error)
        raise InvalidError(words, key=words.partition(":")[0]) from error
    plugin = channel_plugins()[kind]
    try:
        settings: ChannelSettings = plugin.settings.model_validate(filled)
    except ValidationError as error:
        key, words = first_fault(error)
        raise InvalidError(
            f"{key}: {words}" if key else words, key=key.partition("[")[0] or "name", at_field=words
        ) from error
    return settings


def _values(session: Session, settings: ChannelSettings, now: datetime) -> ChannelValues:
    if settings.fallback is not None:
        _check_fallback(session, settings)
    return ChannelValues(
        name=settings.name,
        type=settings.type,
        send=str(settings.send),
        rules=settings.rules.model_dump(mode="json", exclude_defaults=True),
        service_alerts=False,
        digest_due_at=next_send(settings.send, now) if settings.send_empty else None,
        fallback=settings.fallback,
    )


def _check_fallback(session: Session, settings: ChannelSettings) -> None:
    if settings.fallback == settings.name:
        raise InvalidError(_("fallback: a channel can't be its own fallback"), key="fallback")
    try:
        channel_shown(session, settings.fallback or "")
    except NotFoundError:
        names = [channel.name for channel in list_of_channels(session) if channel.active]
        hint = did_you_mean(settings.fallback or "", names)
        raise UnknownNameError(
            _("fallback: there is no channel {fallback!r}{hint}", fallback=settings.fallback, hint=hint),
            key="fallback",
        ) from None
