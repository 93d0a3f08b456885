"""The same event in other words: articles are grouped by how alike the weighted terms of their leads are, in a sliding window.

An article joins the story to whose articles it is the most alike (cosine, in the mean), if that is alike enough, or begins one;
what begins as two stories becomes one where all their articles are alike enough in the mean, so that the order of arrival matters
little. Terms weigh more where they stand early, look like names, and are rare, in the language and among the articles of these
days. The time between articles counts against them, and so do titles that name different countries; names alone join nothing. All
sums are of integers, so that articles can leave, and a restart can add up again, without a trace of the order.
"""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from alerts.stories.countries import Countries, share_elsewhere
from alerts.stories.likeness import A_DAY, ALIKE_MANY, ELSEWHERE, least_alike, mean_distance
from alerts.stories.postings import Postings
from alerts.stories.regrouping import Unit, regroup
from alerts.stories.tables import sparse_zeros
from alerts.stories.traces import Traces
from alerts.stories.words import Ids

FEWEST_SHARED = 3
LEAST_BESIDE_NAMES = 0.03
"""So much of what two have in common is of words that are no names, the strongest of them left out: who and where is not what."""
PRIOR_ARTICLES = 3_000
"""Before anything is known of a language: as if so many articles had been seen, and its words in them as they usually are."""
_MOST_IDF_OF_COMMON = 0.7
NEARLY = 0.5
"""Stories that are so much as alike as is asked for are looked at again with the one that an article joins."""
LARGE = 40
"""A story of more texts is not looked at again: it is sure by now."""
FEWEST_TO_SPLIT = 3
"""Two articles alone are as alike as when the second came."""
MOST_UNITS = 96
"""So many texts are grouped anew at most."""
_UNIT = 10_000
"""A whole vector's length in integers."""
_INDEXED = 32
_SEARCHED = 20
_NEWEST = 128
"""Of each term so many of the newest articles lead to their stories."""
_CANDIDATES = 8
_BUCKETS = 1 << 22
_NO_STORY = -1
_DAY = 86_400.0

Weights = npt.NDArray[np.uint16]
Sums = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Vector:
    """An article's terms in order, with their weights; as long as `_UNIT` but for rounding."""

    terms: Ids
    weights: Weights
    named: npt.NDArray[np.bool_] | None = None
    """Which terms look like names; None of what was decided on before."""
    countries: Countries = ()
    """Those that the title names."""


@dataclass(slots=True)
class _Known:
    vector: Vector
    story: int
    at: float
    language: int
    copies: int
    """The number of its group of copies."""


@dataclass(slots=True)
class _Story:
    """A story's articles, the times of the earliest and the latest, and the sum of its vectors with its squared length."""

    members: list[int]
    first: float
    last: float
    terms: Ids
    sums: Weights | Sums
    square: int


@dataclass(frozen=True, slots=True)
class Fit:
    """The story that an article joins, how alike they are, and a further story that is one with it."""

    story: int
    cosine: float
    merged: int | None = None
    near: tuple[int, ...] = ()
    """Other stories that share terms with it, the most alike first."""


class TermFrequencies:
    """How many articles hold each term, by its last bits, and how many each language has. Several finders may share one."""

    def __init__(self) -> None:
        self.held_by = sparse_zeros(_BUCKETS, np.int32)
        self.articles: Counter[int] = Counter()


