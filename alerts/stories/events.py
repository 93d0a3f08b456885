"""The same event in other words: articles are grouped by how alike the weighted terms of their leads are, in a sliding window.

One pass: an article joins the story whose sum of terms is the most alike (cosine), if that is alike enough, or begins one. Terms
weigh more where they stand early, look like names, and are rare among the articles of the language. All sums are of integers, so
that articles can leave, and a restart can add up again, without a trace of the order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from alerts.stories.postings import Postings
from alerts.stories.traces import Traces
from alerts.stories.words import Ids, common_words

ALIKE = 0.26
"""Cosine from which on two tell the same event."""
ALIKE_SHORT = 0.60
"""The same for an article of few terms, such as a feed's summary: there one name that both mention weighs much."""
MERGE = 0.50
"""Two stories that an article fits are one from this cosine on."""
A_DAY = 0.95
"""For each day between an article and the story's nearest, the cosine counts so much of itself."""
FEW_TERMS, MANY_TERMS = 24, 34
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
_NEIGHBOURS = 48
_CANDIDATES = 8
_SUMMED = 8
"""A story of so many articles keeps their sum; of fewer, it is made when it is needed."""
_BUCKETS = 1 << 22
_DAY = 86_400.0

Weights = npt.NDArray[np.uint16]


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
    members: list[int] = field(default_factory=list)
    square: int = 0
    """The squared length of the sum of its vectors."""
    first: float = 0.0
    last: float = 0.0
    terms: Ids | None = None
    sums: npt.NDArray[np.int64] | None = None


@dataclass(frozen=True, slots=True)
class Fit:
    """The story that an article joins, how alike they are, and a further story that is one with it."""

    story: int
    cosine: float
    merged: int | None = None


