"""Where literals stand in an article: found by one scan, judged where somebody asks."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Set

from alerts.matching.literals import DEFINITE, OPEN, PREFIX, may_be_glued
from alerts.matching.reading import Reading
from alerts.matching.scanner import HONORIFIC, SURNAME, Hit, Scanner
from alerts.text.places import Place

WORDS_AROUND = 6
"""How many words of a name may stand before and after an initial or honorific."""
LONGEST_RUN = 3
_CASELESS = "\u0590"
"""Letters of scripts before Hebrew have capitals."""
_NOWHERE: list[Place] = []
_NOTHING: dict[int, list[Place]] = {}


_APOSTROPHES = tuple((sign, re.compile(f"{sign}(?=[^\\W\\d_]{{2}})(?!(?:ll|re|ve)\\b)")) for sign in "'’ʼ")
_HYPHEN = re.compile("[-‐\u00ad]\\n(?=[^\\W\\d_])")
_NUMBER_SIGN = re.compile("[Nn](?:[or]|[º°])[.º°]*\\s(?=\\d)")
_NUMBER_AFTER = re.compile(" (?<=n[or] )[0-9]")
"""What a number sign in letters leaves in the folded text: it begins with a space, which is quickly looked for."""
_HANDLES = tuple((sign, re.compile(f"{sign}[A-Za-z]+")) for sign in "@#")
"""What is read otherwise, too: Shi'ite, Bou-/rita at a line's end, Resolution No. 2254, @EmmanuelMacron.

