"""What runs in the pool's workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from crawler.poll.identity import prepare
from crawler.poll.seen import read_new
from crawler.sources.base import SourceDocument, settings_of, source_of
from crawler.sources.feed import check_entries, join_sitemaps
from crawler.values import ExtractedPage, ParsedFeed

if TYPE_CHECKING:
    from crawler.extract import HostRules


@dataclass(frozen=True, slots=True)
class FetchedDocument:
    """A document that came of a poll, and what it is read by. `name` is what the feed is known by."""

    body: bytes
    url: str
    content_type: str | None
    name: str
    kind: str = "feed"
    settings: Mapping[str, Any] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict)
    sitemaps: tuple[tuple[str, bytes, str | None], ...] = ()
    """Of a sitemap index, what it names: the address, body and content type of each."""
    home: str = ""
    """The outlet's locale."""
    now: datetime | None = None


def read_document(fetched: FetchedDocument, seen: bytes = b"") -> ParsedFeed:
    """Return what a document says, its entries prepared; with `seen`, those that the last one had not. Raises `FeedError`."""
    body, url, content_type = fetched.body, fetched.url, fetched.content_type
    source = source_of(fetched.kind)
    settings = settings_of(source, fetched.name, fetched.settings)

    def read(body: bytes, url: str = url, content_type: str | None = content_type) -> ParsedFeed:
        return source.read(
            SourceDocument(body, url, content_type, settings, fetched.state, fetched.home, fetched.now)
        )

    if fetched.sitemaps:
        parts = [read(part, at, kind) for at, part, kind in fetched.sitemaps]
        any_page = bool(fetched.settings.get("match"))
        return prepare(join_sitemaps(read(body), parts, any_page=any_page), name=fetched.name)
    if fetched.kind == "feed":
        feed = read_new(body, url=url, content_type=content_type, seen=seen, home=fetched.home)
        feed = check_entries(feed, url)
    else:
        feed = read_new(body, url=url, content_type=content_type, seen=seen, parse=read)
    return prepare(feed, name=fetched.name)


def read_page(
    body: bytes,
    url: str,
    content_type: str | None,
    rules: HostRules | None = None,
    now: datetime | None = None,
    home: str = "",
) -> ExtractedPage:
    """Return what a page of an outlet whose locale is `home` says, fetched `now`, by the rules of its host if it has any.

    Raises `ExtractionError`.
    """
    from crawler.extract import extract_page  # here, not above: the service itself extracts nothing

    return extract_page(body, url=url, content_type=content_type, rules=rules, now=now, home=home)
