"""A feed document as bytes in pieces: its entries, and what stands around them.

Most entries of a document stood in the one before, byte for byte, and need not be parsed again: the rest is a document, too.
Entries are told apart without parsing, so only where that can't go wrong: they follow each other with nothing but space between,
and their name stands nowhere else, neither in a comment nor in what they carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

_FIRST = re.compile(rb"<(item|entry)[\s>]")
_DATES = re.compile(rb"<(lastBuildDate|pubDate|updated|dc:date)>[^<]*</\1>")
_AFTER_NAME = b" \t\r\n>"


class Pieces(NamedTuple):
    """A document in pieces."""

    head: bytes
    entries: tuple[bytes, ...]
    tail: bytes

    def with_entries(self, numbers: Iterable[int]) -> bytes:
        """Return the document with these of its entries alone."""
        return b"".join((self.head, *(self.entries[number] for number in numbers), self.tail))

    def around(self) -> bytes:
        """Return what the entries are read by: all that stands around them, but for the times at which the document was made."""
        return b"\0".join((_DATES.sub(b"", self.head), self.tail))


def in_pieces(document: bytes) -> Pieces | None:
    """Return the document in pieces; None where its entries can't be told apart for sure."""
    first = _FIRST.search(document)
    if first is None:
        return None
    start, end = b"<" + first[1], b"</" + first[1] + b">"
    entries = []
    at = first.start()
    while True:
        stop = document.find(end, at) + len(end)
        if stop < len(end):
            return None
        entries.append(document[at:stop])
        at = document.find(b"<", stop)
        if at < 0 or (at > stop and not document[stop:at].isspace()) or not document.startswith(start, at):
            break
        if document[at + len(start) : at + len(start) + 1] not in _AFTER_NAME:
            break
    if document.count(start) != len(entries) or document.find(end, stop) >= 0:
        return None
    return Pieces(document[: first.start()], tuple(entries), document[stop:])
