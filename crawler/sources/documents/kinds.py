"""The kinds of feed documents. A new kind is one file with a `recognises` and a `parse`, and one line here."""

from __future__ import annotations

import zlib
from types import ModuleType
from typing import Protocol, cast

from crawler.errors import FeedError
from crawler.sources.documents import arbiter, atom, html_page, jsonfeed, rss, sitemap
from crawler.values import ParsedFeed


class Kind(Protocol):
    """One kind of document."""

    def recognises(self, head: bytes) -> bool:
        """Tells from the first bytes (lower case, no leading spaces or byte order mark) whether the document is of this kind."""
        ...

    def parse(self, body: bytes, *, url: str, content_type: str | None, home: str = "") -> ParsedFeed:
        """Parse a document of this kind. Raises `FeedError`."""
        ...


_MODULES: tuple[ModuleType, ...] = (rss, atom, jsonfeed, sitemap, html_page, arbiter)
"""In the order in which they are asked; the last takes what no other does."""
KINDS = cast("tuple[Kind, ...]", _MODULES)

_BYTE_ORDER_MARKS = b"\xef\xbb\xbf\xfe\xff"
HEAD_BYTES = 4096
LARGEST_BYTES = 50 * 2**20
"""What a sitemap may hold (sitemaps.org); no document grows beyond it when it is unpacked."""


def parse(body: bytes, *, url: str, content_type: str | None, home: str = "") -> ParsedFeed:
    """Return what the feed at `url` says (`crawler.sources.documents.parse_feed`)."""
    if body.startswith(b"\x1f\x8b"):
        body = _unpack(body, url)
    head = body[:HEAD_BYTES].replace(b"\x00", b"").lstrip(_BYTE_ORDER_MARKS + b" \t\r\n").lower()
    if not head:
        raise FeedError(f"{url}: the document is empty")
    kind = next((kind for kind in KINDS if kind.recognises(head)), KINDS[-1])
    return kind.parse(body, url=url, content_type=content_type, home=home)


def _unpack(body: bytes, url: str) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        document = unpacker.decompress(body, LARGEST_BYTES)
    except zlib.error as error:
        raise FeedError(f"{url}: the gzip file is broken: {error}") from error
    if not unpacker.eof and not unpacker.unconsumed_tail:
        raise FeedError(f"{url}: the gzip file is cut off")
    if unpacker.unconsumed_tail:
        raise FeedError(
            f"{url}: the gzip file holds more than {LARGEST_BYTES // 2**20} MB, too much for a feed"
        )
    return document
