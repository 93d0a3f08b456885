"""How alike articles must be to tell the same event, and how far apart in time they are. Pure arithmetic."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate

import numpy as np
import numpy.typing as npt

ALIKE_ONE, ALIKE_MANY = 0.28, 0.16
"""Mean cosine of articles from which on they tell the same event: of one pair, and of very many; a mean of many is surer."""
ALIKE_LONG = 0.26
"""The same for texts of many terms, in which a name that both mention weighs less."""
FEW_TERMS, MANY_TERMS = 40, 70
"""Between them, what is asked for goes from the one to the other."""
MORE_OF_FEWEST = 0.16
FEWEST_TERMS, ENOUGH_TERMS = 18, 26
"""Of a pair of fewer terms than the one, so much more is asked; between them, a part of it."""
A_DAY = 0.15
"""For each day between two articles, so much is taken off their cosine."""
ELSEWHERE = 0.1
"""Where their titles name countries, and none in common, so much is taken off."""

Numbers = npt.NDArray[np.float64]


def least_alike(pairs: int, terms: float) -> float:
    """Return the mean cosine of so many pairs of articles, of so many terms, from which on they tell the same event."""
    one = ALIKE_ONE + MORE_OF_FEWEST * (1.0 - _between(terms, FEWEST_TERMS, ENOUGH_TERMS))
    short = ALIKE_MANY + (one - ALIKE_MANY) / math.sqrt(pairs)
    return short + (ALIKE_LONG - short) * _between(terms, FEW_TERMS, MANY_TERMS)


def least_alike_each(pairs: Numbers, terms: Numbers) -> Numbers:
    """Return what `least_alike` does for each of many."""
    few = np.clip((terms - FEWEST_TERMS) / (ENOUGH_TERMS - FEWEST_TERMS), 0.0, 1.0)
    one = ALIKE_ONE + MORE_OF_FEWEST * (1.0 - few)
    short = ALIKE_MANY + (one - ALIKE_MANY) / np.sqrt(pairs)
    least: Numbers = short + (ALIKE_LONG - short) * np.clip(
        (terms - FEW_TERMS) / (MANY_TERMS - FEW_TERMS), 0.0, 1.0
    )
    return least


def mean_distance(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """Return the mean distance of the pairs of two sets of times; that of a time not known (0.0) from any other is none."""
    known = sorted(time for time in theirs if time)
    if not known or not any(ours):
        return 0.0
    sums = list(accumulate(known, initial=0.0))
    total = 0.0
    for time in ours:
        if time:
            before = bisect_left(known, time)
            total += time * (2 * before - len(known)) + sums[-1] - 2 * sums[before]
    return total / (len(ours) * len(theirs))


def _between(value: float, low: float, high: float) -> float:
    """Return how far a value has come from the one to the other: 0 to 1."""
    return min(1.0, max(0.0, (value - low) / (high - low)))
