"""What a source is: one way to have an outlet's entries. Ours and a stranger's are found in the same way (`tocsin.sources`).

A plugin is a class with `kind`, `settings` and `read`; docs/plugins.md has the smallest one. What users write of it in
`sources = [{ kind = "…", … }]` is checked by its `settings`, stored with the feed, and given back to each of its methods.

A poll goes this way: `fetch` has the document (by HTTP, politely, unless it is overridden: mail, a spider's run), and `read`
makes entries of it, in a worker process: pure, without I/O. What a source must know at its next poll it gives as the document's
`state`. A source that brings its entries by itself (a push) says `is_polled = False`, and has its documents stored by
`crawler.poll.intake`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from pydantic import ValidationError, field_validator

from crawler.spider_values import SpiderOrder, SpiderOutcome
from crawler.urls import host_of
from crawler.values import FetchRequest, ParsedFeed, Response
from storage.declared_source import StoredSource
from storage.entry_points import Installed, installed, installed_one
from storage.setting_types import Table

GROUP = "tocsin.sources"

Web = Callable[[FetchRequest], Awaitable[Response]]
"""Has an answer by HTTP: through the fetcher, its address guard, and the gate before the host. Raises `FetchError`."""

Crawl = Callable[[SpiderOrder], Awaitable[SpiderOutcome]]
"""Runs a Scrapy spider to its end, its requests as polite as all others."""


class SourceSettings(Table):
    """The keys that users write of a source beside its `kind`. Subclasses add theirs."""


class UrlSettings(SourceSettings):
    """The keys of a source that is had from one address."""

    url: str

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        try:
            host_of(url)
        except ValueError as error:
            raise ValueError(
                f"{url!r} is not a web address: it must begin with https:// or http://"
            ) from error
        return url


@dataclass(frozen=True, slots=True)
class SourceRun:
    """A poll of a source: what is known before it. Without validators the whole document is to be asked for."""

    address: str
    """Where it is polled now: what `Source.address` gave, or where that has moved to for good."""
    settings: SourceSettings
    state: Mapping[str, Any] = field(default_factory=dict)
    """What the last document gave as its `state`."""
    etag: str | None = None
    last_modified: str | None = None
    crawl: Crawl | None = None
    """Runs a Scrapy spider for the source; None where nothing is polled."""


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """What came of a poll, to be read."""

    body: bytes
    url: str
    """Where it came from, redirects followed."""
    content_type: str | None
    settings: SourceSettings
    state: Mapping[str, Any] = field(default_factory=dict)
    home: str = ""
    """The outlet's language and country as a tag ("en-GB", "ar-MA"; "" unknown), by which its dates are meant."""
    now: datetime | None = None
    """When it was had: what "3 hours ago" is seen from."""


