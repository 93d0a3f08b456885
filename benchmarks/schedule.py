"""How soon entries are seen at an equal number of requests: the adaptive schedule, a fixed interval, Miniflux's entry frequency.

    python -m benchmarks.schedule [--seed 1] [--json]

Publication times of the real feeds, as they are and extended to weeks (`benchmarks.schedule_feeds` says how). Each schedule polls
each feed between the same bounds, 5 minutes and 24 hours, and knows at the start what the feed's document shows then. Miniflux's
rule, written anew from its description, comes as it is by default: a feed is polled every seven days divided by the entries that
it published in the last seven. The other two have one number each, set so that the requests over all feeds are as many.

Beside that, Tocsin with its default settings (1 minute, 15 minutes, 6 hours) against the other two at that number of requests.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from benchmarks.real_data import data_folder
from benchmarks.schedule_feeds import FeedTimes, as_they_are, extended, real_times
from crawler.schedule import Bounds, History, Polled, PollHints, next_poll
from crawler.schedule.rhythm import DAY, to_time

NO_JITTER = 0.5
CLOSE = 0.004
"""Requests may differ by so much."""
PEER_BOUNDS = Bounds(timedelta(minutes=5), timedelta(hours=24), timedelta(hours=1))
DEFAULT_BOUNDS = Bounds(timedelta(minutes=1), timedelta(hours=6), timedelta(minutes=15))


class Schedule(Protocol):
    """Decides the waits of one feed."""

    def wait(self, now: float, new: Sequence[float]) -> tuple[float, bool]:
        """Return the seconds until the next poll, and whether the last one found a gap."""
        ...


class Fixed:
    """The same interval for every feed."""

    def __init__(self, feed: FeedTimes, bounds: Bounds, scale: float) -> None:
        self._seconds = scale

    def wait(self, now: float, new: Sequence[float]) -> tuple[float, bool]:
        """See `Schedule`."""
        return self._seconds, False


class EntryFrequency:
    """Miniflux's `entry_frequency`: a week over the entries of the last week, times a factor, within bounds."""

    def __init__(self, feed: FeedTimes, bounds: Bounds, scale: float) -> None:
        self._bounds = bounds
        self._scale = scale
        self._times: list[float] = []

    def wait(self, now: float, new: Sequence[float]) -> tuple[float, bool]:
        """See `Schedule`."""
        self._times.extend(new)
        weekly = len(self._times) - bisect_right(self._times, now - 7 * DAY)
        longest = self._bounds.maximum.total_seconds()
        if not weekly:
            return longest, False
        return min(max(self._scale * 7 * DAY / weekly, self._bounds.minimum.total_seconds()), longest), False


class Adaptive:
    """Tocsin's own: `crawler.schedule.next_poll`; the scale is `Bounds.usual` in hours."""

    def __init__(self, feed: FeedTimes, bounds: Bounds, scale: float) -> None:
        self._window = feed.window
        self._bounds = Bounds(bounds.minimum, bounds.maximum, timedelta(hours=scale))
        self._history = History()

    def wait(self, now: float, new: Sequence[float]) -> tuple[float, bool]:
        """See `Schedule`."""
        moment = to_time(now)
        outcome = Polled(tuple(map(to_time, new)), self._window if new else 0)
        decided = next_poll(self._history, outcome, PollHints(), self._bounds, now=moment, jitter=NO_JITTER)
        self._history = History(decided.rhythm, decided.interval, moment, self._window, decided.overlap)
        return (decided.at - moment).total_seconds(), decided.gap


@dataclass(frozen=True, slots=True)
class Run:
    """What came of one schedule over all feeds."""

    requests: int
    delays: tuple[float, ...]
    lost: int
    """Entries that their document dropped between two polls."""
    gaps: int
    """Polls at which entries were lost."""
    missed: int
    """Such polls that the schedule did not know as a gap."""

    def figures(self) -> dict[str, float]:
        """Return the figures of the report; delays in minutes."""
        ordered = sorted(self.delays)
        return {
            "requests": self.requests,
            "seen": len(ordered),
            "median": round(statistics.median(ordered) / 60, 1),
            "p90": round(ordered[int(0.9 * (len(ordered) - 1))] / 60, 1),
            "mean": round(statistics.mean(ordered) / 60, 1),
            "lost": self.lost,
            "gaps": self.gaps,
            "gaps_missed": self.missed,
        }


