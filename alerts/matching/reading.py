"""One article as the matcher reads it: folded, and told what of it is prose, title, lead."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from alerts.text import fold
from alerts.text.places import Place, Scope
from alerts.values import Document, Field
from storage.boilerplate import is_boilerplate

_WORD = re.compile(r"[^\W\d_]+")
FIELD_GAP = 1_000
"""Words between title and text: more than any NEAR reaches."""


class Located(NamedTuple):
    """A place in the article as stored."""

    field: Field
    start: int
    end: int
    surface: str


class LineAround:
    """The line that a place is in, as stored."""

    def __init__(self, text: str) -> None:
        self._text = text

    @cached_property
    def is_in_capitals(self) -> bool:
        """Whether it is written in capitals, all of its several words."""
        return self._text.isupper() and len(_WORD.findall(self._text)) > 2

    @cached_property
    def is_in_title_case(self) -> bool:
        """Whether it is a headline written With Capitals, Like This."""
        words = [word for word in _WORD.findall(self._text)[1:] if len(word) > 3]
        return len(words) >= 2 and sum(word[0].isupper() for word in words) >= 0.75 * len(words)


class Reading:
    """One article, folded once, whatever number of literal sets it is scanned for."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.original = f"{document.title}\n{document.text}"
        self.folded = fold(self.original)
        self.text = self.folded.text
        self._located: dict[Place, Located] = {}
        self._line_of: dict[int, LineAround] = {}

    @cached_property
    def text_start(self) -> int:
        """Where the text begins, after the title."""
        return int(self.folded.origin.searchsorted(len(self.document.title) + 1))

    @cached_property
    def lead_end(self) -> int:
        """Where the text's first paragraph of prose ends."""
        first = bisect_left(self.lines, self.text_start)
        for number, end in enumerate(self.lines[first + 1 :], start=first + 1):
            if self.text[self.lines[number - 1] : end].strip() and self.prose_ends[number]:
                return end
        return len(self.text)

    @cached_property
    def whole(self) -> Scope:
        """All of it."""
        return Scope(self.text_start, len(self.text))

    def first_words(self, count: int) -> Scope:
        """Return the scope of the first words of the title and of the text."""
        title_words = bisect_left(self.spaces, self.text_start)
        ends = [min(number, len(self.spaces) - 1) for number in (count, title_words + count)]
        return Scope(
            min(self.spaces[ends[0]], self.text_start), self.spaces[ends[1]] if ends[1] else self.text_start
        )

    def inside(self, place: Place, scope: Scope) -> bool:
        """Return whether a place is in a part of the article."""
        return place.end <= scope.title_end or (
            place.start >= self.text_start and place.end <= scope.text_end
        )

    @cached_property
    def spaces(self) -> Sequence[int]:
        """The places of the spaces, one before each word and one at the end."""
        return memoryview(self.folded.spaces.data)

    def words(self, place: Place) -> tuple[int, int]:
        """Return the numbers of a place's first and last word. Those of the text are far from those of the title."""
        gap = FIELD_GAP if place.start >= self.text_start else 0
        return bisect_right(self.spaces, place.start) + gap, bisect_right(self.spaces, place.end - 1) + gap

    def field(self, place: Place) -> Field:
        """Return the field that a place is in."""
        return "title" if place.start < self.text_start else "text"

    def located(self, place: Place) -> Located:
        """Return where a place stands in the article as stored, and its words there."""
        known = self._located.get(place)
        if known is None:
            start, end = self.folded.span(*place)
            offset = len(self.document.title) + 1
            known = self._located[place] = (
                Located("text", start - offset, end - offset, self.original[start:end])
                if start >= offset
                else Located("title", start, end, self.original[start:end])
            )
        return known

    def surface(self, place: Place) -> str:
        """Return a place's words as stored."""
        return self.located(place).surface

    def line(self, place: Place) -> LineAround:
        """Return the line that a place begins in."""
        number = bisect_right(self.lines, place.start)
        if (known := self._line_of.get(number)) is None:
            known = self._line_of[number] = LineAround(self.originals[number])
        return known

    def counts(self, place: Place) -> bool:
        """Return whether something can stand at a place: within one paragraph, and that is the article's prose."""
        return place.end <= self.prose_ends[bisect_right(self.lines, place.start)]

    def why_not(self, place: Place) -> str:
        """Tells why a place does not count."""
        line = bisect_right(self.lines, place.start)
        if line < len(self.lines) and place.end > self.lines[line]:
            return "goes over two paragraphs"
        return "in a line that is not the article's prose (credit, byline, read also)"

    @cached_property
    def lines(self) -> list[int]:
        """Where each line begins, the first left out: line `n` ends where `lines[n]` says."""
        return self.folded.lines()

    @cached_property
    def originals(self) -> list[str]:
        """The lines as stored, as many as `lines` has and one."""
        return self.original.split("\n")

    @cached_property
    def prose_ends(self) -> Mapping[int, int]:
        """Where the prose of a line ends, by the line's number: with the line, or before it begins."""
        return _ProseEnds(self)


class _ProseEnds(dict[int, int]):
    """Judges a line when it is first asked for."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def __missing__(self, line: int) -> int:
        reading, lines = self._reading, self._reading.lines
        in_title = not line or lines[line - 1] < reading.text_start
        if not in_title and is_boilerplate(reading.originals[line]):
            end = 0
        else:
            end = lines[line] if line < len(lines) else len(reading.text)
        self[line] = end
        return end
