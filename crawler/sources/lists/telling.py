"""What of a page tells whether its list is another: not scripts, comments and tokens, made anew for each request. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.sources.lists.ago import AGO, LONGEST_AGO

_BEGINS = re.compile(rb"<(?:(script|style|noscript|template|svg|iframe)|input|meta|link)\b|<!--")
_ADDRESS = re.compile(rb"\bhref\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']+)", re.IGNORECASE)
_NUMBERED = re.compile(rb">[^<>\d]{0,40}\d{1,3}(?!\d)[^<>\d]{1,60}(?=<)")
"""Texts that may say how long ago something was: no digits but those of one number."""
_SHIFTING = b"\x1b$"
"""What begins Japanese text in ISO-2022-JP, where letters have the bytes of "<" and ">"."""
_WIDE = b"<\x00"
"""What tags begin with in UTF-16."""


def telling_part(body: bytes) -> bytes:
    """Return a page without what its list is never read from; the whole where that can't be told from its bytes.

    Addresses are kept wherever they stand, so that what only looks like a script hides no new link. "3 hours ago" is left out: it
    is another text at each poll, and no new date. Linear, whatever the page.
    """
    if _SHIFTING in body or _WIDE in body:
        return body
    lower = body.lower()
    kept: list[bytes] = []
    unclosed: set[bytes] = set()
    at = 0
    for begin in _BEGINS.finditer(lower):
        close = b"</" + begin[1] if begin[1] else b"-->" if begin[0] == b"<!--" else b">"
        if begin.start() < at or close in unclosed:
            continue
        end = lower.find(close, begin.end())
        if end < 0:
            unclosed.add(close)
            continue
        kept.append(body[at : begin.start()])
        at = end + len(close)
        if lower.find(b"href", begin.start(), at) >= 0:
            kept += _addresses(body, lower, begin.start(), at)
    return _NUMBERED.sub(_without_ago, b"".join((*kept, body[at:])))


def _addresses(body: bytes, lower: bytes, start: int, end: int) -> Iterator[bytes]:
    """Yield the addresses between two places, with what stands before each."""
    while (start := lower.find(b"href", start, end)) >= 0:
        if (found := _ADDRESS.match(body, start, end)) is not None:
            yield found[0]
            start = found.end()
        else:
            start += len(b"href")


def _without_ago(said: re.Match[bytes]) -> bytes:
    """Return nothing for what says how long ago something was, which no title does; anything else as it stands."""
    text = " ".join(said[0][1:].decode(errors="replace").split())
    return b">" if len(text) <= LONGEST_AGO and AGO.search(text) else said[0]
