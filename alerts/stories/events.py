"""The same event in other words: articles are grouped by how alike the weighted terms of their leads are, in a sliding window.

One pass: an article joins the story whose sum of terms is the most alike (cosine), if that is alike enough, or begins one. Terms
weigh more where they stand early, look like names, and are rare among the articles of the language. All sums are of integers, so
that articles can leave, and a restart can add up again, without a trace of the order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from alerts.stories.postings import Postings
from alerts.stories.tables import sparse_zeros
from alerts.stories.traces import Traces
from alerts.stories.words import Ids

ALIKE = 0.26
"""Cosine from which on two tell the same event."""
ALIKE_SHORT = 0.60
"""The same for an article of few terms, such as a feed's summary: there one name that both mention weighs much."""
MERGE = 0.34
"""Two stories that an article fits are one from this cosine on."""
A_DAY = 0.95
"""For each day between an article and the story's nearest, the cosine counts so much of itself."""
FEW_TERMS, MANY_TERMS = 20, 28
"""Between them, the cosine that is asked for falls from the one to the other."""
FEWEST_SHARED = 3
PRIOR_ARTICLES = 3_000
PRIOR_COMMON = 0.5
"""Before anything is known of a language: as if so many articles had been seen, and its common words in such a share of them."""
_MOST_IDF_OF_COMMON = 0.7
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


@dataclass(slots=True)
class _Known:
    vector: Vector
    story: int
    at: float
    language: int


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
        held_by[traces.common] += PRIOR_COMMON * PRIOR_ARTICLES
        idf = np.log((self._articles[traces.language] + 2.0 + PRIOR_ARTICLES) / (held_by + 0.5))
        idf[traces.common] = np.minimum(idf[traces.common], _MOST_IDF_OF_COMMON)
        weights = traces.weights * np.maximum(idf, 0.0)
        length = float(np.sqrt(weights @ weights)) or 1.0
        rounded = np.rint(weights * (_UNIT / length)).astype(np.uint16)
        kept = rounded > 0
        return Vector(traces.terms[kept], rounded[kept])

    def has(self, story: int) -> bool:
        """Return whether a story has an article in the window."""
        return story in self._stories

    def clear(self) -> None:
        """Take all out of the frequencies, which others may go on with."""
        for known in self._known.values():
            self._held_by[known.vector.terms & np.uint32(_BUCKETS - 1)] -= 1
            self._articles[known.language] -= 1

    def find(self, vector: Vector, *, at: datetime | None) -> Fit | None:
        """Return the story that is alike enough, the most alike one; None where there is none."""
        if not vector.terms.size:
            return None
        time = 0.0 if at is None else at.timestamp()
        length = _square(vector.weights) ** 0.5
        fits = []
        for number in self._candidates(vector):
            story = self._stories[number]
            gap = self._gap(story, time)
            if gap > self._window:
                continue
            dot, shared = _dot(vector.terms, vector.weights, story)
            cosine = dot / (length * story.square**0.5) * A_DAY ** (gap / _DAY)
            if cosine >= _least(vector.terms.size) and shared >= FEWEST_SHARED:
                fits.append((cosine, number))
        if not fits:
            return None
        fits.sort(key=lambda fit: (-fit[0], fit[1]))
        cosine, best = fits[0]
        merged = next((other for _cosine, other in fits[1:] if self._are_one(best, other)), None)
        return Fit(best, cosine, merged)

    def add(self, number: int, vector: Vector, *, story: int, at: datetime | None, language: int) -> None:
        """Add an article to a story, which is made where it is not known."""
        time = 0.0 if at is None else at.timestamp()
        group = self._stories.get(story)
        if group is None:
            square = _square(vector.weights)
            self._stories[story] = _Story([number], time, time, vector.terms, vector.weights, square)
        else:
            group.members.append(number)
            if time:
                group.first, group.last = min(group.first or time, time), max(group.last, time)
            _sum(group, [(group.terms, group.sums), (vector.terms, vector.weights)])
        self._known[number] = _Known(vector, story, time, language)
        self._story_at.put(number, story)
        self._index.add(number, vector.terms[_strongest(vector, _INDEXED)])
        self._held_by[vector.terms & np.uint32(_BUCKETS - 1)] += 1
        self._articles[language] += 1

    def drop(self, number: int) -> None:
        """Take an article out; a story without articles is forgotten."""
        known = self._known.get(number)
        if known is not None:
            self._index.drop(number, known.vector.terms[_strongest(known.vector, _INDEXED)])
            self._take_out(number)

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

    def _candidates(self, vector: Vector) -> list[int]:
        """Return the stories whose articles share the most of the strongest terms."""
        strongest = _strongest(vector, _SEARCHED)
        places, articles = self._index.find(vector.terms[strongest])
        if not articles.size:
            return []
        squares = vector.weights[strongest].astype(np.float64) ** 2
        numbers, back = np.unique(articles, return_inverse=True)
        scores = np.bincount(back, squares[places])
        stories = self._story_at.take(numbers)
        order = np.argsort(-scores, kind="stable")
        ranked = stories[order]
        known = ranked != _NO_STORY
        ranked = ranked[known]
        _ids, first = np.unique(ranked, return_index=True)
        first.sort()
        found: list[int] = ranked[first[:_CANDIDATES]].tolist()
        return found

    def _take_out(self, number: int) -> None:
        known = self._known.pop(number)
        self._held_by[known.vector.terms & np.uint32(_BUCKETS - 1)] -= 1
        self._articles[known.language] -= 1
        self._story_at.put(number, _NO_STORY)
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

    def _are_one(self, story: int, other: int) -> bool:
        """Return whether two stories, which one article fits, are so alike that they are one."""
        first, second = self._stories[story], self._stories[other]
        if (
            not first.last
            or not second.last
            or max(first.first, second.first) - min(first.last, second.last) <= _DAY
        ):
            dot, _shared = _dot(second.terms, second.sums, first)
            pairs = len(first.members) * len(second.members)
            return dot >= MERGE * pairs * _UNIT * _UNIT
        return False

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


def _strongest(vector: Vector, count: int) -> npt.NDArray[np.intp]:
    return np.argsort(-vector.weights.astype(np.int32), kind="stable")[:count]


def _dot(terms: Ids, weights: Weights | Sums, story: _Story) -> tuple[int, int]:
    """Return the product of a vector and the sum of a story's, and how many terms they share."""
    places = story.terms.searchsorted(terms)
    same = (story.terms.take(places, mode="clip") == terms).nonzero()[0]
    ours, theirs = weights[same].astype(np.int64), story.sums[places[same]].astype(np.int64)
    return int(ours @ theirs), same.size


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


def _least(terms: int) -> float:
    """Return the cosine from which on an article of so many terms tells a story's event."""
    share = min(1.0, max(0.0, (terms - FEW_TERMS) / (MANY_TERMS - FEW_TERMS)))
    return ALIKE_SHORT + share * (ALIKE - ALIKE_SHORT)