class EventFinder:
    """Finds the story that tells the same event. Articles have numbers that grow; a story has that of its first article."""

    def __init__(self, window: timedelta) -> None:
        self._window = window.total_seconds()
        self._known: dict[int, _Known] = {}
        self._stories: dict[int, _Story] = {}
        self._index = Postings()
        self._held_by = np.zeros(_BUCKETS, np.int32)
        self._articles = [0] * (len(common_words().languages) + 1)

    def __len__(self) -> int:
        return len(self._known)

    def vector(self, traces: Traces) -> Vector:
        """Gives the article's terms, weighed by how rare they are now."""
        held_by = self._held_by[traces.terms & np.uint32(_BUCKETS - 1)] + 1.0
        held_by[traces.common] += PRIOR_COMMON * PRIOR_ARTICLES
        idf = np.log((self._articles[traces.language] + 2.0 + PRIOR_ARTICLES) / (held_by + 0.5))
        idf[traces.common] = np.minimum(idf[traces.common], _MOST_IDF_OF_COMMON)
        weights = traces.weights * np.maximum(idf, 0.0)
        length = float(np.sqrt(weights @ weights)) or 1.0
        rounded = np.rint(weights * (_UNIT / length)).astype(np.uint16)
        kept = rounded > 0
        return Vector(traces.terms[kept], rounded[kept])

    def find(
        self, vector: Vector, *, at: datetime | None, may_join: Callable[[int], bool] = lambda _story: True
    ) -> Fit | None:
        """Gives the story that is alike enough, the most alike one that it may join; None where there is none."""
        if not vector.terms.size:
            return None
        time = 0.0 if at is None else at.timestamp()
        fits = []
        for number in self._candidates(vector):
            story = self._stories[number]
            gap = self._gap(story, time)
            if gap > self._window:
                continue
            dot, shared = self._dot(vector, story)
            cosine = dot / (_length(vector) * story.square**0.5) * A_DAY ** (gap / _DAY)
            if cosine >= _least(vector.terms.size) and shared >= FEWEST_SHARED and may_join(number):
                fits.append((cosine, number))
        if not fits:
            return None
        fits.sort(key=lambda fit: (-fit[0], fit[1]))
        cosine, best = fits[0]
        merged = next((other for _cosine, other in fits[1:] if self._are_one(best, other)), None)
        return Fit(best, cosine, merged)

    def add(self, number: int, vector: Vector, *, story: int, at: datetime | None, language: int) -> None:
        """Adds an article to a story, which is made where it is not known."""
        time = 0.0 if at is None else at.timestamp()
        group = self._stories.get(story)
        if group is None:
            group = self._stories[story] = _Story(first=time, last=time)
        dot, _shared = self._dot(vector, group)
        group.square += 2 * dot + _square(vector)
        group.members.append(number)
        if time:
            group.first, group.last = min(group.first or time, time), max(group.last, time)
        self._known[number] = _Known(vector, story, time, language)
        self._sum(group, vector)
        strongest = np.argsort(-vector.weights.astype(np.int32), kind="stable")[:_INDEXED]
        self._index.add(number, vector.terms[strongest])
        self._held_by[vector.terms & np.uint32(_BUCKETS - 1)] += 1
        self._articles[language] += 1

    def drop(self, number: int) -> None:
        """Takes an article out; a story without articles is forgotten."""
        known = self._known.pop(number, None)
        if known is None:
            return
        self._held_by[known.vector.terms & np.uint32(_BUCKETS - 1)] -= 1
        self._articles[known.language] -= 1
        story = self._stories[known.story]
        story.members.remove(number)
        if not story.members:
            del self._stories[known.story]
            return
        self._rebuild(story)

    def drop_before(self, number: int) -> None:
        """Tells the index that every article before has been dropped."""
        self._index.drop_before(number)

    def merge(self, story: int, other: int) -> None:
        """Makes the articles of `other` those of `story`."""
        gone = self._stories.pop(other, None)
        if gone is None:
            return
        kept = self._stories.setdefault(story, _Story())
        for number in gone.members:
            self._known[number].story = story
        kept.members = sorted([*kept.members, *gone.members])
        self._rebuild(kept)

    def story_of(self, number: int) -> int | None:
        """Gives the story of an article that is in the window."""
        known = self._known.get(number)
        return None if known is None else known.story

    def _candidates(self, vector: Vector) -> list[int]:
        """Gives the stories of the articles that share the strongest terms."""
        strongest = np.argsort(-vector.weights.astype(np.int32), kind="stable")[:_SEARCHED]
        places, articles = self._index.find(vector.terms[strongest])
        if not articles.size:
            return []
        squares = vector.weights[strongest].astype(np.float64) ** 2
        numbers, back = np.unique(articles, return_inverse=True)
        scores = np.bincount(back, squares[places])
        order = np.argsort(-scores, kind="stable")[:_NEIGHBOURS]
        stories: dict[int, None] = {}
        for number in numbers[order].tolist():
            known = self._known.get(number)
            if known is not None:
                stories[known.story] = None
                if len(stories) == _CANDIDATES:
                    break
        return list(stories)

    def _dot(self, vector: Vector, story: _Story) -> tuple[int, int]:
        """Gives the product of an article's vector and the sum of a story's, and how many terms they share."""
        if story.terms is not None and story.sums is not None:
            places = np.minimum(story.terms.searchsorted(vector.terms), story.terms.size - 1)
            same = story.terms[places] == vector.terms
            return int(vector.weights[same].astype(np.int64) @ story.sums[places[same]]), int(same.sum())
        if not story.members:
            return 0, 0
        members = [self._known[number].vector for number in story.members]
        terms = np.concatenate([member.terms for member in members])
        weights = np.concatenate([member.weights for member in members]).astype(np.int64)
        places = np.minimum(vector.terms.searchsorted(terms), vector.terms.size - 1)
        same = vector.terms[places] == terms
        found = places[same]
        return int(vector.weights[found].astype(np.int64) @ weights[same]), int(np.unique(found).size)

    def _sum(self, story: _Story, vector: Vector) -> None:
        """Keeps up the sum of a story that is large enough to have one."""
        if story.terms is not None and story.sums is not None:
            terms = np.concatenate([story.terms, vector.terms])
            weights = np.concatenate([story.sums, vector.weights.astype(np.int64)])
        elif len(story.members) >= _SUMMED:
            members = [self._known[number].vector for number in story.members]
            terms = np.concatenate([member.terms for member in members])
            weights = np.concatenate([member.weights for member in members]).astype(np.int64)
        else:
            return
        story.terms, back = np.unique(terms, return_inverse=True)
        story.sums = np.bincount(back, weights.astype(np.float64)).astype(np.int64)

    def _rebuild(self, story: _Story) -> None:
        """Adds a story up again from its articles."""
        members = [self._known[number] for number in story.members]
        times = [known.at for known in members if known.at]
        story.first, story.last = (min(times), max(times)) if times else (0.0, 0.0)
        terms, back = np.unique(
            np.concatenate([known.vector.terms for known in members]), return_inverse=True
        )
        weights = np.concatenate([known.vector.weights for known in members]).astype(np.float64)
        sums = np.bincount(back, weights, terms.size).astype(np.int64)
        story.square = int(sums @ sums)
        story.terms, story.sums = (terms, sums) if len(members) >= _SUMMED else (None, None)

    def _are_one(self, story: int, other: int) -> bool:
        """Tells whether two stories, which one article fits, are so alike that they are one."""
        first, second = self._stories[story], self._stories[other]
        if (
            not first.last
            or not second.last
            or max(first.first, second.first) - min(first.last, second.last) <= _DAY
        ):
            dot = sum(self._dot(self._known[number].vector, first)[0] for number in second.members)
            return bool(dot >= MERGE * float(first.square * second.square) ** 0.5)
        return False

    def _gap(self, story: _Story, time: float) -> float:
        """Gives the seconds between an article and the time of a story."""
        if not time or not story.last:
            return 0.0
        return max(time - story.last, story.first - time, 0.0)


def _square(vector: Vector) -> int:
    weights = vector.weights.astype(np.int64)
    return int(weights @ weights)


def _least(terms: int) -> float:
    """Gives the cosine from which on an article of so many terms tells a story's event."""
    share = min(1.0, max(0.0, (terms - FEW_TERMS) / (MANY_TERMS - FEW_TERMS)))
    return ALIKE_SHORT + share * (ALIKE - ALIKE_SHORT)


def _length(vector: Vector) -> float:
    length: float = _square(vector) ** 0.5
    return length
