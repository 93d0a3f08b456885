"""The second look: the articles of stories that are near each other are grouped anew, by all that is known of them by now.

What is decided of one article after another depends on the order in which they came; this does not. The two groups that are the
most alike, over what is asked of so many texts, become one, until none are alike enough (agglomerative clustering by the mean
over all pairs). Copies are one text from the start, and so is a story that is large already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from alerts.stories.countries import Countries, shares_elsewhere
from alerts.stories.likeness import A_DAY, ELSEWHERE, Numbers, least_alike_each
from alerts.stories.words import Ids

_DAY = 86_400.0
STAYS = 0.03
"""So much more alike are articles that are in one story: what is between two goes not to and fro."""
_TIMES = 100
"""Of the articles of one unit, the times of so many stand for all."""
_NEVER = -np.inf
_ONE_THREAD = 250_000
"""OpenBLAS takes one thread for products of fewer multiplications than 2^18."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Articles that stay together, by their numbers: the sum of their vectors, their times, their texts and terms."""

    members: tuple[int, ...]
    terms: Ids
    sums: npt.NDArray[np.int64]
    times: tuple[float, ...]
    texts: int
    length: int
    """Terms of all members together."""
    story: int
    """The one that they are in."""
    countries: Mapping[Countries, int]
    """How many of them name which in their titles."""


def regroup(units: Sequence[Unit], *, apart: Sequence[tuple[int, int]], whole: float) -> list[list[int]]:
    """Return which units tell one event each, by their places. `apart`: those that must not; `whole`: a vector's length."""
    size = np.array([len(one.members) for one in units], np.float64)
    texts = np.array([one.texts for one in units], np.float64)
    length = np.array([one.length for one in units], np.float64)
    stories = np.array([one.story for one in units])
    stays = STAYS * (stories[:, None] == stories[None, :])
    elsewhere = ELSEWHERE * shares_elsewhere([one.countries for one in units])
    taken_off = A_DAY * _days(units) + elsewhere - stays
    alike = _products(units) / (whole * whole) - taken_off * np.outer(size, size)
    barred = np.zeros((len(units), len(units)), np.bool_)
    for one, other in apart:
        barred[one, other] = barred[other, one] = True
    groups = [[place] for place in range(len(units))]
    alive = np.ones(len(units), np.bool_)
    over = _over(alike, size, texts, length, np.arange(len(units)))
    over[barred] = _NEVER
    np.fill_diagonal(over, _NEVER)
    while True:
        one, other = sorted(divmod(int(over.argmax()), len(units)))
        if over[one, other] < 0.0:
            return sorted(sorted(group) for group in groups if group)
        groups[one] += groups[other]
        groups[other] = []
        alike[one, :] += alike[other, :]
        alike[:, one] = alike[one, :]
        barred[one, :] |= barred[other, :]
        barred[:, one] = barred[one, :]
        for sums in (size, texts, length):
            sums[one] += sums[other]
        alive[other] = False
        row = _over(alike, size, texts, length, np.array([one]))[0]
        row[barred[one] | ~alive] = row[one] = _NEVER
        over[one, :] = over[:, one] = row
        over[other, :] = over[:, other] = _NEVER


def _over(
    alike: Numbers, size: Numbers, texts: Numbers, length: Numbers, rows: npt.NDArray[np.intp]
) -> Numbers:
    """Return by how much groups are more alike than is asked for, each of these with every other."""
    mean = length / size
    asked = least_alike_each(np.outer(texts[rows], texts), np.minimum(mean[rows, None], mean[None, :]))
    found: Numbers = alike[rows] / np.outer(size[rows], size) - asked
    return found


def _products(units: Sequence[Unit]) -> Numbers:
    """Return the product of the sums of each two. They are whole numbers below 2^53: their order changes nothing.

    They are added up in parts so small that the library does each in one thread: several would cost more than they save.
    """
    terms, held_by = np.unique(np.concatenate([one.terms for one in units]), return_counts=True)
    terms = terms[held_by > 1]  # the others are in no product of two
    table = np.zeros((len(units), terms.size))
    for place, one in enumerate(units):
        places = terms.searchsorted(one.terms)
        same = terms.take(places, mode="clip") == one.terms if terms.size else np.zeros(0, np.intp)
        table[place, places[same]] = one.sums[same]
    products = np.zeros((len(units), len(units)))
    width = max(1, _ONE_THREAD // len(units) ** 2)
    for start in range(0, terms.size, width):
        part = table[:, start : start + width]
        products += part @ part.T.copy()
    return products


def _days(units: Sequence[Unit]) -> Numbers:
    """Return the mean of the days between the articles of each two; a time that is not known (0.0) is no time from any other."""
    some = [one.times if len(one.times) <= _TIMES else _spread(one.times) for one in units]
    times = np.array([time for own in some for time in own])
    counts = np.array([len(own) for own in some])
    between = np.abs(times[:, None] - times[None, :]) / _DAY
    between[times == 0.0, :] = between[:, times == 0.0] = 0.0
    starts = np.cumsum(counts) - counts
    sums: Numbers = np.add.reduceat(np.add.reduceat(between, starts, axis=0), starts, axis=1)
    mean: Numbers = sums / np.outer(counts, counts)
    return mean


def _spread(times: Sequence[float]) -> list[float]:
    ordered = sorted(times)
    return [ordered[place * len(ordered) // _TIMES] for place in range(_TIMES)]
