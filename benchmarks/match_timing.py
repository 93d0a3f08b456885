"""Times ways of matching against each other: alternated in one process, so that the machine's moods meet all of them alike."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

SECONDS_A_ROUND = 0.4
MOST_PASSES = 20


@dataclass(frozen=True, slots=True)
class Way:
    """A way of matching: `match` is given an article's number. `articles` are those it is tried on, in `share` of the queries."""

    name: str
    match: Callable[[int], object]
    articles: Sequence[int]
    share: float = 1.0


@dataclass(slots=True)
class Times:
    """Seconds that a way took, for each article, one list a round; with a sample of the queries, scaled to all."""

    rounds: list[dict[int, list[float]]] = field(default_factory=list)

    def per_article(self) -> list[float]:
        """Return each article's median."""
        numbers = self.rounds[0]
        return [
            statistics.median(time for times in self.rounds for time in times[number]) for number in numbers
        ]

    def seconds(self, round_: int, articles: Sequence[int]) -> float:
        """Return what these articles took together in a round, a pass."""
        times = self.rounds[round_]
        return sum(statistics.fmean(times[number]) for number in articles)

    def speed(self) -> float:
        """Return articles a second: the median of the rounds."""
        return statistics.median(
            len(times) / self.seconds(number, list(times)) for number, times in enumerate(self.rounds)
        )

    def percentile(self, percent: int) -> float:
        """Return the seconds that so many percent of the articles stay within, by each article's median."""
        return statistics.quantiles(self.per_article(), n=100, method="inclusive")[percent - 1]


def alternate(ways: Sequence[Way], rounds: int) -> dict[str, Times]:
    """Times every way in every round. Those tried on all articles take turns article list by article list."""
    whole = max(len(way.articles) for way in ways)
    quick = [way for way in ways if len(way.articles) == whole]
    slow = [way for way in ways if len(way.articles) < whole]
    longest = max([_warm_up(way) for way in quick])
    passes = max(1, min(MOST_PASSES, int(SECONDS_A_ROUND / longest)))
    timed = {way.name: Times() for way in ways}
    for _round in range(rounds):
        gc.collect()
        for way in ways:
            timed[way.name].rounds.append({number: [] for number in way.articles})
        for _pass in range(passes):
            for way in quick:
                _one_pass(way, timed[way.name].rounds[-1])
        for way in slow:
            _one_pass(way, timed[way.name].rounds[-1])
    return timed


def ratio(times: dict[str, Times], of: str, to: str) -> float:
    """Return how many times faster one way is than another on the articles that both were tried on: the median of the rounds."""
    one, other = (list(times[way].rounds[0]) for way in (of, to))
    articles = one if len(one) < len(other) else other
    return statistics.median(
        times[to].seconds(round_, articles) / times[of].seconds(round_, articles)
        for round_ in range(len(times[of].rounds))
    )


def spread(lengths: Sequence[int], count: int) -> list[int]:
    """Return the numbers of so many articles, evenly from the shortest to the longest."""
    ordered = sorted(range(len(lengths)), key=lambda number: lengths[number])
    if count >= len(ordered):
        return ordered
    return [ordered[int((place + 0.5) * len(ordered) / count)] for place in range(count)]


def _warm_up(way: Way) -> float:
    start = time.perf_counter()
    for number in way.articles:
        way.match(number)
    return time.perf_counter() - start


def _one_pass(way: Way, times: dict[int, list[float]]) -> None:
    clock, match = time.perf_counter, way.match
    for number in way.articles:
        start = clock()
        match(number)
        times[number].append((clock() - start) / way.share)
