"""Literals: what the automaton looks for. Folded words between spaces; equal ones are looked for once.

A literal in Arabic script is open on its left, for what the script glues there: which of it may stand there is judged where the
literal is found (`may_be_glued`), so that an Arabic name costs one literal and not one for each clitic.
"""

from __future__ import annotations

from array import array
from typing import Final

import numpy as np
from ahocorasick_rs import AhoCorasick

PREFIX: Final = 1
"""The last word may go on."""
OPEN: Final = 2
"""Clitics and the article may be glued to its first word."""
DEFINITE: Final = 4
"""The article must be: the literal is the word without it."""
SURNAME: Final = 8
HONORIFIC: Final = 16

HONORIFICS: Final = tuple(
    """dr sir sheikh shaikh cheikh sidi moulay hajj haj prof gen lt col maj capt rev mgr don dona lady dame lord hon jr sr
    سيدي مولاي الشيخ الدكتور السيد الامير الحاج الاستاذ المهندس اللواء الفريق العميد""".split()  # noqa: SIM905  (a list of words)
)
"""Folded titles that stand between the words of a name: "King Sidi Mohammed VI"."""

_FIRST_ARABIC, _LAST_ARABIC = "\u0621", "\u064a"
_ARTICLE = "ال"
_SHORTEST_DEFINITE = 5
"""Letters from which on a word that begins with the article's letters is taken to have it."""
_CLITICS = ("و", "ف", "ب", "ل", "ك", "وب", "ول", "وك", "فب", "فل", "فك")
"""and, so, in, to, like, and pairs of them."""
_WITH_ARTICLE = frozenset(
    # ل swallows the article's alef: ل + ال is لل; but not that of a word that only begins as if with the article: لألمانيا
    [_ARTICLE]
    + [clitic + _ARTICLE for clitic in _CLITICS]
    + [clitic + "ل" for clitic in _CLITICS if clitic.endswith("ل")]
)
_WITHOUT_ARTICLE = frozenset(["", *_CLITICS])


def may_be_glued(glued: str, kind: int) -> bool:
    """Tells whether these letters may stand right before a literal of that kind."""
    return glued in _WITH_ARTICLE or (not kind & DEFINITE and glued in _WITHOUT_ARTICLE)


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
        """Gives the number of the literal for folded words; -1 where there is no word."""
        if not folded:
            return -1
        end = "" if kind & PREFIX else " "
        if _FIRST_ARABIC <= folded[0] <= _LAST_ARABIC:
            kind |= OPEN
            first = folded.split(" ", 1)[0]
            if len(first) >= _SHORTEST_DEFINITE and first.startswith(_ARTICLE):
                kind |= DEFINITE
                folded = folded[len(_ARTICLE) :]
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
        """Gives what the automaton looks for under a number."""
        return self._patterns[number]

    def automaton(self) -> AhoCorasick:
        """Gives the automaton that finds them all."""
        return AhoCorasick(self._patterns)


class Index:
    """From a number to other numbers, in arrays: of a million numbers it takes eight megabytes."""

    def __init__(self, size: int, numbers: array[int], others: array[int]) -> None:
        """Takes pairs, as two arrays of equal length; every number is below `size`."""
        keys = np.frombuffer(numbers, np.uint32) if numbers else np.empty(0, np.uint32)
        values = np.frombuffer(others, np.uint32) if others else np.empty(0, np.uint32)
        counts = np.bincount(keys, minlength=size) if size else np.empty(0, np.intp)
        self._starts = array("I", np.concatenate(([0], np.cumsum(counts))).astype(np.uint32).tobytes())
        self._others = array("I", values[np.argsort(keys, kind="stable")].tobytes())

    def __getitem__(self, number: int) -> array[int]:
        return self._others[self._starts[number] : self._starts[number + 1]]

    def used(self) -> bytes:
        """Gives for each number one byte: 1 where it leads anywhere."""
        starts = np.frombuffer(self._starts, np.uint32)
        return bytes((starts[1:] != starts[:-1]).tobytes())


class Strings:
    """Many short texts in one piece of memory."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q", [0])

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, text: str) -> None:
        """Adds a text; its number is the count of those before it."""
        self._bytes += text.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._bytes))

    def __getitem__(self, number: int) -> str:
        start, end = self._ends[number], self._ends[number + 1]
        return self._bytes[start:end].decode("utf-8", "surrogatepass")
