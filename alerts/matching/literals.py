"""Literals: what the automaton looks for. Folded words between spaces; equal ones are looked for once.

A literal in Arabic script is open on its left, for what the script glues there: which of it may stand there is judged where the
literal is found (`may_be_glued`), so that an Arabic name costs one literal and not one for each clitic.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import AhoCorasick

from alerts.matching.name_words import name_words
from alerts.text.stems import ARTICLE

Numbers = npt.NDArray[np.integer[Any]]

PREFIX: Final = 1
"""The last word may go on."""
OPEN: Final = 2
"""Clitics and the article may be glued to its first word."""
DEFINITE: Final = 4
"""The article must be: the literal is the word without it."""
HEBREW: Final = 8
"""What is glued to its first word is Hebrew: and, that, when, in, to, from, like, the."""

HONORIFICS: Final = name_words("honorifics")
"""Folded titles that stand between the words of a name: "King Sidi Mohammed VI"."""

_FIRST_ARABIC, _LAST_ARABIC = "\u0621", "\u064a"
_SHORTEST_DEFINITE = 5
"""Letters from which on a word that begins with the article's letters is taken to have it."""
_CLITICS = ("و", "ف", "ب", "ل", "ك", "وب", "ول", "وك", "فب", "فل", "فك")
"""and, so, in, to, like, and pairs of them."""
_WITH_ARTICLE = frozenset(
    # ل swallows the article's alef: ل + ال is لل; but not that of a word that only begins as if with the article: لألمانيا
    [ARTICLE]
    + [clitic + ARTICLE for clitic in _CLITICS]
    + [clitic + "ل" for clitic in _CLITICS if clitic.endswith("ل")]
)
_FIRST_HEBREW, _LAST_HEBREW = "\u05d0", "\u05ea"
_SHORTEST_HEBREW = 3
"""Letters from which on a word takes prefixes: with shorter ones they make other words."""
_HEBREW_PREFIXES = frozenset(
    conjunction + that + preposition + article
    for conjunction in ("", "ו")
    for that in ("", "ש", "כש", "מש", "לכש")
    for preposition in ("", "ב", "ל", "מ", "כ")
    for article in ("", "ה")
)
_WITHOUT_ARTICLE = frozenset(["", *_CLITICS])


def may_be_glued(glued: str, kind: int) -> bool:
    """Return whether these letters may stand right before a literal of that kind."""
    if kind & HEBREW:
        return glued in _HEBREW_PREFIXES
    return glued in _WITH_ARTICLE or (not kind & DEFINITE and glued in _WITHOUT_ARTICLE)


def glued_before(kind: int) -> frozenset[str]:
    """Return all that may stand right before a literal of that kind: what `may_be_glued` is true of."""
    if not kind & OPEN:
        return frozenset(("",))
    if kind & HEBREW:
        return _HEBREW_PREFIXES
    return _WITH_ARTICLE if kind & DEFINITE else _WITH_ARTICLE | _WITHOUT_ARTICLE


class Literals:
    """A set of literals under construction."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._patterns: list[str] = []
        self.kinds = bytearray()
        """What each literal is, by its number."""

    def __len__(self) -> int:
        return len(self._numbers)

    def add(self, folded: str, kind: int = 0) -> int:
        """Return the number of the literal for folded words; -1 where there is no word."""
        if not folded:
            return -1
        end = "" if kind & PREFIX else " "
        if _FIRST_ARABIC <= folded[0] <= _LAST_ARABIC:
            kind |= OPEN
            first = folded.split(" ", 1)[0]
            if len(first) >= _SHORTEST_DEFINITE and first.startswith(ARTICLE):
                kind |= DEFINITE
                folded = folded[len(ARTICLE) :]
            pattern = folded + end
        elif _FIRST_HEBREW <= folded[0] <= _LAST_HEBREW and len(folded.split(" ", 1)[0]) >= _SHORTEST_HEBREW:
            kind |= OPEN | HEBREW
            pattern = folded + end
        else:
            pattern = f" {folded}{end}"
        key = f"{pattern}\0" if kind & DEFINITE else pattern
        number = self._numbers.setdefault(key, len(self._numbers))
        if number == len(self.kinds):
            self.kinds.append(kind)
            self._patterns.append(pattern)
        else:
            self.kinds[number] |= kind
        return number

    def pattern(self, number: int) -> str:
        """Return what the automaton looks for under a number."""
        return self._patterns[number]

    def patterns(self) -> list[str]:
        """Return what the automaton looks for, by number."""
        return list(self._patterns)

    def automaton(self) -> AhoCorasick:
        """Return the automaton that finds them all."""
        return AhoCorasick(self._patterns)


class Index:
    """From a number to other numbers, in arrays: of a million numbers it takes eight megabytes."""

    def __init__(self, size: int, numbers: Numbers, others: Numbers) -> None:
        """Take pairs, as two arrays of equal length; every number is below `size`."""
        counts = np.bincount(numbers, minlength=size)
        self._starts = np.concatenate(([0], np.cumsum(counts))).astype(np.uint32)
        self.others = others[np.argsort(numbers, kind="stable")].astype(np.uint32)
        self.starts = memoryview(self._starts.data)
        self._each_other = memoryview(self.others.data)

    def of(self, number: int) -> Sequence[int]:
        """Return a number's others."""
        return self._each_other[self.starts[number] : self.starts[number + 1]]

    def places(self, numbers: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Return where in `others` the numbers' own stand."""
        starts = self._starts.take(numbers).astype(np.intp)
        counts = self._starts.take(numbers + 1) - starts
        ends = counts.cumsum()
        return np.repeat(starts - ends + counts, counts) + np.arange(ends[-1] if ends.size else 0)

    def leads_anywhere(self) -> npt.NDArray[np.bool_]:
        """Tells of each number whether it has any others."""
        found: npt.NDArray[np.bool_] = self._starts[1:] != self._starts[:-1]
        return found


class Strings:
    """Many short texts in one piece of memory."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, text: str) -> None:
        """Add a text; its number is the count of those before it."""
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    def __getitem__(self, number: int) -> str:
        start, end = self._ends[number], self._ends[number + 1]
        return self._bytes[start:end].decode("utf-8", "surrogatepass")
