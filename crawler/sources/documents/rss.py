"""RSS 0.9x, 1.0 (RDF) and 2.0."""

from __future__ import annotations

from crawler.sources.documents.arbiter import parse_either_way
from crawler.sources.documents.roots import root_name
from crawler.values import ParsedFeed


def recognises(head: bytes) -> bool:
    """Return whether the document's root is RSS's or RDF's."""
    return root_name(head) in ("rss", "rdf", "channel")


def parse(body: bytes, *, url: str, content_type: str | None, home: str = "") -> ParsedFeed:
    """Parse an RSS feed; of a broken one, what can be read. Raises `FeedError`."""
    return parse_either_way(body, url=url, content_type=content_type, home=home)
