"""The sentence around a place in a text: what an alert shows."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s+[^\sa-zà-ÿ])|[。！？؟۔]+[”」』)]*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|prof|gen|sen|gov|lt|col|hon|rev|no|nos|vs|jr|sr|inc|ltd|co|corp|art|etc|mme|mlle|mgr|sr|sra|dra|ud|uds"
    r"|ee|uu|av|núm|pág|bzw|ca|nr|approx)|\b[^\W\d_]|\b(?:[^\W\d_]\.)+[^\W\d_])$",
    re.IGNORECASE,
)
LONGEST_SENTENCE = 300
"""Characters of one that are shown."""
_LONGEST = 16
"""Characters before a full stop in which an abbreviation is looked for."""


class Sentences:
    """The sentences of a text, found once for each paragraph that is asked about, however many places are."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends: dict[int, list[int]] = {}
        """Where sentences end, by the beginning of their paragraph."""

    def around(self, start: int, end: int, max_chars: int | None = None) -> tuple[int, int]:
        """Return the bounds of the sentence that holds `text[start:end]`.

        It never crosses a paragraph; one longer than `max_chars` is cut at words around the place, which itself is always whole.
        """
        text = self._text
        begins = text.rfind("\n", 0, start) + 1
        ends = self._ends_of(begins)
        before = bisect_right(ends, start)
        first = ends[before - 1] if before else begins
        if ends[-1] < end:  # the place goes on in another paragraph
            ends = self._ends_of(text.rfind("\n", 0, end) + 1)
        last = ends[bisect_left(ends, end)]
        while first < start and text[first].isspace():
            first += 1
        while last > end and text[last - 1].isspace():
            last -= 1
        return (first, last) if max_chars is None else _cut(text, first, last, start, end, max_chars)

    def _ends_of(self, begins: int) -> list[int]:
        """Give where the sentences of the paragraph that begins there end."""
        ends = self._ends.get(begins)
        if ends is None:
            ends = self._ends[begins] = sentence_ends(self._text, begins)
        return ends


def sentence_around(text: str, start: int, end: int, max_chars: int = LONGEST_SENTENCE) -> tuple[int, int]:
    """Return the bounds of the sentence that holds `text[start:end]`; of many places of a text, ask `Sentences`."""
    return Sentences(text).around(start, end, max_chars)


def sentence_ends(text: str, begins: int) -> list[int]:
    """Return where the sentences of a paragraph end; the last of them with it."""
    last = text.find("\n", begins)
    last = len(text) if last < 0 else last
    ends = [
        match.end()
        for match in _END.finditer(text, begins, last)
        if match[0] not in ".…"
        or not _ABBREVIATION.search(text, max(begins, match.start() - _LONGEST), match.start())
    ]
    return ends if ends and ends[-1] == last else [*ends, last]


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
