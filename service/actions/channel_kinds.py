"""Kinds of channels, and the fields of their settings: what forms, the API's list of types and the command line are made of.

They are read off each plugin's settings model, so that a stranger's channel has a form without an edit here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from alerts.delivery.channels import channel_plugins
from alerts.delivery.channels.base import ChannelPlugin, ChannelSettings
from service.settings.secrets import SUFFIX, is_several, secret_keys
from storage.units import format_duration

FieldKind = Literal["text", "lines", "number", "flag", "choice", "secret", "secrets"]
COMMON = frozenset(ChannelSettings.model_fields)
"""The keys of every channel."""


@dataclass(frozen=True, slots=True)
class ChannelField:
    """A key of a channel's settings, and how it is asked for."""

    key: str
    label: str
    hint: str
    kind: FieldKind
    required: bool
    default: str
    """What holds where nothing is given, as it is written."""
    choices: tuple[str, ...] = ()
    takes_file: bool = False
    """The secret may be given as `KEY_file`: a file whose first line it is."""

    @property
    def is_secret(self) -> bool:
        """Whether its value is never shown."""
        return self.kind in ("secret", "secrets")


@dataclass(frozen=True, slots=True)
class ChannelKind:
    """A type of channel. `fields` are its own, those of `common` every channel has."""

    type: str
    title: str
    doc: str
    made_by: Literal["editor", "admin", "file"]
    fields: tuple[ChannelField, ...]
    common: tuple[ChannelField, ...]

    @property
    def every_field(self) -> tuple[ChannelField, ...]:
        """Its own fields, then the common ones."""
        return (*self.fields, *self.common)


def channel_kinds() -> list[ChannelKind]:
    """Return the kinds that can be made elsewhere than in the settings file, by their titles."""
    kinds = [kind_of(name, plugin) for name, plugin in channel_plugins().items() if plugin.made_by != "file"]
    return sorted(kinds, key=lambda kind: kind.title.casefold())


def kind_of(name: str, plugin: ChannelPlugin[Any]) -> ChannelKind:
    """Return what a plugin's settings ask for."""
    model = plugin.settings
    secrets = frozenset(secret_keys(model))
    fields = [
        _field(key, field, is_secret=key in secrets)
        for key, field in model.model_fields.items()
        if key not in ("name", "type") and not is_file_only(field)
    ]
    return ChannelKind(
        name,
        plugin.title or name,
        plugin.doc,
        plugin.made_by,
        tuple(field for field in fields if field.key not in COMMON),
        tuple(field for field in fields if field.key in COMMON),
    )


def is_file_only(field: FieldInfo) -> bool:
    """Return whether a key can be set in the settings file alone."""
    extra = field.json_schema_extra
    return isinstance(extra, dict) and extra.get("file_only") is True


def typed_keys(fields: Sequence[ChannelField], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return what fields that were filled in as text mean; "" of a plain field takes its value away, of a secret keeps it."""
    found: dict[str, Any] = {}
    for field in fields:
        text = texts.get(field.key, "").strip()
        if field.takes_file and (path := texts.get(field.key + SUFFIX, "").strip()):
            found[field.key + SUFFIX] = path
        if field.is_secret and not text:
            continue
        found[field.key] = _typed(field, text)
    return found


def shown_texts(kind: ChannelKind, keys: Mapping[str, Any]) -> dict[str, str]:
    """Return what stands in the fields of a form; a secret's field is empty."""
    texts = {}
    for field in kind.every_field:
        if field.takes_file:
            texts[field.key + SUFFIX] = str(keys.get(field.key + SUFFIX, ""))
        value = "" if field.is_secret else keys.get(field.key, "")
        if field.key == "send" and not value:
            value = field.default
        texts[field.key] = _text(value)
    return texts


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _typed(field: ChannelField, text: str) -> object:
    match field.kind:
        case "flag":
            return bool(text) or None
        case "lines" | "secrets":
            return [line.strip() for line in text.split("\n") if line.strip()] or None
        case "number" if text.isdecimal():
            return int(text)
        case _:
            return text or None


def _field(key: str, field: FieldInfo, *, is_secret: bool) -> ChannelField:
    several = is_several(field.annotation)
    choices = _choices(field.annotation)
    hidden = is_secret or not field.repr
    return ChannelField(
        key=key,
        label=field.title or key.replace("_", " ").capitalize(),
        hint=field.description or "",
        kind=_kind(field, several=several, hidden=hidden, choices=choices),
        required=field.is_required(),
        default=_default(field),
        choices=choices,
        takes_file=is_secret and not several,
    )


def _kind(field: FieldInfo, *, several: bool, hidden: bool, choices: tuple[str, ...]) -> FieldKind:
    if hidden:
        return "secrets" if several else "secret"
    if several:
        return "lines"
    if choices:
        return "choice"
    plain = _plain(field.annotation)
    if plain is bool:
        return "flag"
    return "number" if plain in (int, float) else "text"


def _plain(annotation: object) -> object:
    """Return the type behind `Annotated` and `… | None`."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return _plain(get_args(annotation)[0])
    if origin in (Union, UnionType):
        inner = [each for each in get_args(annotation) if each is not NoneType]
        return _plain(inner[0]) if len(inner) == 1 else annotation
    return annotation


def _choices(annotation: object) -> tuple[str, ...]:
    plain = _plain(annotation)
    return tuple(map(str, get_args(plain))) if get_origin(plain) is Literal else ()


def _default(field: FieldInfo) -> str:
    value = None if field.is_required() else field.get_default(call_default_factory=True)
    match value:
        case None | () | True | False:
            return ""
        case timedelta():
            return format_duration(value)
        case _ if "Secret" in type(value).__name__:
            return ""
        case _:
            return str(value)
