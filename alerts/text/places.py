"""Places in a folded article, and the parts of it that a rule looks at."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple


class Place(NamedTuple):
    """A place in the folded article, without spaces around."""

    start: int
    end: int


class Scope(NamedTuple):
    """A stretch of the article: of each of its parts (title, other titles, leads, text) what ends by the part's place here.

    Zero: nothing of that part.
    """

    ends: tuple[int, ...]

    def within(self, other: Scope) -> Scope:
        """Return what is in both."""
        return Scope(tuple(map(min, self.ends, other.ends)))


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
        """Return whether the place lies within one of these."""
        number = bisect_right(self._starts, place.start)
        return number > 0 and self._ends[number - 1] >= place.end


def count_apart(places: Iterable[Place]) -> int:
    """Return the greatest number of places that don't overlap."""
    count, taken = 0, -1
    for place in sorted(set(places), key=lambda place: place.end):
        if place.start >= taken:
            count, taken = count + 1, place.end
    return count
