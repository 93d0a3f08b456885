"""Copies: articles that share their text, cut, framed or edited. Containment of shingles, in a sliding window.

Containment is the share of the smaller article's shingles that the other has too (Broder, "On the resemblance and containment of
documents", 1997): a copy cut to a quarter keeps it near one, where resemblance (MinHash) falls to a quarter.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nsmallest

import numpy as np
import numpy.typing as npt

from alerts.stories.postings import Postings
from alerts.stories.tables import sparse_zeros
from alerts.stories.words import Ids

CONTAINMENT = 0.5
"""A copy shares at least so much with an earlier article."""
SAME_HOST_CONTAINMENT = 0.8
"""Articles of one outlet share what stands on all its pages."""
GROUP_CONTAINMENT = 0.4
GROUP_SHARE = 0.5
"""A copy shares so much with articles that are together half of the text of the earlier one's copies.

A cut copy may stand whole in a paragraph that another article quotes. Without this, whichever came second of the quoting article
and the whole one would be taken for a copy of the other's.
"""
_FULLEST = 8
"""Of a group of copies so many are looked at: those with the most text."""
SAID_CONTAINMENT = 0.1
"""Two texts share so much where another outlet's page says that they are one, and it is believed."""
FEWEST_SHINGLES = 3
"""An article with fewer is a copy only where its words are equal."""
CHANCE = 1
"""So many shared shingles may be a turn of phrase; of a summary's handful that is much."""
INDEXED = 4
"""One in so many of the kept shingles leads to an article; all of them are compared then."""
FEW_SHINGLES = 32
"""Articles with fewer are led to by every shingle."""
FURNITURE = 5
"""A shingle that so many texts hold, which are not copies of each other, says nothing."""
_NEWEST = 64
"""Of each shingle so many of the newest articles are candidates."""
_CANDIDATES = 12
_BUCKETS = 1 << 24

Counts = npt.NDArray[np.uint16]


@dataclass(slots=True)
class _Known:
    shingles: Ids
    at: float
    group: int
    host: str | None


@dataclass(frozen=True, slots=True)
class Copied:
    """The earlier article that one is a copy of, and the group of copies that both belong to."""

    article: int
    group: int


def no_counts() -> Counts:
    """Return the counts of shingles where there is no text yet. Several finders may share them.

    They turn over at 65,536, and back: of so many texts only those at the turn itself are misjudged.
    """
    return sparse_zeros(_BUCKETS, np.uint16)


