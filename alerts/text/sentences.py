"""The sentence around a place in a text: what an alert shows."""

from __future__ import annotations

import re

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[^\sa-zà-ÿ])|[。！？؟۔]+[”」』)]*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|prof|gen|sen|gov|lt|col|hon|rev|no|nos|vs|jr|sr|inc|ltd|co|corp|art|etc|mme|mlle|mgr|sr|sra|dra|ud|uds"
    r"|ee|uu|av|núm|pág|bzw|ca|nr|approx)|\b[^\W\d_]|\b(?:[^\W\d_]\.)+[^\W\d_])$",
    re.IGNORECASE,
)


def sentence_around(text: str, start: int, end: int, max_chars: int = 300) -> tuple[int, int]:
    """Gives the bounds of the sentence that holds `text[start:end]`.

    It never crosses a paragraph; one longer than `max_chars` is cut at words around the place, which itself is always whole.
    """
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    last = len(text) if last < 0 else last
    for match in _END.finditer(text, first, last):
        if match[0] in ".…" and _ABBREVIATION.search(text, first, match.start()):
            continue
        if match.end() <= start:
            first = match.end()
        elif match.end() >= end:
            last = match.end()
            break
    while first < start and text[first].isspace():
        first += 1
    while last > end and text[last - 1].isspace():
        last -= 1
    return _cut(text, first, last, start, end, max_chars)


def _cut(text: str, first: int, last: int, start: int, end: int, max_chars: int) -> tuple[int, int]:
    if last - first <= max_chars:
        return first, last
    room = max(0, max_chars - (end - start))
    left = min(start - first, max(room // 2, room - (last - end)))
    right = min(last - end, room - left)
    new_first, new_last = start - left, end + right
    if new_first > first:
        space = text.find(" ", new_first, start)
        new_first = space + 1 if space >= 0 else new_first
    if new_last < last:
        space = text.rfind(" ", end, new_last)
        new_last = space if space >= 0 else new_last
    return new_first, new_last
