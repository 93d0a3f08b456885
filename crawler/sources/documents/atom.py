"""Atom 1.0 (RFC 4287) and its forerunner 0.3."""

from __future__ import annotations

from crawler.sources.documents.arbiter import parse_either_way
from crawler.sources.documents.roots import root_name
from crawler.values import ParsedFeed


def recognises(head: bytes) -> bool:
    """Return whether the document's root is Atom's."""
    return root_name(head) in ("feed", "entry")


def parse(body: bytes, *, url: str, content_type: str | None, home: str = "") -> ParsedFeed:
    """Parse an Atom feed; of a broken one, what can be read. Raises `FeedError`."""
    return parse_either_way(body, url=url, content_type=content_type, home=home)
