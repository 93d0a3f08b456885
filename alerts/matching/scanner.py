"""The scan: which literals stand in an article. A few hits are looked through one by one, many as an array."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from itertools import compress
from operator import itemgetter
from typing import Final

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import AhoCorasick

NAME: Final = 1
TRIGGER: Final = 2
HONORIFIC: Final = 4
SURNAME: Final = 8

Hit = tuple[int, int, int]
"""A literal, and where it begins and ends, with the spaces that it has."""
_FEW: Final = 100
_DIGIT: Final = re.compile("[0-9]")


class Scanner:
    """Literals, ready to be looked for. By number: what kind each is (`literals`), and what it is for (`NAME`, `TRIGGER` …)."""

    def __init__(
        self,
        automaton: AhoCorasick,
        kinds: bytes,
        uses: npt.NDArray[np.uint8],
        patterns: Sequence[str],
    ) -> None:
        self._automaton = automaton
        self.kinds = kinds
        self.uses = uses.tobytes()
        self.array_of_uses = np.frombuffer(self.uses, np.uint8)
        self.has_numbers = any(map(_DIGIT.search, patterns))
        """Whether a number is in any of them."""
        self._masks: list[npt.NDArray[np.bool_]] = []

        several = [
            literal
            for literal, pattern in enumerate(patterns)
            if self.uses[literal] & NAME and pattern.count(" ") > 2 and pattern.isascii()
        ]
        hashes = np.fromiter(
            (hash(patterns[literal].replace(" ", "")) for literal in several), np.int64, len(several)
        )
        order = hashes.argsort(kind="stable")
        self._joined = hashes[order], np.array(several, np.uint32)[order]
        """Of each name of several words: the hash of its words without spaces, and the literal."""

    def joined(self, word: str) -> int | None:
        """Return the literal of the name whose words make this one without spaces: emmanuelmacron."""
        hashes, literals = self._joined
        at = int(hashes.searchsorted(hash(word)))
        return int(literals[at]) if at < hashes.size and hashes[at] == hash(word) else None

    def scan(self, text: str) -> list[Hit]:
        """Return every place where a literal stands in a folded text, those within others too."""
        found: list[Hit] = self._automaton.find_matches_as_indexes(text, overlapping=True)
        return found

    def sorted_by_use(self, hits: list[Hit]) -> Few | Many:
        """Return the hits as they are best asked."""
        return Few(hits, self.uses) if len(hits) <= _FEW else Many(hits, self)

    @contextmanager
    def mask(self, literals: npt.NDArray[np.intp]) -> Iterator[npt.NDArray[np.bool_]]:
        """Return for every literal whether it is one of these, and one `True` more at the end.

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


class Few:
    """A few hits."""

    def __init__(self, hits: list[Hit], uses: bytes) -> None:
        self._hits = hits
        self.literals = {hit[0] for hit in hits}
        self._uses = [
            (literal, uses[literal])
            for literal in compress(self.literals, map(uses.__getitem__, self.literals))
        ]

    def used_for(self, use: int) -> list[int]:
        """Return the literals found that are for this."""
        return [literal for literal, uses in self._uses if uses & use]

    def of(self, literals: Set[int]) -> Iterable[Hit]:
        """Return the hits of these literals, in order."""
        return [hit for hit in self._hits if hit[0] in literals]


class Many:
    """Many hits."""

    def __init__(self, hits: list[Hit], scanner: Scanner) -> None:
        self._hits = hits
        self._scanner = scanner
        self.literals = np.fromiter(map(itemgetter(0), hits), np.intp, len(hits))
        """Of each hit."""
        self._uses = scanner.array_of_uses.take(self.literals)

    def used_for(self, use: int) -> list[int]:
        """Return the literals found that are for this; one found twice is there twice."""
        found: list[int] = self.literals.take((self._uses & use).nonzero()[0]).tolist()
        return found

    def of(self, literals: Set[int]) -> Iterable[Hit]:
        """Return the hits of these literals, in order."""
        with self._scanner.mask(np.fromiter(literals, np.intp, len(literals))) as mask:
            numbers = mask.take(self.literals).nonzero()[0]
        return map(self._hits.__getitem__, numbers.tolist())
