"""What an outlet puts around its news, learned: "… | The Gazette", "From our newsroom in …", "Published on 3 March". Pure.

A part of a title, or of a text's edge, that stood on three of an outlet's last articles tells no event: articles are compared
without it. Short kickers ("Kenya: …") are `framing`'s: they say where. An article is remembered by its parts, each as a number of
64 bits; an article with the same title again teaches nothing.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from alerts.stories.framing import kicker_end
from alerts.text import fold_words
from storage.number_sets import number_of, pack, unpack

LEAST_ARTICLES = 3
REMEMBERED = 40
"""The articles among which a part must come again."""
_EDGE = 240
"""Of a text, parts within so many characters of either end are looked at."""
_FEWEST_WORDS = 3
"""Of a part of a text: shorter ones may be a title or a name."""
_IN_TITLE = re.compile(r"\s+[|»«·•/]\s+|\s+[-–—]{1,2}\s+|:\s+|(?<=[\])])\s+")
_IN_TEXT = re.compile(
    r"\s*\n\s*|\s+(?:--|[–—|])\s+|:\s+|(?<=\w{3}[.!?…؟۔])[\"'”’»)]*\s+|(?<=[。！？])|(?<=[\])])\s+"
)
_DIGITS = re.compile(r"\d+")

Outlet = TypeVar("Outlet", bound=Hashable)


class OutletFrames(Generic[Outlet]):
    """The frames of some outlets; `recent` is what was learned of each before (`learned`)."""

    def __init__(self, recent: Mapping[Outlet, bytes] | None = None) -> None:
        self._recent = recent or {}
        self._memories: dict[Outlet, _Memory] = {}
        self._changed: set[Outlet] = set()

    def without(self, outlet: Outlet, title: str, text: str, *, is_new: bool = True) -> tuple[str, str]:
        """Return title and text without the outlet's frame; an article that `is_new` is learned from first."""
        memory = self._memories.get(outlet)
        if memory is None:
            memory = self._memories[outlet] = _Memory(unpack(self._recent.get(outlet, b"")))
        in_title = _parts(title, _IN_TITLE, kicker_end(title))
        titles = [(start, end, _title_number(title[start:end])) for start, end in in_title]
        texts = [(start, end, _text_number(text[start:end])) for start, end in _edges(text)]
        own = {number for _start, _end, number in titles}
        if is_new and own and not any(own <= article for article in memory.articles):
            memory.add(frozenset(own | {number for _start, _end, number in texts if number}))
            self._changed.add(outlet)
        return _without(title, titles, memory.times), _without(text, texts, memory.times)

    def learned(self) -> dict[Outlet, bytes]:
        """Return what is to be remembered of each outlet that something was learned of."""
        return {outlet: pack(self._memories[outlet].articles) for outlet in self._changed}


class _Memory:
    """The parts of an outlet's last articles, and in how many of them each stood."""

    def __init__(self, articles: Sequence[frozenset[int]]) -> None:
        self.articles = deque(articles)
        self.times = Counter(number for article in articles for number in article)

    def add(self, article: frozenset[int]) -> None:
        self.articles.append(article)
        self.times.update(article)
        if len(self.articles) > REMEMBERED:
            self.times.subtract(self.articles.popleft())


def _without(text: str, parts: list[tuple[int, int, int]], times: Counter[int]) -> str:
    """Take the parts of the frame off both ends. What is frame altogether stays."""
    kept = [times[number] < LEAST_ARTICLES for _start, _end, number in parts]
    if all(kept) or not any(kept):
        return text
    first, last = kept.index(True), len(kept) - 1 - kept[::-1].index(True)
    begins = parts[first][0] if first else 0
    ends = parts[last][1] if last < len(parts) - 1 else len(text)
    return text[begins:ends]


def _edges(text: str) -> list[tuple[int, int]]:
    """Return where the parts at both ends of a text stand, and as one part what is between."""
    if len(text) <= 2 * _EDGE:
        return _parts(text, _IN_TEXT)
    head = _parts(text[:_EDGE], _IN_TEXT)[:-1]
    tail = [
        (start + len(text) - _EDGE, end + len(text) - _EDGE) for start, end in _parts(text[-_EDGE:], _IN_TEXT)
    ]
    between = head[-1][1] if head else 0
    return [*head, (between, tail[0][1]), *tail[1:]]


def _parts(text: str, between: re.Pattern[str], begin: int = 0) -> list[tuple[int, int]]:
    """Return where the parts of a text begin and end; none is empty, and none ends before `begin`."""
    found, start = [], 0
    for match in between.finditer(text, begin):
        found.append((start, match.start()))
        start = match.end()
    return [(start, end) for start, end in [*found, (start, len(text))] if text[start:end].strip()]


def _title_number(part: str) -> int:
    """Return a part as a number: whatever its case, marks and digits ("Updated 10:35")."""
    return number_of(_DIGITS.sub("0", fold_words(part)))


def _text_number(part: str) -> int:
    """Return the same of a part of a text; 0 where it is too short or too long to be a frame."""
    return _title_number(part) if len(part) <= _EDGE and len(part.split()) >= _FEWEST_WORDS else 0
