"""Copies: articles that share their text, cut, framed or edited. Containment of shingles, in a sliding window.

Containment is the share of the smaller article's shingles that the other has too (Broder, "On the resemblance and containment of
documents", 1997): a copy cut to a quarter keeps it near one, where resemblance (MinHash) falls to a quarter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from alerts.stories.postings import Postings
from alerts.stories.words import Ids

CONTAINMENT = 0.5
"""A copy shares at least so much."""
CUT_CONTAINMENT = 0.65
"""The same where the other article is four times as long: a piece cut out of it shares nearly all, a quoted paragraph less."""
SAME_HOST_CONTAINMENT = 0.8
"""Articles of one outlet share what stands on all its pages."""
FEWEST_SHINGLES = 4
"""An article with fewer is a copy only where its words are equal."""
INDEXED = 4
"""One in so many of the kept shingles leads to an article; all of them are compared then."""
FEW_SHINGLES = 32
"""Articles with fewer are led to by every shingle."""
FURNITURE = 5
"""A shingle that so many texts hold, which are not copies of each other, says nothing."""
_CANDIDATES = 12
_BUCKETS = 1 << 24


@dataclass(slots=True)
class _Known:
    shingles: Ids
    at: float
    group: int
    host: str | None


class CopyFinder:
    """Finds of what earlier article a new one is a copy. Articles have numbers that grow."""

    def __init__(self, window: timedelta) -> None:
        self._window = window.total_seconds()
        self._known: dict[int, _Known] = {}
        self._by_exact: dict[int, int] = {}
        self._exact_of: dict[int, int] = {}
        self._index = Postings()
        self._texts = np.zeros(_BUCKETS, np.uint16)
        """How many texts that are no copies of each other hold a shingle, by its last bits."""
        self._counted = 0

    def __len__(self) -> int:
        return len(self._known)

    def find(
        self, shingles: Ids, exact: int | None, *, at: datetime | None, host: str | None = None
    ) -> int | None:
        """Gives the number of the article that it is most a copy of, the earliest of equals; None where it is none."""
        time = 0.0 if at is None else at.timestamp()
        if exact is not None:
            number = self._by_exact.get(exact)
            if number is not None and self._is_near(self._known[number], time):
                return number
        own = self._telling(shingles)
        if own.size < FEWEST_SHINGLES:
            return None
        _places, articles = self._index.find(self._keys(own))
        if not articles.size:
            return None
        candidates, counts = np.unique(articles, return_counts=True)
        if candidates.size > _CANDIDATES:
            order = np.argsort(-counts, kind="stable")[:_CANDIDATES]
            candidates = np.sort(candidates[order])
        best, share = None, 0.0
        for number in candidates.tolist():
            known = self._known.get(number)
            if known is None or not self._is_near(known, time):
                continue
            theirs = self._telling(known.shingles)
            smaller = min(own.size, theirs.size)
            if smaller < FEWEST_SHINGLES:
                continue
            shared = int(_in(own, theirs).sum()) / smaller
            least = _least(smaller / max(own.size, theirs.size))
            if host is not None and host == known.host:
                least = SAME_HOST_CONTAINMENT
            if shared >= least and shared > share:
                best, share = number, shared
        return best

    def add(
        self,
        number: int,
        shingles: Ids,
        exact: int | None,
        *,
        at: datetime | None,
        copy_of: int | None,
        host: str | None = None,
    ) -> None:
        """Adds an article; `copy_of` is the one that `find` gave."""
        group = number
        if copy_of is not None and copy_of in self._known:
            group = self._known[copy_of].group
        self._known[number] = _Known(shingles, 0.0 if at is None else at.timestamp(), group, host)
        if exact is not None and exact not in self._by_exact:
            self._by_exact[exact] = number
            self._exact_of[number] = exact
        self._index.add(number, self._keys(shingles))
        if group == number:
            self._texts[self._bucket(shingles)] += 1
            self._counted += shingles.size

    def drop(self, number: int) -> None:
        """Forgets an article."""
        known = self._known.pop(number, None)
        if known is None:
            return
        exact = self._exact_of.pop(number, None)
        if exact is not None:
            del self._by_exact[exact]
        if known.group == number:
            self._texts[self._bucket(known.shingles)] -= 1
            self._counted -= known.shingles.size

    def drop_before(self, number: int) -> None:
        """Tells the index that every article before has been dropped."""
        self._index.drop_before(number)

    def _is_near(self, known: _Known, time: float) -> bool:
        return not time or not known.at or abs(time - known.at) <= self._window

    def _telling(self, shingles: Ids) -> Ids:
        """Leaves out furniture."""
        usual = self._counted / _BUCKETS  # texts that meet in a bucket by chance
        most = max(FURNITURE, usual + 6 * usual**0.5)
        counts = self._texts[self._bucket(shingles)]
        return shingles if counts.max(initial=0) < most else shingles[counts < most]

    @staticmethod
    def _bucket(shingles: Ids) -> npt.NDArray[np.uint32]:
        return shingles & np.uint32(_BUCKETS - 1)

    @staticmethod
    def _keys(shingles: Ids) -> Ids:
        return shingles if shingles.size < FEW_SHINGLES else shingles[shingles % INDEXED == 0]


def _least(ratio: float) -> float:
    """Gives the containment of a copy, by the smaller article's size in the larger's."""
    cut = min(max((0.6 - ratio) / 0.35, 0.0), 1.0)
    return CONTAINMENT + cut * (CUT_CONTAINMENT - CONTAINMENT)


def _in(ours: Ids, theirs: Ids) -> npt.NDArray[np.bool_]:
    """Tells which of ours are among theirs; both in order."""
    if theirs.size < ours.size:
        ours, theirs = theirs, ours
    places = np.minimum(theirs.searchsorted(ours), theirs.size - 1)
    same: npt.NDArray[np.bool_] = theirs[places] == ours
    return same
