"""One article as the matcher reads it: folded, scanned, and asked where a literal stands."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from alerts.matching.literals import DEFINITE, HONORIFIC, OPEN, PREFIX, SURNAME, may_be_glued
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

    @cached_property
    def text_start(self) -> int:
        """Where the text begins, after the title."""
        return bisect_left(self.folded.origin, len(self.document.title) + 1)

    @cached_property
    def lead_end(self) -> int:
        """Where the text's first paragraph of prose ends."""
        for line, start in enumerate(self._line_starts):
            end = self.original.find("\n", start)
            if end < 0:
                break
            if end > start and not self._is_furniture(line):
                return bisect_left(self.folded.origin, end + 1)
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
    def spaces(self) -> list[int]:
        """The places of the spaces, one before each word and one at the end."""
        found: list[int] = self.folded.spaces().tolist()
        return found

    def words(self, place: Place) -> tuple[int, int]:
        """Gives the numbers of a place's first and last word. Those of the text are far from those of the title."""
        gap = FIELD_GAP if place.start >= self.text_start else 0
        return bisect_right(self.spaces, place.start) + gap, bisect_right(self.spaces, place.end - 1) + gap

    def field(self, place: Place) -> Field:
        """Gives the field that a place is in."""
        return "title" if place.start < self.text_start else "text"

    def span(self, place: Place) -> tuple[int, int]:
        """Gives a place's bounds in its field as stored."""
        start, end = self.folded.span(place.start, place.end)
        offset = 0 if place.start < self.text_start else len(self.document.title) + 1
        return start - offset, end - offset

    def surface(self, place: Place) -> str:
        """Gives a place's words as stored."""
        start, end = self.folded.span(place.start, place.end)
        return self.original[start:end]

    def why_not(self, place: Place) -> str | None:
        """Tells why nothing can stand at a place: it goes over two paragraphs, or is in a line that is not prose."""
        start, end = self.folded.span(place.start, place.end)
        if "\n" in self.original[start:end]:
            return "goes over two paragraphs"
        if start > len(self.document.title):
            line = bisect_right(self._line_starts, start) - 1
            if self._is_furniture(line):
                return "in a line that is not the article's prose (credit, byline, read also)"
        return None

    @cached_property
    def _line_starts(self) -> list[int]:
        starts, place = [], len(self.document.title) + 1
        while place:
            starts.append(place)
            place = self.original.find("\n", place) + 1
        return starts

    def _is_furniture(self, line: int) -> bool:
        known = self._furniture.get(line)
        if known is None:
            start = self._line_starts[line]
            end = self._line_starts[line + 1] - 1 if line + 1 < len(self._line_starts) else len(self.original)
            known = self._furniture[line] = is_furniture(self.original[start:end])
        return known

    @cached_property
    def _furniture(self) -> dict[int, bool]:
        return {}


class Hits:
    """Where the literals of one set stand in an article."""

    def __init__(self, reading: Reading, automaton: AhoCorasick, kinds: bytes) -> None:
        self.reading = reading
        self._kinds = kinds
        self._automaton = automaton
        self._found: list[tuple[int, int, int]] = automaton.find_matches_as_indexes(
            reading.text, overlapping=True
        )
        self.literals: set[int] = set(map(itemgetter(0), self._found))
        """The literals that are found, wherever."""
        self._places: dict[int, list[Place]] = {}
        self._refused: dict[int, list[tuple[Place, str]]] = {}

    @cached_property
    def raw(self) -> dict[int, list[tuple[int, int]]]:
        """Where the automaton finds each literal, with the spaces that the literal has."""
        raw: dict[int, list[tuple[int, int]]] = {}
        for literal, start, end in self._found:
            if literal in raw:
                raw[literal].append((start, end))
            else:
                raw[literal] = [(start, end)]
        return raw

    def places(self, literal: int) -> list[Place]:
        """Gives the places where a literal stands, in order."""
        known = self._places.get(literal)
        if known is None:
            self._judge(literal)
            known = self._places[literal]
        return known

    def refused(self, literal: int) -> list[tuple[Place, str]]:
        """Gives the places where a literal is found and doesn't count, each with the reason."""
        self.places(literal)
        return self._refused.get(literal, [])

    def _judge(self, literal: int) -> None:
        kind, text, reading = self._kinds[literal] if literal >= 0 else 0, self.reading.text, self.reading
        kept: list[Place] = []
        for found, found_end in self.raw.get(literal, ()):
            start, end = found + 1, found_end - 1
            if kind & OPEN:
                start = text.rindex(" ", 0, found + 1) + 1
                if not may_be_glued(text[start:found], kind):
                    continue
            if kind & PREFIX:
                end = text.index(" ", found_end)
            place = Place(start, end)
            why_not = reading.why_not(place)
            if why_not is None:
                kept.append(place)
            else:
                self._refused.setdefault(literal, []).append((place, why_not))
        self._places[literal] = kept

    @cached_property
    def within(self) -> dict[int, list[Place]]:
        """Where literals stand once an initial or an honorific is left out: "Antony J. Blinken", "King Sidi Mohammed VI"."""
        left_out = [
            place
            for place in self.reading.folded.initials()
            if self._is_capital_before(place) and self._is_within(place, place + 1)
        ]
        marked = set(left_out)
        for literal in self._of_kind(HONORIFIC):
            for start, end in self.raw[literal]:
                first = self.reading.text.rindex(" ", 0, start + 1) + 1
                if self._kinds[literal] & DEFINITE:
                    first = max(first, start - 2)
                if first not in marked and self._is_within(first, end - 1):
                    left_out.append(first)
                    marked.add(first)
        return self._without(self._runs(sorted(left_out)))

    @cached_property
    def middle_names(self) -> dict[int, list[Place]]:
        """Where literals stand once one capitalised word before a surname is left out: "Antony John Blinken"."""
        text, gaps = self.reading.text, []
        for literal in self._of_kind(SURNAME):
            for start, _end in self.raw[literal]:
                middle = text.rfind(" ", 0, start)
                if middle > 0 and self._is_name(middle + 1, start):
                    gaps.append((middle + 1, start))
        return self._without(gaps, words=1)

    def _of_kind(self, kind: int) -> list[int]:
        kinds = self._kinds
        return [literal for literal in self.literals if kinds[literal] & kind]

    def _is_name(self, start: int, end: int) -> bool:
        """Tells whether a word is capitalised as the ones around it are, with single spaces between."""
        text, folded = self.reading.text, self.reading.folded
        before = text.rfind(" ", 0, start - 1) + 1
        if before <= 0 or end - start < 2 or end + 1 >= len(text):
            return False
        gaps = ((start - 2, start), (end - 1, end + 1))
        return all(folded.is_capital(place) for place in (before, start, end + 1)) and all(
            int(folded.origin[right] - folded.origin[left]) == 2
            and self.reading.original[int(folded.origin[left])] in " \u00a0"
            for left, right in gaps
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
        for left, right in ((start - 2, start), (end - 1, end + 1)):
            between = self.reading.original[int(folded.origin[left]) : int(folded.origin[right]) - 1]
            if between.strip(" \u00a0.-"):
                return False
        return True

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
        if not gaps:
            return {}
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
        for literal, first, last in self._automaton.find_matches_as_indexes(haystack, overlapping=True):
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
            if self.reading.why_not(place) is None:
                found[literal].append(place)
        return dict(found)