class EventFinder:
    """Finds the story that tells the same event. Articles have numbers that grow; a story has that of its first article."""

    def __init__(self, window: timedelta, frequencies: TermFrequencies | None = None) -> None:
        self._window = window.total_seconds()
        self._known: dict[int, _Known] = {}
        self._stories: dict[int, _Story] = {}
        self._index = Postings(_NEWEST)
        self._story_at = _Numbers()
        frequencies = frequencies or TermFrequencies()
        self._held_by, self._articles = frequencies.held_by, frequencies.articles

    def __len__(self) -> int:
        return len(self._known)

    def vector(self, traces: Traces) -> Vector:
        """Return the article's terms, weighed by how rare they are now."""
        held_by = self._held_by[traces.terms & np.uint32(_BUCKETS - 1)] + 1.0
        held_by += PRIOR_ARTICLES * traces.usual
        idf = np.log((self._articles[traces.language] + 2.0 + PRIOR_ARTICLES) / (held_by + 0.5))
        idf[traces.common] = np.minimum(idf[traces.common], _MOST_IDF_OF_COMMON)
        weights = traces.weights * np.maximum(idf, 0.0)
        length = float(np.sqrt(weights @ weights)) or 1.0
        rounded = np.rint(weights * (_UNIT / length)).astype(np.uint16)
        kept = rounded > 0
        return Vector(traces.terms[kept], rounded[kept], traces.named[kept], traces.countries)

    def has(self, story: int) -> bool:
        """Return whether a story has an article in the window."""
        return story in self._stories

    def is_alone(self, number: int) -> bool:
        """Return whether an article in the window is the only one of its story there."""
        return self._stories[self._known[number].story].members == [number]

    def clear(self) -> None:
        """Take all out of the frequencies, which others may go on with."""
        for known in self._known.values():
            self._held_by[known.vector.terms & np.uint32(_BUCKETS - 1)] -= 1
            self._articles[known.language] -= 1

    def find(
        self,
        vector: Vector,
        *,
        at: datetime | None,
        barred: Collection[int] = (),
        are_apart: Callable[[int, int], bool] = lambda _story, _other: False,
    ) -> Fit | None:
        """Return the story that is alike enough, the most alike one; None where there is none.

        None of those `barred`; and no two become one that `are_apart`.
        """
        if not vector.terms.size:
            return None
        time = 0.0 if at is None else at.timestamp()
        shared = {
            number: _shared(vector.terms, vector.weights, self._stories[number])
            for number in self._candidates(vector)
            if number not in barred and self._gap(self._stories[number], time) <= self._window
        }
        if all(self._mean(one.dot, number) < ALIKE_MANY for number, one in shared.items()):
            return None  # whatever times and countries take off
        near = []
        for number, one in shared.items():
            alike = self._alike(vector, time, number, one)
            if alike is not None:
                near.append((alike, number))
        near.sort(key=lambda one: (-one[0], one[1]))
        for alike, best in near:
            if alike < ALIKE_MANY:  # nor is any that follows
                break
            story = self._stories[best]
            if alike >= self._least(vector, story):
                others = (number for _alike, number in near if number != best and not are_apart(best, number))
                merged = next((other for other in others if self._are_one(best, other, vector, time)), None)
                return Fit(best, alike, merged, self._nearly(vector, [one for one in near if one[1] != best]))
        return None

    def add(
        self,
        number: int,
        vector: Vector,
        *,
        story: int,
        at: datetime | None,
        language: int,
        copies: int | None = None,
    ) -> None:
        """Add an article to a story, which is made where it is not known; `copies` is the number of its group of them."""
        time = 0.0 if at is None else at.timestamp()
        copies = number if copies is None else copies
        known = self._known[number] = _Known(vector, story, time, language, copies)
        self._join(number, known)
        self._index.add(number, vector.terms[_strongest(vector, _INDEXED)])
        self._held_by[vector.terms & np.uint32(_BUCKETS - 1)] += 1
        self._articles[language] += 1

    def drop(self, number: int) -> None:
        """Take an article out; a story without articles is forgotten."""
        known = self._known.get(number)
        if known is not None:
            self._index.drop(number, known.vector.terms[_strongest(known.vector, _INDEXED)])
            self._take_out(number)

    def _least(self, vector: Vector, story: _Story) -> float:
        """Return how alike an article must be to a story to join it."""
        return least_alike(self._texts(story), min(vector.terms.size, self._length(story)))

    def _nearly(self, vector: Vector, near: Sequence[tuple[float, int]]) -> tuple[int, ...]:
        """Return those of the stories that an article might have joined, had others come before."""
        return tuple(
            number for alike, number in near if alike >= NEARLY * self._least(vector, self._stories[number])
        )

    def place(self, number: int, story: int, copies: int) -> None:
        """Put an article that is in the window into a story, which is made where it is not known, and a group of copies."""
        known = self._known.get(number)
        if known is None:
            return
        known.copies = copies
        if known.story == story:
            return
        self._leave(number, known)
        known.story = story
        self._join(number, known)

    def forget(self, numbers: Sequence[int]) -> None:
        """Take out the oldest articles, which are these and any that were taken out before."""
        for number in numbers:
            if number in self._known:
                self._take_out(number)
        self._index.drop_before(numbers[-1] + 1)
        self._story_at.drop_before(numbers[-1] + 1)

    def merge(self, story: int, other: int) -> None:
        """Make the articles of `other` those of `story`."""
        gone = self._stories.pop(other, None)
        if gone is None:
            return
        for number in gone.members:
            self._known[number].story = story
            self._story_at.put(number, story)
        kept = self._stories.get(story)
        if kept is None:
            self._stories[story] = gone
            return
        kept.members = sorted([*kept.members, *gone.members])
        _sum(kept, [(kept.terms, kept.sums), (gone.terms, gone.sums)])
        self._set_times(kept)

    def story_of(self, number: int) -> int | None:
        """Return the story of an article that is in the window."""
        known = self._known.get(number)
        return None if known is None else known.story

    def second_look(
        self,
        stories: Sequence[int],
        *,
        apart: Mapping[int, Collection[int]],
        together: Mapping[int, Collection[int]],
    ) -> list[list[int]]:
        """Return the articles of these stories grouped anew, by their numbers; as they are where they are too many.

        `apart` and `together`: which must not, and must, be in one story.
        """
        units: list[Unit] = []
        if len(stories) == 1 and len(self._stories[stories[0]].members) < FEWEST_TO_SPLIT:
            return [list(self._stories[stories[0]].members)]
        for story in stories:
            own = self._units(story, together)
            if len(units) + len(own) > MOST_UNITS:
                break
            units += own
        place_of = {number: place for place, one in enumerate(units) for number in one.members}
        barred = [
            (place, place_of[other])
            for number, place in place_of.items()
            for other in apart.get(number, ())
            if other in place_of and place_of[other] != place
        ]
        if len(units) < 2:
            return [list(one.members) for one in units]
        groups = regroup(units, apart=barred, whole=_UNIT)
        return [sorted(number for place in group for number in units[place].members) for group in groups]

    def _units(self, story: int, together: Mapping[int, Collection[int]]) -> list[Unit]:
        """Return what stays together in a story: copies, what a reader put together, and all of one that is large already."""
        whole = self._stories[story]
        members = whole.members
        parts: dict[int, list[int]] = {}
        for number in members:
            parts.setdefault(self._known[number].copies, []).append(number)
        if len(parts) > LARGE or len(parts) == 1:
            return [self._unit(members, whole)]
        for number in members:
            for other in together.get(number, ()):
                _unite(parts, number, other)
        return [self._unit(part) for part in parts.values()]

    def _unit(self, members: Sequence[int], whole: _Story | None = None) -> Unit:
        """Return articles as one; `whole` is their story where they are all of it."""
        known = [self._known[number] for number in members]
        first = known[0].vector
        sums = whole or _Story(list(members), 0.0, 0.0, first.terms, first.weights, 0)
        if whole is None and len(known) > 1:
            _sum(sums, [(one.vector.terms, one.vector.weights) for one in known])
        return Unit(
            tuple(members),
            sums.terms,
            sums.sums.astype(np.int64),
            tuple(one.at for one in known),
            len({one.copies for one in known}),
            sum(one.vector.terms.size for one in known),
            known[0].story,
            self._countries(members),
        )

    def _candidates(self, vector: Vector) -> list[int]:
        """Return the stories whose articles share the most of the strongest terms."""
        strongest = _strongest(vector, _SEARCHED)
        places, articles = self._index.find(vector.terms[strongest])
        if not articles.size:
            return []
        squares = vector.weights[strongest].astype(np.float64) ** 2
        order = np.argsort(articles, kind="stable")
        ordered = articles[order]
        starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
        scores = np.add.reduceat(squares[places[order]], starts)
        best = np.argsort(-scores, kind="stable")
        found: dict[int, None] = {}
        for story in self._story_at.take(ordered[starts[best]]).tolist():
            if story != _NO_STORY:
                found[story] = None
                if len(found) == _CANDIDATES:
                    break
        return list(found)

    def _take_out(self, number: int) -> None:
        known = self._known.pop(number)
        self._held_by[known.vector.terms & np.uint32(_BUCKETS - 1)] -= 1
        self._articles[known.language] -= 1
        self._story_at.put(number, _NO_STORY)
        self._leave(number, known)

    def _join(self, number: int, known: _Known) -> None:
        """Add an article to its story."""
        vector, time = known.vector, known.at
        self._story_at.put(number, known.story)
        story = self._stories.get(known.story)
        if story is None:
            square = _square(vector.weights)
            self._stories[known.story] = _Story([number], time, time, vector.terms, vector.weights, square)
            return
        insort(story.members, number)
        if time:
            story.first, story.last = min(story.first or time, time), max(story.last, time)
        _sum(story, [(story.terms, story.sums), (vector.terms, vector.weights)])

    def _leave(self, number: int, known: _Known) -> None:
        """Take an article out of its story."""
        story = self._stories[known.story]
        story.members.remove(number)
        if not story.members:
            del self._stories[known.story]
            return
        left = known.vector.weights.astype(np.int64)
        _sum(story, [(story.terms, story.sums), (known.vector.terms, -left)])
        self._set_times(story)

    def _set_times(self, story: _Story) -> None:
        times = [at for number in story.members if (at := self._known[number].at)]
        story.first, story.last = (min(times), max(times)) if times else (0.0, 0.0)

    def _mean(self, dot: int, number: int) -> float:
        """Return the mean cosine of an article with those of a story, by the product of their terms."""
        return dot / (len(self._stories[number].members) * _UNIT * _UNIT)

    def _alike(self, vector: Vector, time: float, number: int, shared: _Shared) -> float | None:
        """Return the mean cosine of an article with a story's, less what the time between them and other countries take off.

        None where they share too few terms, or names alone.
        """
        least = LEAST_BESIDE_NAMES * shared.dot
        if shared.products.size < FEWEST_SHARED or _beside_names(vector, shared) < least:
            return None
        story = self._stories[number]
        elsewhere = 0.0
        if vector.countries:
            elsewhere = ELSEWHERE * share_elsewhere({vector.countries: 1}, self._countries(story.members))
        return self._mean(shared.dot, number) - self._lag([time], story) - elsewhere

    def _are_one(self, number: int, other: int, vector: Vector, time: float) -> bool:
        """Return whether a story, with an article that joins it, and another are so alike that they are one."""
        first, second = self._stories[number], self._stories[other]
        dot = _shared(second.terms, second.sums, first).dot
        own = _shared(vector.terms, vector.weights, second).dot
        pairs = (len(first.members) + 1) * len(second.members)
        times = [self._known[member].at for member in first.members]
        countries = self._countries(first.members)
        countries[vector.countries] += 1
        elsewhere = ELSEWHERE * share_elsewhere(countries, self._countries(second.members))
        alike = (dot + own) / (pairs * _UNIT * _UNIT) - self._lag([*times, time], second) - elsewhere
        texts = (self._texts(first) + 1) * self._texts(second)
        return alike >= least_alike(texts, min(self._length(first), self._length(second)))

    def _countries(self, members: Sequence[int]) -> Counter[Countries]:
        """Return how many articles name which countries in their titles."""
        return Counter(self._known[number].vector.countries for number in members)

    def _texts(self, story: _Story) -> int:
        """Return how many texts a story has: copies are one, and say no more than one."""
        return len({self._known[number].copies for number in story.members})

    def _length(self, story: _Story) -> float:
        """Return how many terms a story's articles have, in the mean."""
        return sum(self._known[number].vector.terms.size for number in story.members) / len(story.members)

    def _lag(self, times: Sequence[float], story: _Story) -> float:
        """Return what the time between articles and those of a story takes off their cosine, in the mean."""
        days = mean_distance(times, [self._known[number].at for number in story.members]) / _DAY
        return A_DAY * days

    def _gap(self, story: _Story, time: float) -> float:
        """Return the seconds between an article and the time of a story."""
        if not time or not story.last:
            return 0.0
        return max(time - story.last, story.first - time, 0.0)


