"""What runs in the pool's workers."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crawler.extract import HostRules, extract_page
from crawler.feeds import parse_feed
from crawler.identity import FoundEntry, prepare
from crawler.values import ExtractedPage, ParsedFeed


@dataclass(frozen=True, slots=True)
class ReadFeed:
    """A parsed feed, and its entries made ready for storing."""

    feed: ParsedFeed
    """Without its entries."""
    found: tuple[FoundEntry, ...]


def read_feed(body: bytes, url: str, content_type: str | None) -> ReadFeed:
    """Parses a feed and prepares its entries. Raises `FeedError`."""
    feed = parse_feed(body, url=url, content_type=content_type)
    return ReadFeed(replace(feed, entries=()), tuple(prepare(feed)))


def read_page(
    body: bytes, url: str, content_type: str | None, rules: HostRules | None = None
) -> ExtractedPage:
    """Extracts a page, by the rules of its host if it has any. Raises `ExtractionError`."""
    return extract_page(body, url=url, content_type=content_type, rules=rules)
