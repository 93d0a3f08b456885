"""The kinds of values that keys of our own tables take: each is checked, and a mistake told with what would be right.

Those that plugins need too are in `storage.setting_types`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator

from crawler.urls import host_of
from storage.addresses import masked
from storage.codes import country_code, language_code
from storage.errors import StorageError
from storage.language import _

_SQLITE_FILE = re.compile(r"sqlite:///[^?]+")


def _url(text: str) -> str:
    try:
        host_of(text)
    except ValueError:
        raise ValueError(
            _(
                "{masked!r} is not a web address: it must begin with https:// or http:// and name a host",
                masked=masked(text),
            )
        ) from None
    return text.strip()


def _optional_url(text: str) -> str:
    return _url(text) if text else text


def _storage_url(text: str) -> str:
    if _SQLITE_FILE.fullmatch(text):
        return text
    from storage.engine import parse_url  # SQLAlchemy, half a second: the workbench needs none of it

    try:
        parse_url(text)
    except StorageError as error:
        raise ValueError(str(error)) from None
    return text


def _listen(text: str) -> str:
    host, separator, port = text.rpartition(":")
    if not separator or not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(
            _('{text!r} is not an address to listen on: write host:port, such as "127.0.0.1:8080"', text=text)
        )
    return text


def _mail_domain(text: str) -> str:
    domain = text.strip().lower()
    if domain and not re.fullmatch(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*", domain):
        raise ValueError(_('{text!r} is not a domain: write it like "in.example.org"', text=text))
    return domain


def _page_rules(folder: str) -> str:
    if not Path(folder).is_dir():
        return folder
    from crawler.extract import HostRulesError, load_rules  # half a second: only where there are rules

    try:
        load_rules(Path(folder))
    except HostRulesError as error:
        raise ValueError(str(error)) from error
    return folder


Url = Annotated[str, AfterValidator(_url)]
OptionalUrl = Annotated[str, AfterValidator(_optional_url)]
Language = Annotated[str, AfterValidator(language_code)]
StorageUrl = Annotated[str, AfterValidator(_storage_url)]
ListenAddress = Annotated[str, AfterValidator(_listen)]
OptionalListenAddress = Annotated[str, AfterValidator(lambda text: _listen(text) if text else "")]
MailDomain = Annotated[str, AfterValidator(_mail_domain)]


def _scrapy_settings(table: dict[str, Any]) -> dict[str, Any]:
    if not table:
        return table
    from crawler.fetch.user_settings import (
        scrapy_problems,
    )  # half a second: only where there are such settings

    table = {name.upper(): value for name, value in table.items()}  # in the environment they may be small
    problems = list(scrapy_problems(table))
    if problems:
        raise ValueError("; ".join(problems))
    return table


ScrapySettings = Annotated[dict[str, Any], AfterValidator(_scrapy_settings)]
PageRules = Annotated[str, AfterValidator(_page_rules)]
Country = Annotated[str, AfterValidator(country_code)]