class _Numbers:
    """A number for each article number: an array that begins with the oldest article and grows with the newest."""

    def __init__(self) -> None:
        self._values = np.full(1_024, _NO_STORY, np.int64)
        self._first: int | None = None

    def put(self, article: int, value: int) -> None:
        if self._first is None:
            self._first = article
        place = article - self._first
        if place < 0:
            return
        if place >= self._values.size:
            grown = np.full(2 * place, _NO_STORY, np.int64)
            grown[: self._values.size] = self._values
            self._values = grown
        self._values[place] = value

    def take(self, articles: Ids) -> npt.NDArray[np.int64]:
        return self._values[articles.astype(np.int64) - (self._first or 0)]

    def drop_before(self, article: int) -> None:
        """Return the room back once half of it is for articles that have been dropped."""
        gone = article - (self._first or article)
        if 2 * gone > self._values.size:
            self._values = np.append(self._values[gone:], np.full(gone, _NO_STORY, np.int64))
            self._first = article


def _unite(parts: dict[int, list[int]], number: int, other: int) -> None:
    """Put the parts that hold two articles together."""
    first = next(key for key, part in parts.items() if number in part)
    second = next((key for key, part in parts.items() if other in part), first)
    if first != second:
        parts[first] = sorted([*parts[first], *parts.pop(second)])


