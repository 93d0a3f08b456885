"""One article as the matcher reads it: folded, and told what of it is prose, titles, leads."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Literal, NamedTuple

from alerts.matching.parts import parts_of
from alerts.text import fold
from alerts.text.patronymics import patronymics
from alerts.text.places import Place, Scope
from alerts.values import LEADS, TITLES, Document, Field
from storage.boilerplate import is_boilerplate
from storage.language import N_

_WORD = re.compile(r"[^\W\d_]+")
FIELD_GAP = 1_000
"""Words between two fields: more than any NEAR reaches."""
LATEST_LEAD = 1_000
"""Characters into the text: a lead that stands there later does not lead in to it."""


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
        self._parts = parts_of(document)
        self.original = "\n".join(part.text for part in self._parts)
        self.folded = fold(self.original)
        self.text = self.folded.text
        self._spans: dict[Place, tuple[int, int]] = {}
        self._located: dict[Place, Located] = {}
        self._line_of: dict[int, LineAround] = {}

    @cached_property
    def _offsets(self) -> list[int]:
        """Where each part begins in the original."""
        return list(accumulate((len(part.text) + 1 for part in self._parts[:-1]), initial=0))

    @cached_property
    def _starts(self) -> list[int]:
        """Where each part begins."""
        origin = self.folded.origin
        return [0, *(int(origin.searchsorted(offset)) for offset in self._offsets[1:])]

    @cached_property
    def titles_end(self) -> int:
        """Where the titles end and what stands below them begins."""
        return self._starts[
            next(number for number, part in enumerate(self._parts) if part.field not in TITLES)
        ]

    @cached_property
    def _lead_end(self) -> int:
        """Where the text's first paragraph of prose ends, or the later one in which a lead ends that the text begins with."""
        text, starts = self._parts[-1].text, self._starts
        leads = [self.document.field(field) for field in LEADS]
        inside = [
            text.find(lead, 0, LATEST_LEAD + len(lead)) + len(lead) for lead in leads if lead and lead in text
        ]
        least = int(self.folded.origin.searchsorted(self._offsets[-1] + max(inside, default=0)))
        first = bisect_left(self.lines, starts[-1])
        for number, end in enumerate(self.lines[first + 1 :], start=first + 1):
            if end >= least and self.text[self.lines[number - 1] : end].strip() and self.prose_ends[number]:
                return end
        return len(self.text)

    @cached_property
    def whole(self) -> Scope:
        """All of it."""
        return Scope((*self._starts[1:], len(self.text)))

    def scope_of(self, name: Literal["title", "text", "lead"]) -> Scope:
        """Return the scope of the titles, of all below them, or of the leads and the text's first paragraph."""
        ends = []
        for part, end in zip(self._parts, self.whole.ends, strict=True):
            is_title = part.field in TITLES
            if name == "lead" and part.field == "text":
                end = self._lead_end
            ends.append(end if is_title == (name == "title") else 0)
        return Scope(tuple(ends))

    def first_words(self, count: int) -> Scope:
        """Return the scope of the first words of each part."""
        ends = []
        for start, end in zip(self._starts, self.whole.ends, strict=True):
            last = min(bisect_left(self.spaces, start) + count, len(self.spaces) - 1)
            ends.append(min(self.spaces[last] if last else start, end))
        return Scope(tuple(ends))

    def inside(self, place: Place, scope: Scope) -> bool:
        """Return whether a place is in a stretch of the article."""
        return place.end <= scope.ends[self.part_of(place)]

    def part_of(self, place: Place) -> int:
        """Return the number of the part that a place is in: 0 is the title."""
        return bisect_right(self._starts, place.start) - 1

    def is_in_title(self, place: Place) -> bool:
        """Return whether a place is in one of the titles."""
        return place.start < self.titles_end

    @cached_property
    def spaces(self) -> Sequence[int]:
        """The places of the spaces, one before each word and one at the end."""
        return memoryview(self.folded.spaces.data)

    def words(self, place: Place) -> tuple[int, int]:
        """Return the numbers of a place's first and last word. Those of one part are far from those of another."""
        gap = FIELD_GAP * self.part_of(place)
        return bisect_right(self.spaces, place.start) + gap, bisect_right(self.spaces, place.end - 1) + gap

    def located(self, place: Place) -> Located:
        """Return where a place stands in the article as stored, and its words there."""
        known = self._located.get(place)
        if known is None:
            start, end = self.folded.span(*place)
            number = bisect_right(self._offsets, start) - 1
            offset = self._offsets[number]
            known = self._located[place] = Located(
                self._parts[number].field, start - offset, end - offset, self.original[start:end]
            )
        return known

    def span(self, place: Place) -> tuple[int, int]:
        """Return where a place stands in the original."""
        known = self._spans.get(place)
        if known is None:
            known = self._spans[place] = self.folded.span(*place)
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

    def line_bounds(self, start: int) -> tuple[int, int, int]:
        """Return where the line around a place begins and ends, and where its prose ends."""
        lines = self.lines
        number = bisect_right(lines, start)
        first = lines[number - 1] if number else 0
        return first, lines[number] if number < len(lines) else len(self.text), self.prose_ends[number]

    def why_not(self, place: Place) -> str:
        """Tells why a place does not count."""
        line = bisect_right(self.lines, place.start)
        if line < len(self.lines) and place.end > self.lines[line]:
            return N_("goes over two paragraphs")
        return N_("in a line that is not the article's prose (credit, byline, read also)")

    @cached_property
    def lines(self) -> list[int]:
        """Where each line begins, the first left out: line `n` ends where `lines[n]` says."""
        return self.folded.lines()

    @cached_property
    def originals(self) -> list[str]:
        """The lines as stored, as many as `lines` has and one."""
        return self.original.split("\n")

    @cached_property
    def patronymics(self) -> Sequence[tuple[int, int]]:
        """Where words that may be patronymics begin and end."""
        return tuple(patronymics(self.text))

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
        in_title = not line or lines[line - 1] < reading.titles_end
        if not in_title and is_boilerplate(reading.originals[line]):
            end = 0
        else:
            end = lines[line] if line < len(lines) else len(reading.text)
        self[line] = end
        return end
