"""What settings are made of: a table whose every mistake is named, and the kinds of values that its keys take.

On the ground floor because every floor has plugins that bring keys of their own. Part of the surface that plugins may rely on
(docs/plugins.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from storage.addresses import Network, masked
from storage.language import _
from storage.suggest import did_you_mean
from storage.units import parse_duration, parse_size


class CheckedTable(BaseModel):
    """Names an unknown key with the one that was probably meant, and what is wrong with the table as a whole.

    pydantic runs a model's own validators only once every key is good; `mistakes` is asked in any case, so that all is said at
    once.
    """

    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say what is wrong with the table as a whole. `data` is what was given: no key of it has been checked."""
        yield from ()

    @classmethod
    def _keys(cls) -> list[str]:
        """Return the keys as users write them."""
        return [field.alias or name for name, field in cls.model_fields.items()]

    @model_validator(mode="wrap")
    @classmethod
    def _check(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        table = None
        problems: list[InitErrorDetails] = []
        try:
            table = handler(data)
        except ValidationError as error:
            for details in error.errors(include_url=False, include_input=False):
                kind, words, place = details["type"], details["msg"], details["loc"]
                if kind == "extra_forbidden" and len(place) == 1:
                    kind = "unknown_key"
                    words = _("unknown key{keys}", keys=did_you_mean(str(place[0]), cls._keys()))
                problems.append(_problem(kind, words, place, details.get("ctx", {})))
        if isinstance(data, Mapping):
            problems += [_problem("table", words) for words in cls.mistakes(data)]
        if table is None or problems:
            raise ValidationError.from_exception_data(cls.__name__, problems, hide_input=True)
        return table


class Table(CheckedTable):
    """A table of the settings file: a key that it does not know is a mistake."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )


def _problem(
    kind: str, words: str, place: tuple[int | str, ...] = (), context: Mapping[str, Any] | None = None
) -> InitErrorDetails:
    said = PydanticCustomError(kind, "{message}", {**(context or {}), "message": words})
    return InitErrorDetails(type=said, loc=place, input=None)


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError(_("must not be empty"))
    return text.strip()


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text.strip())
        is_good = parts.scheme.lower() in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
    if not is_good:
        raise ValueError(
            _(
                "{masked!r} is not a web address: it must begin with https:// or http:// and name a host",
                masked=masked(text),
            )
        )
    return text.strip()


def _mail_address(text: str) -> str:
    if not re.fullmatch(r"(?:[^<>\r\n]*<)?[^\s<>@]+@[^\s<>@]+>?", text.strip()):
        raise ValueError(
            _(
                '{text!r} is not an email address: write it like "desk@example.org" or "Desk <desk@example.org>"',
                text=text,
            )
        )
    return text.strip()


def _network(value: object) -> Network:
    try:
        return ip_network(str(value))
    except ValueError as error:
        raise ValueError(
            _(
                '{value!r} is not a network: {error}; write it like "127.0.0.0/8" or "fd00::/8"',
                value=value,
                error=error,
            )
        ) from None


Name = Annotated[str, AfterValidator(_filled)]
"""Text that is not empty."""
Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
"""`"15m"`, `"1h30m"`, `"500ms"`."""
OptionalDuration = Annotated[Duration | None, BeforeValidator(_none_if_empty)]
Size = Annotated[int, BeforeValidator(parse_size)]
"""`"10MB"`, `"500kB"`: bytes."""
OptionalSize = Annotated[Size | None, BeforeValidator(_none_if_empty)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
"""An http or https URL."""
MailAddress = Annotated[str, AfterValidator(_mail_address)]
"""`"desk@example.org"` or `"Desk <desk@example.org>"`."""
AllowedNetwork = Annotated[Network, BeforeValidator(_network)]
"""`"127.0.0.0/8"`."""
