"""What of a page tells whether its list is another: not scripts, comments and tokens, made anew for each request. Pure."""

from __future__ import annotations

import re

_BEGINS = re.compile(rb"<(?:(script|style|noscript|template|svg|iframe)|input|meta|link)\b|<!--")
_ADDRESSES = re.compile(rb"\bhref\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s>\"']+)", re.IGNORECASE)
_SHIFTING = b"\x1b$"
"""What begins Japanese text in ISO-2022-JP, where letters have the bytes of "<" and ">"."""
_WIDE = b"<\x00"
"""What tags begin with in UTF-16."""


def telling_part(body: bytes) -> bytes:
    """Return a page without what its list is never read from; the whole where that can't be told from its bytes.

    Addresses are kept wherever they stand, so that what only looks like a script hides no new link. Linear, whatever the page.
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
            kept += _ADDRESSES.findall(body, begin.start(), at)
    return b"".join((*kept, body[at:]))