class Source:
    """The base of every source. Subclasses set `kind` and `settings` and implement `read`; the rest has defaults."""

    kind: ClassVar[str]
    """What settings call it; equal to the entry point's name."""
    doc: ClassVar[str] = ""
    """What it reads, in one line, for `tocsin plugins` and the docs."""
    settings: ClassVar[type[SourceSettings]] = UrlSettings
    """The keys that users write of it."""
    is_polled: ClassVar[bool] = True
    """False for one that brings its entries by itself: it is never claimed for a poll."""
    accept: ClassVar[str] = "*/*"
    """What it asks for (RFC 9110 §12.5.1)."""

    is_page: ClassVar[bool] = False
    """Whether its document is a page for people, which the outlet's browser shows where it has one."""

    def address(self, settings: SourceSettings) -> str:
        """Return what the source is known by, and stored under: its URL, or a name that no other source has."""
        if not isinstance(settings, UrlSettings):
            raise NotImplementedError(f"source {self.kind!r} has no url: it must say its address")
        return settings.url

    def host(self, settings: SourceSettings) -> str:
        """Return the host that is asked, where politeness is kept."""
        return host_of(self.address(settings))

    async def fetch(self, run: SourceRun, web: Web) -> Response:
        """Return the document. Raises `FetchError`."""
        return await web(
            FetchRequest(run.address, run.etag, run.last_modified, self.accept, is_page=self.is_page)
        )

    def due_after(self, settings: SourceSettings, *, started: datetime, ended: datetime) -> datetime | None:
        """Return when it is polled next, after a poll of this time; None where that is learned from what it publishes."""
        return None

    def check(self, settings: SourceSettings) -> str:
        """Return what is wrong with it that can be found without a request, for `tocsin check`; "" where nothing is."""
        return ""

    def of_the_machine(self, settings: SourceSettings) -> str:
        """Return which of its keys name a file that is read or run: who runs the service alone may give it; "" for none."""
        return ""

    def telling(self, body: bytes, settings: SourceSettings) -> bytes:
        """Return what of a document tells whether it says something new: the same as last time, and it is not read.

        It runs in the service's loop: whatever takes longer than the reading in a worker is not worth it.
        """
        return body

    def may_change_unseen(self, state: Mapping[str, Any]) -> bool:
        """Return whether a document whose telling bytes are those of the last one may say something new nevertheless."""
        return False

    def read(self, document: SourceDocument) -> ParsedFeed:
        """Return what a document says. Runs in a worker process: no I/O. Raises `FeedError`."""
        raise NotImplementedError


class UnknownSourceError(ValueError):
    """No source of this kind is installed, or its keys are wrong; the message says what would be right."""


def declare(kind: str, keys: Mapping[str, Any]) -> StoredSource:
    """Return the source that a user declares. Raises `UnknownSourceError`, or pydantic's error for keys that are wrong."""
    source = source_of(kind)
    settings = source.settings.model_validate(dict(keys))
    stored = settings.model_dump(mode="json", exclude_defaults=True)
    return StoredSource(kind, source.address(settings), source.host(settings), stored, source.is_polled)


def source_problem(stored: StoredSource) -> str:
    """Return what is wrong with a source that can be found without a request; "" where nothing is."""
    try:
        source = source_of(stored.kind)
        return source.check(settings_of(source, stored.address, stored.settings))
    except UnknownSourceError as error:
        return str(error)


def key_of_the_machine(stored: StoredSource) -> str:
    """Return which key of a source only who runs the service may give; "" for none."""
    source = source_of(stored.kind)
    return source.of_the_machine(settings_of(source, stored.address, stored.settings))


def settings_of(source: Source, address: str, stored: Mapping[str, Any]) -> SourceSettings:
    """Return the settings of a stored source; of one that was stored before sources had any, its address.

    Raises `UnknownSourceError` where an update of the plugin has other keys.
    """
    keys = dict(stored)
    if not keys and issubclass(source.settings, UrlSettings):
        keys = {"url": address}
    try:
        return source.settings.model_validate(keys)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UnknownSourceError(
            f"source {source.kind!r}: {where}: {first['msg'].removeprefix('Value error, ')}"
        ) from error


def source_of(kind: str) -> Source:
    """Return the source of this kind. Raises `UnknownSourceError`."""
    value = installed_one(GROUP, kind, check_source)
    if not (isinstance(value, type) and issubclass(value, Source)):
        names = ", ".join(sorted(installed_sources().by_name()))
        raise UnknownSourceError(f"there is no source of kind {kind!r}; installed are: {names}")
    return value()


def installed_sources() -> Installed:
    """Return what is installed, with what failed to load."""
    return installed(GROUP, check_source)


def check_source(value: object) -> None:
    """Raise `TypeError` unless `value` is a source's class."""
    if not (isinstance(value, type) and issubclass(value, Source)):
        raise TypeError("is not a subclass of crawler.sources.base.Source")
    if not isinstance(getattr(value, "kind", None), str):
        raise TypeError("has no kind")
    if not issubclass(value.settings, SourceSettings):
        raise TypeError("has settings that are not a crawler.sources.base.SourceSettings")