What each begins with is looked for first: most articles have none, and a search for one sign costs next to nothing.
"""
_ELISIONS = frozenset(
    ("qu", "dell", "nell", "sull", "dall", "all", "un", "jusqu", "lorsqu", "puisqu", "quelqu")
)
_INNER_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class Hits:
    """Where the literals of one set stand in an article."""

    def __init__(self, reading: Reading, scanner: Scanner) -> None:
        self.reading = reading
        self._scanner = scanner
        self._kinds = scanner.kinds
        self.found = scanner.sorted_by_use(scanner.scan(reading.text))
        self._within: dict[int, list[Place]] | None = None
        self._middle_names: dict[int, list[Place]] | None = None
        self._gathered: set[int] = set()
        self._places: dict[int, list[Place]] = {}
        self._refused: dict[int, list[tuple[Place, str]]] = {}
        self._respelt: dict[int, list[Place]] | None = None
        self.inflected: dict[int, list[tuple[Place, str]]] | None = None
        """By row of a name, where it stands in another form; found when first asked for."""

    def gather(self, literals: Set[int]) -> None:
        """Look up where these literals are, all at once, and which of the places count."""
        missing = literals - self._gathered
        if not missing:
            return
        self._gathered |= missing
        kinds, places, text = self._kinds, self._places, self.reading.text
        line_start = line_end = prose_end = 0
        new = tuple.__new__  # a third of what `Place(start, end)` costs, and there may be hundreds
        for literal, first, last in self.found.of(missing):
            start, end = first + 1, last - 1
            if kind := kinds[literal]:
                if kind & OPEN:
                    start = text.rindex(" ", 0, first + 1) + 1
                    if not may_be_glued(text[start:first], kind):
                        continue
                if kind & PREFIX:
                    end = text.index(" ", last)
            place = new(Place, (start, end))
            if not line_start <= start < line_end:
                line_start, line_end, prose_end = self.reading.line_bounds(start)
            if end > prose_end:
                self._refused.setdefault(literal, []).append((place, self.reading.why_not(place)))
            elif literal in places:
                places[literal].append(place)
            else:
                places[literal] = [place]

    def places(self, literal: int) -> list[Place]:
        """Return the places where a literal stands, in order."""
        if literal not in self._gathered:
            self.gather({literal})
        return self._places.get(literal, _NOWHERE)

    def refused(self, literal: int) -> list[tuple[Place, str]]:
        """Return the places where a literal is found and doesn't count, each with the reason."""
        self.places(literal)
        return self._refused.get(literal, [])

    def _found_for(self, use: int) -> Iterable[Hit]:
        literals = self.found.used_for(use)
        return self.found.of(set(literals)) if literals else ()

    @property
    def within(self) -> dict[int, list[Place]]:
        """Where literals stand without an initial, an honorific or a patronymic: "Antony J. Blinken", "King Sidi Mohammed VI"."""
        if self._within is None:
            self._within = self._find_within()
        return self._within

    @property
    def middle_names(self) -> dict[int, list[Place]]:
        """Where literals stand once one capitalised word before a surname is left out: "Antony John Blinken"."""
        if self._middle_names is None:
            self._middle_names = self._find_middle_names()
        return self._middle_names

    @property
    def respelt(self) -> dict[int, list[Place]]:
        """Where literals stand once words are joined over an apostrophe or a line's end, or parted at inner capitals."""
        if self._respelt is None:
            self._respelt = self._find_respelt()
        return self._respelt

    def _find_respelt(self) -> dict[int, list[Place]]:
        folded, original = self.reading.folded, self.reading.original
        gaps: list[tuple[int, int]] = []
        found: dict[int, list[Place]] = defaultdict(list)
        joints = [joint for sign, joint in _APOSTROPHES if sign in original]
        if folded.has_hyphen_at_line_end():
            joints.append(_HYPHEN)
        for joint in joints:
            for match in joint.finditer(original):
                at = int(folded.origin.searchsorted(match.end() + 1))
                if at and self.reading.text[at - 1] == " " and self._is_long_before(at - 1):
                    gaps.append((at - 1, at - 1))
        if self._scanner.has_numbers and self._may_have_number_sign():
            for match in _NUMBER_SIGN.finditer(original):
                at = int(folded.origin.searchsorted(match.end() + 1))
                before = self.reading.text.rfind(" ", 0, at - 1)
                if before > 0:
                    gaps.append((before + 1, at - 1))
        for sign, handle in _HANDLES:
            if sign in original:
                for match in handle.finditer(original):
                    self._scan_handle(match, found)
        if not gaps:
            return found
        gaps.sort()
        for literal, places in self._without(gaps, over_lines=True).items():
            found[literal] += places
        return found

    def _may_have_number_sign(self) -> bool:
        """Return whether looking for number signs, which takes long, is worth it."""
        original = self.reading.original
        return "º" in original or "°" in original or _NUMBER_AFTER.search(self.reading.text) is not None

    def _is_long_before(self, space: int) -> bool:
        """Return whether the word before a space has two letters, and is no elision (qu', dell')."""
        word = self.reading.text[self.reading.text.rfind(" ", 0, space) + 1 : space]
        return word.isdigit() or (len(word) > 1 and word not in _ELISIONS)

    def _scan_handle(self, match: re.Match[str], found: dict[int, list[Place]]) -> None:
        """Look for literals among the words of "@EmmanuelMacron", parted at their capitals."""
        handle = match[0]
        if handle.islower():
            if (literal := self._scanner.joined(handle[1:])) is not None:
                start = self._start_of(match)
                place = Place(start, start + len(handle) - 1)
                if self.reading.text[place.end] == " " and self.reading.counts(place):
                    found[literal].append(place)
            return
        parts = _INNER_WORD.findall(handle)
        if len(parts) < 2:
            return
        words = " ".join(parts).lower()
        for literal, first, last in self._scanner.scan(f" {words} "):
            if self._kinds[literal] & (PREFIX | OPEN) or " " not in words[first : last - 2]:
                continue
            start = self._start_of(match)
            begin, end = (at - words[:at].count(" ") for at in (first, last - 2))
            place = Place(start + begin, start + end)
            if self.reading.counts(place):
                found[literal].append(place)

    def _start_of(self, handle: re.Match[str]) -> int:
        """Return where the first letter of a handle stands."""
        return int(self.reading.folded.origin.searchsorted(handle.start() + 2))

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
        left_out += [
            start
            for start, end in self.reading.patronymics
            if start not in marked and self._is_capital_before(start) and self._is_within(start, end)
        ]
        return self._without(self._runs(sorted(left_out))) if left_out else _NOTHING

    def _find_middle_names(self) -> dict[int, list[Place]]:
        text, gaps = self.reading.text, []
        for _literal, start, _end in self._found_for(SURNAME):
            middle = text.rfind(" ", 0, start)
            if middle > 0 and self._is_name(middle + 1, start):
                gaps.append((middle + 1, start))
        return self._without(gaps, words=1) if gaps else _NOTHING

    def _is_name(self, start: int, end: int) -> bool:
        """Return whether a word is capitalised as the ones around it are, with single spaces between."""
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
        """Return whether words of a name may stand right before and after, with nothing but a dot between."""
        text, folded = self.reading.text, self.reading.folded
        if start < 2 or end + 1 >= len(text):
            return False
        if text[end + 1] < _CASELESS and not folded.is_capital(end + 1):
            return False
        gaps = ((start - 2, start), (end - 1, end + 1))
        return all(not folded.between(left, right).strip(" \u00a0.-") for left, right in gaps)

    def _runs(self, places: list[int]) -> list[tuple[int, int]]:
        """Return the bounds of words next to each other as one: "George H. W. Bush"."""
        runs: list[tuple[int, int]] = []
        for place in places:
            end = self.reading.text.index(" ", place)
            if runs and runs[-1][1] == place - 1 and runs[-1][1] - runs[-1][0] < 2 * LONGEST_RUN:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((place, end))
        return runs

    def _without(
        self, gaps: list[tuple[int, int]], words: int = WORDS_AROUND, *, over_lines: bool = False
    ) -> dict[int, list[Place]]:
        """Scan the words around each gap as if it weren't there, and gives what is found across one."""
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
        for literal, first, last in self._scanner.scan(haystack):
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
            if self.reading.counts(place) or (
                over_lines and self.reading.counts(Place(start + left, joint + left))
            ):
                found[literal].append(place)
        return dict(found)
