"""Feed documents: bytes in, `ParsedFeed` out. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crawler.values import ParsedFeed


def parse_feed(body: bytes, *, url: str, content_type: str | None = None, home: str = "") -> ParsedFeed:
    """Return what the feed at `url` says; a gzipped file is unpacked. `home` is its outlet's locale ("en-GB"), for its dates.

    Raises `FeedError`, naming the URL, where it is no feed or nothing can be read.
    """
    from crawler.sources.documents.kinds import (
        parse,  # here: feedparser is loaded where feeds are read, in workers
    )

    return parse(body, url=url, content_type=content_type, home=home)