Make = Callable[[FeedTimes, Bounds, float], Schedule]


def replay(make: Make, feeds: Sequence[FeedTimes], bounds: Bounds, scale: float) -> Run:
    """Poll every feed from its start to its end."""
    requests = lost = gaps = missed = 0
    delays: list[float] = []
    for feed in feeds:
        schedule = make(feed, bounds, scale)
        now, seen = feed.start, bisect_right(feed.times, feed.start)
        new: Sequence[float] = feed.known
        dropped = 0
        while True:
            wait, is_gap = schedule.wait(now, new)
            gaps += dropped > 0
            missed += dropped > 0 and not is_gap
            now += wait
            if now > feed.end:
                break
            requests += 1
            until = bisect_right(feed.times, now)
            new = feed.times[seen:until][-feed.window :]
            dropped = until - seen - len(new)
            lost += dropped
            seen = until
            delays.extend(now - moment for moment in new)
    return Run(requests, tuple(delays), lost, gaps, missed)


def at_equal_requests(
    make: Make, feeds: Sequence[FeedTimes], bounds: Bounds, wanted: int, low: float, high: float
) -> Run:
    """Return the run whose scale makes about as many requests as wanted."""
    best: Run | None = None
    for _try in range(14):
        scale = math.sqrt(low * high)
        run = replay(make, feeds, bounds, scale)
        if best is None or abs(run.requests - wanted) < abs(best.requests - wanted):
            best = run
        if abs(run.requests - wanted) <= CLOSE * wanted:
            break
        if run.requests > wanted:
            low = scale
        else:
            high = scale
    assert best is not None
    return best


def compare(feeds: Sequence[FeedTimes]) -> dict[str, dict[str, object]]:
    """Return both comparisons over these feeds."""
    found: dict[str, dict[str, object]] = {}
    for name, bounds in (("as Miniflux polls", PEER_BOUNDS), ("as Tocsin polls", DEFAULT_BOUNDS)):
        if bounds is PEER_BOUNDS:
            frequency = replay(EntryFrequency, feeds, bounds, 1.0)
            adaptive = at_equal_requests(Adaptive, feeds, bounds, frequency.requests, 1e-3, 50)
        else:
            adaptive = replay(Adaptive, feeds, bounds, bounds.usual / timedelta(hours=1))
            frequency = at_equal_requests(EntryFrequency, feeds, bounds, adaptive.requests, 1e-4, 50)
        fixed = at_equal_requests(Fixed, feeds, bounds, adaptive.requests, 60, 7 * DAY)
        runs = {"adaptive": adaptive, "entry frequency": frequency, "fixed": fixed}
        figures = {schedule: run.figures() for schedule, run in runs.items()}
        better = min(figures["entry frequency"]["median"], figures["fixed"]["median"])
        found[name] = {
            **figures,
            "median_less_by_percent": round(100 * (1 - figures["adaptive"]["median"] / better), 1),
        }
    return found


def main() -> None:
    """Run and prints."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seed", type=int, default=1, help="of the extended weeks")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    arguments = parser.parse_args()
    real = real_times(data_folder())
    sets = {"as they are": as_they_are(real), "extended": extended(real, arguments.seed)}
    found = {
        name: {
            "feeds": len(feeds),
            "entries": sum(feed.start < moment <= feed.end for feed in feeds for moment in feed.times),
            **compare(feeds),
        }
        for name, feeds in sets.items()
    }
    if arguments.json:
        print(json.dumps({"seed": arguments.seed, "minutes": found}))
        return
    for name, figures in found.items():
        print(f"{name}: {figures['feeds']} feeds, {figures['entries']} entries; delays in minutes")
        for comparison, runs in figures.items():
            if not isinstance(runs, dict):
                continue
            print(
                f"  {comparison}: the median is {runs['median_less_by_percent']} % less than the better peer's"
            )
            for schedule, row in runs.items():
                if isinstance(row, dict):
                    print(f"    {schedule:<16}" + "  ".join(f"{key} {value}" for key, value in row.items()))


if __name__ == "__main__":
    main()
