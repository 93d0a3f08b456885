"""Real feeds for the polling benchmark: documents as their servers sent them, of which many feeds and new versions are made.

Each link, guid and title gets a mark that names the feed and the item, so that the feeds of one document share no article, and
each version has one item that the one before had not: at the top, while the last is dropped. All else stays as it was sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import feedparser

from benchmarks.real_data import feed_bodies
from crawler.errors import FeedError
from crawler.sources.documents import parse_feed

_MARK = b"\x00"
_ITEM = re.compile(rb"<(item|entry)[\s>].*?</\1>", re.DOTALL)
_LINKS = re.compile(rb"<(?:link|guid|id)\b[^>]*(?:/>|>.*?</(?:link|guid|id)>)", re.DOTALL)
_ADDRESS = re.compile(rb"(https?://[^/\s\"'<>\]]+)/?")
_VALUE = re.compile(rb"(<(?:guid|id)\b[^>]*>\s*(?:<!\[CDATA\[)?\s*)")
_TITLE = re.compile(rb"(<title\b[^>]*>\s*(?:<!\[CDATA\[)?)")


@dataclass(frozen=True, slots=True)
class RealFeed:
    """A document in parts; the items have marks in them."""

    head: bytes
    items: tuple[bytes, ...]
    tail: bytes

    def body(self, number: int, version: int) -> bytes:
        """Return the document of a feed, in a version."""
        count = len(self.items)
        items = (
            self.items[item % count].replace(_MARK, b"f%dn%d" % (number, item))
            for item in range(version + count - 1, version - 1, -1)
        )
        return b"".join((self.head, *items, self.tail))


def real_feeds(data: Path) -> list[RealFeed]:
    """Return the feeds whose documents can be cut into items: in most ways of writing them, they can."""
    return [feed for body in feed_bodies(data) if (feed := _cut(body)) is not None]


def usable(feeds: list[RealFeed]) -> list[int]:
    """Return the numbers of the feeds in which feedparser and we see all items, and one new one in the next version."""
    return [number for number, feed in enumerate(feeds) if _is_usable(feed)]


def _cut(body: bytes) -> RealFeed | None:
    places = list(_ITEM.finditer(body))
    if len(places) < 2 or _MARK in body:
        return None
    between = (body[one.end() : other.start()] for one, other in pairwise(places))
    if any(part.strip() for part in between):
        return None
    items = tuple(_marked(place[0]) for place in places)
    return RealFeed(body[: places[0].start()], items, body[places[-1].end() :])


def _marked(item: bytes) -> bytes:
    item = _LINKS.sub(_marked_link, item)
    return _TITLE.sub(rb"\g<1>%s: " % _MARK, item, count=1)


def _marked_link(match: re.Match[bytes]) -> bytes:
    text, count = _ADDRESS.subn(rb"\g<1>/%s/" % _MARK, match[0])
    return text if count else _VALUE.sub(rb"\g<1>%s" % _MARK, text)


def _is_usable(feed: RealFeed) -> bool:
    theirs: list[set[str]] = []
    ours: list[set[str]] = []
    for version in (0, 1):
        body = feed.body(0, version)
        entries = feedparser.parse(body).entries
        if not all(entry.get("id") and entry.get("link") and "title" in entry for entry in entries):
            return False
        theirs.append({entry.id for entry in entries})
        try:
            ours.append({entry.url for entry in parse_feed(body, url="http://a.example/").entries})
        except FeedError:
            return False
    count = len(feed.items)
    return all(len(ids[0]) == len(ids[1]) == count and len(ids[1] - ids[0]) == 1 for ids in (theirs, ours))
