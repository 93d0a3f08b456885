"""The kinds of values that keys of the settings file take: each is checked, and a mistake told with what would be right."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr

from alerts.delivery.timing import Send, parse_quiet, parse_send
from crawler.urls import host_of
from service.settings.units import parse_duration, parse_size
from storage.addresses import Network, masked
from storage.codes import country_code, language_code
from storage.engine import parse_url
from storage.errors import StorageError


def _url(text: str) -> str:
    try:
        host_of(text)
    except ValueError:
        raise ValueError(
            f"{masked(text)!r} is no web address: it must begin with https:// or http:// and name a host"
        ) from None
    return text.strip()


def _optional_url(text: str) -> str:
    return _url(text) if text else text


def _storage_url(text: str) -> str:
    try:
        parse_url(text)
    except StorageError as error:
        raise ValueError(str(error)) from None
    return text


def _network(value: object) -> Network:
    try:
        return ip_network(str(value))
    except ValueError as error:
        raise ValueError(
            f'{value!r} is no network: {error}; write it like "127.0.0.0/8" or "fd00::/8"'
        ) from None


def _listen(text: str) -> str:
    host, separator, port = text.rpartition(":")
    if not separator or not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f'{text!r} is no address to listen at: write host:port, such as "127.0.0.1:8080"')
    return text


def _mail_address(text: str) -> str:
    if not re.fullmatch(r"(?:[^<>\r\n]*<)?[^\s<>@]+@[^\s<>@]+>?", text.strip()):
        raise ValueError(
            f'{text!r} is no mail address: write it like "desk@example.org" or "Desk <desk@example.org>"'
        )
    return text.strip()


def _secret(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not text.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise ValueError(
            "no signing secret: it must be whsec_ and 24 to 64 random bytes in base64 (Standard Webhooks)"
        )
    return value


def _filled(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


def _send(value: object) -> Send:
    if isinstance(value, Send):
        return value
    return parse_send([str(part) for part in value] if isinstance(value, list | tuple) else str(value))


def _none_if_empty(value: object) -> object:
    return None if value == "" else value


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _quiet(text: str) -> str:
    parse_quiet(text)
    return text.strip()


def _page_rules(folder: str) -> str:
    if not Path(folder).is_dir():
        return folder
    from crawler.extract import HostRulesError, load_rules  # half a second: only where there are rules

    try:
        load_rules(Path(folder))
    except HostRulesError as error:
        raise ValueError(str(error)) from error
    return folder


Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
Size = Annotated[int, BeforeValidator(parse_size)]
OptionalDuration = Annotated[Duration | None, BeforeValidator(_none_if_empty)]
OptionalSize = Annotated[Size | None, BeforeValidator(_none_if_empty)]
Url = Annotated[str, AfterValidator(_url)]
OptionalUrl = Annotated[str, AfterValidator(_optional_url)]
Name = Annotated[str, AfterValidator(_filled)]
Language = Annotated[str, AfterValidator(language_code)]
StorageUrl = Annotated[str, AfterValidator(_storage_url)]
ListenAddress = Annotated[str, AfterValidator(_listen)]
AllowedNetwork = Annotated[Network, BeforeValidator(_network)]
PageRules = Annotated[str, AfterValidator(_page_rules)]
Country = Annotated[str, AfterValidator(country_code)]
MailAddress = Annotated[str, AfterValidator(_mail_address)]
SigningSecret = Annotated[SecretStr, AfterValidator(_secret)]
Sending = Annotated[Send, BeforeValidator(_send)]
QuietHours = Annotated[tuple[Annotated[str, AfterValidator(_quiet)], ...], BeforeValidator(_several)]


class Table(BaseModel):
    """A table of the file: a key that it does not know is a mistake."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True
    )
