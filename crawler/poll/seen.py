"""What a feed's last document said, as fingerprints: of the next one only what is new is parsed, and goes on to be stored.

Most of a document is what the last one said. To look up its entries in the database, and to carry them there, costs more than to
parse them, and to parse them more than to compare their bytes. What is remembered is held in memory only, since nothing depends
on it: without it every entry is parsed and looked up.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.sources.documents import parse_feed
from crawler.sources.documents.pieces import Pieces, in_pieces
from crawler.urls import canonical_url
from crawler.values import Entry, ParsedFeed

WHOLE_EVERY = timedelta(days=1)
"""So often the whole document is looked up nevertheless."""
MOST_BYTES = 48_000_000
"""Remembered of all feeds together; that of those that were polled last is kept."""
_AROUND = 16
"""What is kept of a document: 16 bytes of what stands around its entries, zeros where it does not come in pieces."""
_SAYS, _GUID, _KEYS, _RECORD = 8, 12, 16, 24
"""What is kept of an entry: 8 bytes of all that it says, to 12 of its guid, to 16 of its address, to 24 of its piece."""
_WHOLE = bytes(_AROUND)
_NO_PIECE = bytes(_RECORD - _KEYS)


Parse = Callable[[bytes], ParsedFeed]
"""Reads a whole document; raises `FeedError`."""


def read_new(
    body: bytes,
    *,
    url: str,
    content_type: str | None,
    seen: bytes = b"",
    parse: Parse | None = None,
    home: str = "",
) -> ParsedFeed:
    """Parse a document, and return it with those entries alone that the last one did not have.

    `seen` is what stood in the last one's `seen`; pieces of a feed that it had are not parsed at all. With `parse`, the document
    is not a feed but what that reads. `home` is the outlet's locale. Where an entry shares its guid or its address with another
    of either document, it may be an edit, or one of several that are one article: then all entries are given, since they are
    judged together. An address that one guid gave up and another takes over within a day is judged without the first: what stands
    there is an edit of the article that had the address. Raises `FeedError`.
    """
    pieces = in_pieces(body) if parse is None else None
    marks = [_digest(piece, _RECORD - _KEYS) for piece in pieces.entries] if pieces is not None else []
    around = _WHOLE
    if pieces is not None:
        around = _digest(
            b"\0".join((url.encode(errors="surrogatepass"), repr(content_type).encode(), pieces.around())),
            _AROUND,
        )
        if around == seen[:_AROUND]:
            rest = _read_rest(pieces, marks, url=url, content_type=content_type, seen=seen, home=home)
            if rest is not None:
                return rest
    feed = parse_feed(body, url=url, content_type=content_type, home=home) if parse is None else parse(body)
    if feed.problem is not None or len(marks) != len(feed.entries):
        around, marks = _WHOLE, []
    entries, records = _sift(feed, seen, marks)
    return _new(feed, feed.entries if entries is None else entries, len(feed.entries), around, records)


def _read_rest(
    pieces: Pieces, marks: Sequence[bytes], *, url: str, content_type: str | None, seen: bytes, home: str
) -> ParsedFeed | None:
    """Parse the pieces that the last document had not; None where the whole must be parsed."""
    before = {record[_KEYS:]: record for record in _records(seen)}
    if len(set(marks)) < len(marks):
        return None
    unread = [number for number, mark in enumerate(marks) if mark not in before] or [0]
    from crawler.sources.documents.arbiter import parse_surely  # here: only workers need it

    feed = parse_surely(pieces.with_entries(unread), url=url, content_type=content_type, home=home)
    if feed is None or len(feed.entries) != len(unread):
        return None
    entries, records = _sift(feed, seen, [marks[number] for number in unread])
    if entries is None:
        return None
    read = dict(zip(unread, records, strict=True))
    remembered = [read.get(number) or before[mark] for number, mark in enumerate(marks)]
    return _new(feed, entries, len(marks), seen[:_AROUND], remembered)


def _new(
    feed: ParsedFeed, entries: tuple[Entry, ...], total: int, around: bytes, records: Sequence[bytes]
) -> ParsedFeed:
    return replace(feed, entries=entries, total=total, seen=b"".join((around, *records)))


def _sift(
    feed: ParsedFeed, seen: bytes, marks: Sequence[bytes]
) -> tuple[tuple[Entry, ...] | None, list[bytes]]:
    """Return the new entries, None where all must be judged together; and the records of all.

    `marks` tell the pieces that the entries stand in, if they do.
    """
    before = {record[:_SAYS]: record[:_KEYS] for record in _records(seen)}
    records: list[bytes] = []
    new: dict[bytes, Entry] = {}
    for entry, mark in zip(feed.entries, marks or [_NO_PIECE] * len(feed.entries), strict=True):
        says = _says(feed.site, entry)
        record = before.get(says)
        if record is None:
            record = says + _keys(entry)
            new[record] = entry
        records.append(record + mark)
    if not before or _share_keys([*before.values(), *new]):
        return None, records
    return tuple(new.values()), records


def _records(seen: bytes) -> list[bytes]:
    return [seen[at : at + _RECORD] for at in range(_AROUND, len(seen), _RECORD)]


def _says(site: str, entry: Entry) -> bytes:
    said = "\0".join((site, *(part or "" for part in entry.given)))
    return _digest(said.encode(errors="surrogatepass"), _SAYS)


def _digest(said: bytes, size: int) -> bytes:
    return hashlib.blake2b(said, digest_size=size).digest()


def _keys(entry: Entry) -> bytes:
    guid = entry.guid.encode(errors="surrogatepass")
    page = canonical_url(entry.url).encode(errors="surrogatepass") if entry.url else b"\0" + guid
    return zlib.crc32(guid).to_bytes(4) + zlib.crc32(page).to_bytes(4)


def _share_keys(records: Sequence[bytes]) -> bool:
    """Return whether two entries have the same guid or the same address."""
    guids = {record[_SAYS:_GUID] for record in records}
    pages = {record[_GUID:_KEYS] for record in records}
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
        """Return what is known of the document with this hash, the feed's last; nothing once in a day, where it is another."""
        remembered = self._by_feed.get(feed_id)
        if (
            remembered is None
            or remembered.body_hash != body_hash
            or now - remembered.whole_at >= WHOLE_EVERY
        ):
            return b""
        return remembered.seen

    def remember(self, feed_id: int, body_hash: str, seen: bytes, *, was_whole: bool, now: datetime) -> None:
        """Keep what is known of a document that has been stored. `was_whole`: all of its entries were looked up."""
        former = self._by_feed.get(feed_id)
        whole_at = now if was_whole or former is None else former.whole_at
        self.forget(feed_id)
        self._by_feed[feed_id] = _Remembered(body_hash, whole_at, seen)
        self._bytes += len(seen)
        while self._bytes > MOST_BYTES:
            self.forget(next(iter(self._by_feed)))

    def forget(self, feed_id: int) -> None:
        """Keep nothing of a feed."""
        former = self._by_feed.pop(feed_id, None)
        if former is not None:
            self._bytes -= len(former.seen)