class CopyFinder:
    """Finds of what earlier article a new one is a copy. Articles have numbers that grow; a group has that of its first."""

    def __init__(self, window: timedelta, texts: Counts | None = None) -> None:
        self._window = window.total_seconds()
        self._known: dict[int, _Known] = {}
        self._groups: dict[int, list[int]] = {}
        self._by_exact: dict[int, list[int]] = {}
        self._exact_of: dict[int, int] = {}
        self._index = Postings(_NEWEST)
        self._texts = no_counts() if texts is None else texts
        """How many groups hold a shingle, by its last bits; counted is a group's oldest article."""
        self._counted = 0

    def __len__(self) -> int:
        return len(self._known)

    def is_alike(self, number: int, shingles: Ids) -> bool:
        """Return whether two texts, of which somebody says that they are one, share enough to believe it."""
        known = self._known.get(number)
        if known is None:
            return False
        least = min(known.shingles.size, shingles.size)
        shared = np.intersect1d(known.shingles, shingles).size
        return bool(shared >= max(FEWEST_SHINGLES, SAID_CONTAINMENT * least))

    def clear(self) -> None:
        """Take all out of the counts, which others may go on with."""
        for members in self._groups.values():
            self._count(self._known[members[0]].shingles, -1)

    def find(
        self, shingles: Ids, exact: int | None, *, at: datetime | None, host: str | None = None
    ) -> Copied | None:
        """Return the article that it is most a copy of, the earliest of equals; None where it is none."""
        time = 0.0 if at is None else at.timestamp()
        for number in self._by_exact.get(exact, ()) if exact is not None else ():
            if self._is_near(self._known[number], time):
                return Copied(number, self._known[number].group)
        own = self._telling(shingles)
        if own.size < FEWEST_SHINGLES:
            return None
        found = []
        for number in self._candidates(own):
            known = self._known[number]
            if not self._is_near(known, time):
                continue
            shared = self._containment(own, known)
            same_host = host is not None and host == known.host
            if shared >= (SAME_HOST_CONTAINMENT if same_host else CONTAINMENT):
                found.append((-shared, number, known.group))
        found.sort()
        tried = set()
        for _shared, number, group in found:
            if group not in tried and self._is_of(own, group):
                return Copied(number, group)
            tried.add(group)
        return None

    def add(
        self,
        number: int,
        shingles: Ids,
        exact: int | None,
        *,
        at: datetime | None,
        group: int | None = None,
        host: str | None = None,
    ) -> None:
        """Add an article; `group` is that of the article that it is a copy of."""
        group = number if group is None else group
        self._known[number] = _Known(shingles, 0.0 if at is None else at.timestamp(), group, host)
        members = self._groups.setdefault(group, [])
        members.append(number)
        if len(members) == 1:
            self._count(shingles, 1)
        if exact is not None:
            self._by_exact.setdefault(exact, []).append(number)
            self._exact_of[number] = exact
        self._index.add(number, self._keys(shingles))

    def group_of(self, number: int) -> int | None:
        """Return the group of an article that is in the window."""
        known = self._known.get(number)
        return None if known is None else known.group

    def place(self, number: int, group: int) -> None:
        """Put an article into a group of copies."""
        known = self._known.get(number)
        if known is None or known.group == group:
            return
        for from_group in (True, False):
            members = self._groups.setdefault(known.group if from_group else group, [])
            counted = members[:1]
            if from_group:
                members.remove(number)
            else:
                insort(members, number)
            if members[:1] != counted:
                for one, by in ((counted, -1), (members[:1], 1)):
                    if one:
                        self._count(self._known[one[0]].shingles, by)
        if not self._groups[known.group]:
            del self._groups[known.group]
        known.group = group

    def drop(self, number: int) -> None:
        """Take an article out."""
        known = self._known.get(number)
        if known is not None:
            self._index.drop(number, self._keys(known.shingles))
            self._take_out(number)

    def forget(self, numbers: Sequence[int]) -> None:
        """Take out the oldest articles, which are these and any that were taken out before."""
        for number in numbers:
            if number in self._known:
                self._take_out(number)
        self._index.drop_before(numbers[-1] + 1)

    def _candidates(self, own: Ids) -> list[int]:
        """Return the articles that share the most shingles, in order."""
        _places, articles = self._index.find(self._keys(own))
        if not articles.size:
            return []
        candidates, counts = np.unique(articles, return_counts=True)
        if candidates.size > _CANDIDATES:
            order = np.argsort(-counts, kind="stable")[:_CANDIDATES]
            candidates = np.sort(candidates[order])
        numbers: list[int] = candidates.tolist()
        return numbers

    def _containment(self, own: Ids, known: _Known) -> float:
        """Return the share of the smaller's shingles that both have, but for what may be chance."""
        theirs = self._telling(known.shingles)
        smaller = min(own.size, theirs.size)
        if smaller < FEWEST_SHINGLES:
            return 0.0
        return max(_shared(own, theirs) - CHANCE, 0) / smaller

    def _is_of(self, own: Ids, group: int) -> bool:
        """Return whether an article shares its text with most of a group's."""
        members = self._groups[group]
        if len(members) > _FULLEST:
            members = nsmallest(_FULLEST, members, key=lambda number: -self._known[number].shingles.size)
        text = shared = 0
        for number in members:
            known = self._known[number]
            text += known.shingles.size
            if self._containment(own, known) >= GROUP_CONTAINMENT:
                shared += known.shingles.size
        return shared >= GROUP_SHARE * text

    def _take_out(self, number: int) -> None:
        known = self._known.pop(number)
        exact = self._exact_of.pop(number, None)
        if exact is not None:
            self._by_exact[exact].remove(number)
            if not self._by_exact[exact]:
                del self._by_exact[exact]
        members = self._groups[known.group]
        was_counted = members[0] == number
        members.remove(number)
        if was_counted:
            self._count(known.shingles, -1)
            if members:
                self._count(self._known[members[0]].shingles, 1)
        if not members:
            del self._groups[known.group]

    def _count(self, shingles: Ids, by: int) -> None:
        self._texts[self._bucket(shingles)] += np.uint16(by % (1 << 16))
        self._counted += by * shingles.size

    def _is_near(self, known: _Known, time: float) -> bool:
        return not time or not known.at or abs(time - known.at) <= self._window

    def _telling(self, shingles: Ids) -> Ids:
        """Leave out boilerplate."""
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


def _shared(ours: Ids, theirs: Ids) -> int:
    """Return how many of ours are among theirs; both in order and not empty."""
    if theirs.size < ours.size:
        ours, theirs = theirs, ours
    places = theirs.searchsorted(ours)
    return int(np.count_nonzero(theirs.take(places, mode="clip") == ours))
