"""One article as the matcher reads it: folded, scanned, and asked where a literal stands."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from functools import cached_property
from itertools import compress
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import AhoCorasick

from alerts.matching.literals import DEFINITE, OPEN, PREFIX, Numbers, may_be_glued
from alerts.text import fold
from alerts.values import Document, Field
from storage.furniture import is_furniture

WORDS_AROUND = 6
"""How many words of a name may stand before and after an initial or honorific."""
LONGEST_RUN = 3
FIELD_GAP = 1_000
"""Words between title and text: more than any NEAR reaches."""
_CASELESS = "\u0590"
"""Letters of scripts before Hebrew have capitals."""


class Place(NamedTuple):
    """A place in the folded article, without spaces around."""

    start: int
    end: int


class Located(NamedTuple):
    """A place in the article as stored."""

    field: Field
    start: int
    end: int
    surface: str


class Cover:
    """Places, asked whether one of them holds another place."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        """The furthest end of the places up to each."""
        for start, end in sorted(places):
            self._starts.append(start)
            self._ends.append(max(end, self._ends[-1]) if self._ends else end)

    def holds(self, place: Place) -> bool:
        """Tells whether the place lies within one of these."""
        number = bisect_right(self._starts, place.start)
        return number > 0 and self._ends[number - 1] >= place.end


_NOWHERE: list[Place] = []
_NOTHING: dict[int, list[Place]] = {}


class Scope(NamedTuple):
    """A part of the article: of the title what ends by `title_end`, of the text what ends by `text_end`."""

    title_end: int
    text_end: int


class Reading:
    """One article, folded once, whatever number of literal sets it is scanned for."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.original = f"{document.title}\n{document.text}"
        self.folded = fold(self.original)
        self.text = self.folded.text
        self._located: dict[Place, Located] = {}

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
        """Gives the scope of the first words of the title and of the text."""
        title_words = bisect_left(self.spaces, self.text_start)
        ends = [min(number, len(self.spaces) - 1) for number in (count, title_words + count)]
        return Scope(
            min(self.spaces[ends[0]], self.text_start), self.spaces[ends[1]] if ends[1] else self.text_start
        )

    def inside(self, place: Place, scope: Scope) -> bool:
        """Tells whether a place is in a part of the article."""
        return place.end <= scope.title_end or (
            place.start >= self.text_start and place.end <= scope.text_end
        )

    @cached_property
    def spaces(self) -> Sequence[int]:
        """The places of the spaces, one before each word and one at the end."""
        return self.folded.spaces()

    def words(self, place: Place) -> tuple[int, int]:
        """Gives the numbers of a place's first and last word. Those of the text are far from those of the title."""
        gap = FIELD_GAP if place.start >= self.text_start else 0
        return bisect_right(self.spaces, place.start) + gap, bisect_right(self.spaces, place.end - 1) + gap

    def field(self, place: Place) -> Field:
        """Gives the field that a place is in."""
        return "title" if place.start < self.text_start else "text"

    def located(self, place: Place) -> Located:
        """Gives where a place stands in the article as stored, and its words there."""
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
        """Gives a place's words as stored."""
        return self.located(place).surface

    def counts(self, place: Place) -> bool:
        """Tells whether something can stand at a place: within one paragraph, and that is the article's prose."""
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
    def prose_ends(self) -> Mapping[int, int]:
        """Where the prose of a line ends, by the line's number: with the line, or before it begins."""
        return _ProseEnds(self)


