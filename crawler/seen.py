"""What a feed's last document said, as fingerprints: of the next one only what is new goes on to be stored.

Most of a document is what the last one said. To look up its entries in the database, and to carry them there, costs more than to
read them. What is remembered is held in memory only, since nothing depends on it: without it every entry is looked up.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.urls import canonical_url
from crawler.values import Entry, ParsedFeed

WHOLE_EVERY = timedelta(days=1)
"""So often the whole document is looked up nevertheless."""
MOST_BYTES = 32_000_000
"""Remembered of all feeds together; that of those that were polled last is kept."""
_SAYS, _GUID, _RECORD = 8, 12, 16
"""What is kept of an entry: 8 bytes of all that it says, to 12 of its guid, to 16 of its address."""


def sift(feed: ParsedFeed, seen: bytes) -> tuple[ParsedFeed, bytes]:
    """Gives the feed with those entries alone that the last document did not have, and what to remember of this one.

    `seen` is what this gave for the last document. Where an entry shares its guid or its address with another of either document,
    it may be an edit, or one of several that are one article: then all entries are given, since they are judged together.
    """
    before = {seen[at : at + _SAYS]: seen[at : at + _RECORD] for at in range(0, len(seen), _RECORD)}
    records: list[bytes] = []
    new: dict[bytes, Entry] = {}
    for entry in feed.entries:
        says = _says(feed.site, entry)
        record = before.get(says)
        if record is None:
            record = says + _keys(entry)
            new[record] = entry
        records.append(record)
    remembered = b"".join(records)
    if not before or _share_keys([*before.values(), *new]):
        return feed, remembered
    return replace(feed, entries=tuple(new.values())), remembered


def _says(site: str, entry: Entry) -> bytes:
    said = "\0".join((site, entry.guid, entry.url, entry.title, entry.summary, entry.content))
    return hashlib.blake2b(said.encode(errors="surrogatepass"), digest_size=_SAYS).digest()


def _keys(entry: Entry) -> bytes:
    guid = entry.guid.encode(errors="surrogatepass")
    page = canonical_url(entry.url).encode(errors="surrogatepass") if entry.url else b"\0" + guid
    return zlib.crc32(guid).to_bytes(4) + zlib.crc32(page).to_bytes(4)


def _share_keys(records: list[bytes]) -> bool:
    """Tells whether two entries have the same guid or the same address."""
    guids = {record[_SAYS:_GUID] for record in records}
    pages = {record[_GUID:] for record in records}
    return len(guids) < len(records) or len(pages) < len(records)


@dataclass(frozen=True, slots=True)
class _Remembered:
    body_hash: str
    whole_at: datetime
    seen: bytes


class SeenEntries:
    """What the feeds' last documents said."""

    def __init__(self) -> None:
        self._by_feed: OrderedDict[int, _Remembered] = OrderedDict()
        self._bytes = 0

    def recall(self, feed_id: int, body_hash: str | None, *, now: datetime) -> bytes:
        """Gives what is known of the document with this hash, the feed's last; nothing once in a day, and where it is another."""
        remembered = self._by_feed.get(feed_id)
        if (
            remembered is None
            or remembered.body_hash != body_hash
            or now - remembered.whole_at >= WHOLE_EVERY
        ):
            return b""
        return remembered.seen

    def remember(self, feed_id: int, body_hash: str, seen: bytes, *, was_whole: bool, now: datetime) -> None:
        """Keeps what is known of a document that has been stored. `was_whole`: all of its entries were looked up."""
        former = self._by_feed.get(feed_id)
        whole_at = now if was_whole or former is None else former.whole_at
        self.forget(feed_id)
        self._by_feed[feed_id] = _Remembered(body_hash, whole_at, seen)
        self._bytes += len(seen)
        while self._bytes > MOST_BYTES:
            self.forget(next(iter(self._by_feed)))

    def forget(self, feed_id: int) -> None:
        """Keeps nothing of a feed."""
        former = self._by_feed.pop(feed_id, None)
        if former is not None:
            self._bytes -= len(former.seen)