def _strongest(vector: Vector, count: int) -> npt.NDArray[np.intp]:
    return np.argsort(-vector.weights.astype(np.int32), kind="stable")[:count]


@dataclass(frozen=True, slots=True)
class _Shared:
    """Where in a vector the terms stand that a story's sum has, too, the products of their weights, and the sum of these."""

    places: npt.NDArray[np.intp]
    products: Sums
    dot: int


def _shared(terms: Ids, weights: Weights | Sums, story: _Story) -> _Shared:
    """Return what a vector and the sum of a story's share."""
    places = story.terms.searchsorted(terms)
    same = (story.terms.take(places, mode="clip") == terms).nonzero()[0]
    products: Sums = np.multiply(weights[same], story.sums[places[same]], dtype=np.int64)
    return _Shared(same, products, int(products.sum()))


def _beside_names(vector: Vector, shared: _Shared) -> int:
    """Return the sum of the products of terms that are no names, but for the strongest of them."""
    products = shared.products
    others = products if vector.named is None else products[~vector.named[shared.places]]
    return int(others.sum() - others.max(initial=0))


def _sum(story: _Story, parts: list[tuple[Ids, Weights | Sums]]) -> None:
    """Make the sum of a story that of the parts; terms that add up to nothing are left out."""
    terms, back = np.unique(np.concatenate([terms for terms, _weights in parts]), return_inverse=True)
    sums = np.zeros(terms.size, np.int64)
    end = 0
    for part, weights in parts:  # a part's terms differ from each other
        sums[back[end : end + part.size]] += weights
        end += part.size
    left = sums.nonzero()[0]
    story.terms, story.sums = terms[left], sums[left]
    story.square = _square(story.sums)


def _square(weights: Weights | Sums) -> int:
    wide = weights.astype(np.int64)
    return int(wide @ wide)