class _ProseEnds(dict[int, int]):
    """Judges a line when it is first asked for."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._originals = reading.original.split("\n")

    def __missing__(self, line: int) -> int:
        reading, lines = self._reading, self._reading.lines
        in_title = not line or lines[line - 1] < reading.text_start
        if not in_title and is_furniture(self._originals[line]):
            end = 0
        else:
            end = lines[line] if line < len(lines) else len(reading.text)
        self[line] = end
        return end


NAME: Final = 1
TRIGGER: Final = 2
HONORIFIC: Final = 4
SURNAME: Final = 8


class Scanner:
    """Literals, ready to be looked for. By number: what kind each is (`literals`), and what it is for (`NAME`, `TRIGGER` …)."""

    def __init__(self, automaton: AhoCorasick, kinds: bytes, uses: npt.NDArray[np.uint8]) -> None:
        self.automaton = automaton
        self.kinds = kinds
        self.uses = uses.tobytes()
        self._masks: list[npt.NDArray[np.bool_]] = []

    @contextmanager
    def mask(self, literals: Numbers) -> Iterator[npt.NDArray[np.bool_]]:
        """Gives for every literal whether it is one of these, and one `True` more at the end.

        A mask is as long as there are literals, and is used again: clearing what was set is much less than making one.
        """
        mask = self._masks.pop() if self._masks else np.zeros(len(self.kinds) + 1, np.bool_)
        mask[literals] = True
        mask[-1] = True
        try:
            yield mask
        finally:
            mask[literals] = False
            self._masks.append(mask)


class Hits:
    """Where the literals of one set stand in an article."""

    def __init__(self, reading: Reading, scanner: Scanner) -> None:
        self.reading = reading
        self._scanner = scanner
        self._kinds = scanner.kinds
        self._found: list[tuple[int, int, int]] = scanner.automaton.find_matches_as_indexes(
            reading.text, overlapping=True
        )
        self.literals = {found[0] for found in self._found}
        """The literals found."""
        self._within: dict[int, list[Place]] | None = None
        self._middle_names: dict[int, list[Place]] | None = None
        self._gathered: set[int] = set()
        self._places: dict[int, list[Place]] = {}
        self._refused: dict[int, list[tuple[Place, str]]] = {}

    @cached_property
    def _uses(self) -> dict[int, int]:
        """What those literals are for that are looked for by themselves, and not only to judge others."""
        uses = self._scanner.uses
        used = compress(self.literals, map(uses.__getitem__, self.literals))
        return {literal: uses[literal] for literal in used}

    def used_for(self, use: int) -> list[int]:
        """Gives the literals found that are for this."""
        return [literal for literal, uses in self._uses.items() if uses & use]

    def gather(self, literals: Set[int]) -> None:
        """Looks up where these literals are, all at once, and which of the places count."""
        missing = (literals & self.literals) - self._gathered
        self._gathered |= literals
        if not missing:
            return
        kinds, places, reading = self._kinds, self._places, self.reading
        lines, prose_ends = reading.lines, reading.prose_ends
        for literal, first, last in [found for found in self._found if found[0] in missing]:
            start, end = first + 1, last - 1
            if kind := kinds[literal]:
                if kind & OPEN:
                    start = reading.text.rindex(" ", 0, first + 1) + 1
                    if not may_be_glued(reading.text[start:first], kind):
                        continue
                if kind & PREFIX:
                    end = reading.text.index(" ", last)
            place = Place(start, end)
            if end > prose_ends[bisect_right(lines, start)]:
                self._refused.setdefault(literal, []).append((place, reading.why_not(place)))
            elif literal in places:
                places[literal].append(place)
            else:
                places[literal] = [place]

    def places(self, literal: int) -> list[Place]:
        """Gives the places where a literal stands, in order."""
        if literal not in self._gathered:
            self.gather({literal})
        return self._places.get(literal, _NOWHERE)

    def refused(self, literal: int) -> list[tuple[Place, str]]:
        """Gives the places where a literal is found and doesn't count, each with the reason."""
        self.places(literal)
        return self._refused.get(literal, [])

    def _found_for(self, use: int) -> list[tuple[int, int, int]]:
        """Gives the literals for this, each with where the automaton finds it, with the spaces that it has."""
        literals = set(self.used_for(use))
        return [found for found in self._found if found[0] in literals] if literals else []

    @property
    def within(self) -> dict[int, list[Place]]:
        """Where literals stand once an initial or an honorific is left out: "Antony J. Blinken", "King Sidi Mohammed VI"."""
        if self._within is None:
            self._within = self._find_within()
        return self._within

    @property
    def middle_names(self) -> dict[int, list[Place]]:
        """Where literals stand once one capitalised word before a surname is left out: "Antony John Blinken"."""
        if self._middle_names is None:
            self._middle_names = self._find_middle_names()
        return self._middle_names

    def _find_within(self) -> dict[int, list[Place]]:
        left_out = [
            place
            for place in self.reading.folded.initials()
            if self._is_capital_before(place) and self._is_within(place, place + 1)
        ]
        marked = set(left_out)
        for literal, start, end in self._found_for(HONORIFIC):
            first = self.reading.text.rindex(" ", 0, start + 1) + 1
            if self._kinds[literal] & DEFINITE:
                first = max(first, start - 2)
            if first not in marked and self._is_within(first, end - 1):
                left_out.append(first)
                marked.add(first)
        return self._without(self._runs(sorted(left_out))) if left_out else _NOTHING

    def _find_middle_names(self) -> dict[int, list[Place]]:
        text, gaps = self.reading.text, []
        for _literal, start, _end in self._found_for(SURNAME):
            middle = text.rfind(" ", 0, start)
            if middle > 0 and self._is_name(middle + 1, start):
                gaps.append((middle + 1, start))
        return self._without(gaps, words=1) if gaps else _NOTHING

    def _is_name(self, start: int, end: int) -> bool:
        """Tells whether a word is capitalised as the ones around it are, with single spaces between."""
        text, folded = self.reading.text, self.reading.folded
        before = text.rfind(" ", 0, start - 1) + 1
        if before <= 0 or end - start < 2 or end + 1 >= len(text):
            return False
        gaps = ((start - 2, start), (end - 1, end + 1))
        return all(folded.is_capital(place) for place in (before, start, end + 1)) and all(
            folded.between(left, right) in (" ", "\u00a0") for left, right in gaps
        )

    def _is_capital_before(self, start: int) -> bool:
        before = self.reading.text.rfind(" ", 0, start - 1) + 1
        return self.reading.text[before] >= _CASELESS or self.reading.folded.is_capital(before)

    def _is_within(self, start: int, end: int) -> bool:
        """Tells whether words of a name may stand right before and after, with nothing but a dot between."""
        text, folded = self.reading.text, self.reading.folded
        if start < 2 or end + 1 >= len(text):
            return False
        if text[end + 1] < _CASELESS and not folded.is_capital(end + 1):
            return False
        gaps = ((start - 2, start), (end - 1, end + 1))
        return all(not folded.between(left, right).strip(" \u00a0.-") for left, right in gaps)

    def _runs(self, places: list[int]) -> list[tuple[int, int]]:
        """Gives the bounds of words next to each other as one: "George H. W. Bush"."""
        runs: list[tuple[int, int]] = []
        for place in places:
            end = self.reading.text.index(" ", place)
            if runs and runs[-1][1] == place - 1 and runs[-1][1] - runs[-1][0] < 2 * LONGEST_RUN:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((place, end))
        return runs

    def _without(self, gaps: list[tuple[int, int]], words: int = WORDS_AROUND) -> dict[int, list[Place]]:
        """Scans the words around each gap as if it weren't there, and gives what is found across one."""
        text, pieces, joints, at = self.reading.text, [], [], 0
        for start, end in gaps:
            left, right = start - 1, end + 1
            for _number in range(words):
                left = text.rfind(" ", 0, left)
                if left <= 0:
                    left = 0
                    break
            for _number in range(words):
                right = text.find(" ", right) + 1
                if right <= 0 or right >= len(text):
                    right = len(text)
                    break
            joint = at + start - left
            joints.append((joint, left - at, end + 1 - joint))
            pieces += [text[left:start], text[end + 1 : right], "\n"]
            at = joint + right - (end + 1) + 1
        haystack = "".join(pieces)
        starts = [joint for joint, _left, _right in joints]
        found: dict[int, list[Place]] = defaultdict(list)
        for literal, first, last in self._scanner.automaton.find_matches_as_indexes(
            haystack, overlapping=True
        ):
            number = bisect_right(starts, first + 1)
            if number == len(joints):
                continue
            joint, left, right = joints[number]
            kind = self._kinds[literal]
            start, end = first + (not kind & OPEN), last - 1
            if kind & PREFIX or not start < joint < end:
                continue
            if kind & OPEN:
                start = haystack.rindex(" ", 0, first + 1) + 1
                if not may_be_glued(haystack[start:first], kind):
                    continue
            place = Place(start + left, end + right)
            if self.reading.counts(place):
                found[literal].append(place)
        return dict(found)
