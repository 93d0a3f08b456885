"""What runs in the pool's workers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from crawler.extract import HostRules, extract_page
from crawler.poll.identity import FoundEntry, prepare
from crawler.poll.seen import read_new
from crawler.values import ExtractedPage, ParsedFeed


@dataclass(frozen=True, slots=True)
class ReadFeed:
    """A parsed feed, and its entries made ready for storing."""

    feed: ParsedFeed
    """Without its entries."""
    found: tuple[FoundEntry, ...]
    """Without what the last document said too, where that was known."""
    entries: int
    """How many the document has."""
    seen: bytes
    """What to know of it when the next is read (`crawler.poll.seen`)."""


def read_feed(body: bytes, url: str, content_type: str | None, seen: bytes = b"") -> ReadFeed:
    """Parses a feed and prepares its entries; with `seen`, those that the last document had not. Raises `FeedError`."""
    new = read_new(body, url=url, content_type=content_type, seen=seen)
    return ReadFeed(replace(new.feed, entries=()), tuple(prepare(new.feed)), new.entries, new.seen)


def read_page(
    body: bytes,
    url: str,
    content_type: str | None,
    rules: HostRules | None = None,
    now: datetime | None = None,
) -> ExtractedPage:
    """Extract a page, fetched `now`, by the rules of its host if it has any. Raises `ExtractionError`."""
    return extract_page(body, url=url, content_type=content_type, rules=rules, now=now)
