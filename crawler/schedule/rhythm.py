"""When a feed publishes: learned from the times at which its entries appeared. Pure.

The expected rate at a time is the feed's mean rate, times a factor for the hour of the day and one for the day of the week, plus
what a burst adds: one entry often brings others within the hour. With little data the factors stay near 1 and the burst near what
is usual (each has a prior), so a new feed is polled by its mean rate alone. What lies back counts ever less (`MEMORY`), so that a
feed that changes is learned anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

HOUR = 3600.0
DAY = 24 * HOUR
MEMORY = 28 * DAY
"""After so long an entry counts 1/e."""
LOOK_BACK = 3 * MEMORY
"""What a feed's first document says of times before is not used."""
LATELY = DAY
"""The memory of how the feed has fared lately, by which the level is moved where it can't be chance."""
BURST = HOUR / 4
"""What an entry adds to the rate falls to 1/e within this time."""
FEWEST = 0.5
"""Entries added to what was counted, so that no feed is ever thought dead."""
FEWEST_IN = HOUR / 4
"""And the time added in which they came: a feed of which nothing is known is thought busy, until it is watched."""
FACTOR_DOUBT = 1.0
"""An hour's or a weekday's factor is held at 1 by so many entries, and by two days' worth of the mean: one day tells little."""
DAYS_DOUBT = 2
SHARPER = 1.25
"""For polling, the factors are raised to this power: entries come in knots, so that busy hours repay a poll more than their share
(2 to 12 % off the median delay in `benchmarks.schedule`)."""
USUAL_FOLLOWERS = 0.1
FOLLOWERS_DOUBT = 5.0
MOST_FOLLOWERS = 0.8
RECENT = 16
"""How many entries at most count as a burst under way."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What was learned: entries counted and seconds watched, by hour and by weekday (UTC), both decayed to `as_of`.

    Times are seconds since 1970; `as_of` 0 means that nothing is known.
    """

    as_of: float = 0.0
    hours: tuple[float, ...] = (0.0,) * 24
    hours_watched: tuple[float, ...] = (0.0,) * 24
    days: tuple[float, ...] = (0.0,) * 7
    days_watched: tuple[float, ...] = (0.0,) * 7
    followers: float = 0.0
    """Entries that came within `BURST` of the one before, less those that a steady feed would have had."""
    lately: float = 0.0
    """Entries of the last day or so (decayed by `LATELY`)."""
    lately_watched: float = 0.0
    """Seconds of that time, each times the factors of its hour and weekday."""
    recent: tuple[float, ...] = ()
    """When the last entries appeared, oldest first."""

    def to_json(self) -> dict[str, Any]:
        """Return what storage keeps."""
        if not self.as_of:
            return {}
        return {
            "as_of": self.as_of,
            "hours": [round(count, 3) for count in self.hours],
            "hours_watched": [round(seconds) for seconds in self.hours_watched],
            "days": [round(count, 3) for count in self.days],
            "days_watched": [round(seconds) for seconds in self.days_watched],
            "followers": round(self.followers, 3),
            "lately": round(self.lately, 3),
            "lately_watched": round(self.lately_watched),
            "recent": [round(moment) for moment in self.recent],
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Rhythm:
        """Read what `to_json` gave; what is no such thing counts as nothing known."""
        try:
            rhythm = cls(
                as_of=float(stored["as_of"]),
                hours=tuple(map(float, stored["hours"])),
                hours_watched=tuple(map(float, stored["hours_watched"])),
                days=tuple(map(float, stored["days"])),
                days_watched=tuple(map(float, stored["days_watched"])),
                followers=float(stored["followers"]),
                lately=float(stored["lately"]),
                lately_watched=float(stored["lately_watched"]),
                recent=tuple(map(float, stored["recent"])),
            )
        except (KeyError, TypeError, ValueError):
            return cls()
        sizes = (len(rhythm.hours), len(rhythm.hours_watched), len(rhythm.days), len(rhythm.days_watched))
        return rhythm if sizes == (24, 24, 7, 7) else cls()


def learn(rhythm: Rhythm, appeared: Sequence[float], *, now: float) -> Rhythm:
    """Return the rhythm with the entries that appeared since it was learned last; none is news too: nothing came.

    The first time, the watch begins with the oldest entry given.
    """
    times = sorted(moment for moment in appeared if now - LOOK_BACK <= moment <= now)
    if not rhythm.as_of:
        return _first(times, bool(appeared), now)
    since = min(rhythm.as_of, now)
    faded = math.exp(-(now - since) / MEMORY)
    seen = _Counts(rhythm, faded)
    forecast = Forecast(rhythm, now=since)
    lately_watched = rhythm.lately_watched * math.exp(-(now - since) / LATELY)
    for start, end in _by_hour(max(since, now - LOOK_BACK), now):
        seen.watch(start, end, now)
        weight = math.exp(-(now - (start + end) / 2) / LATELY)
        lately_watched += forecast.factor(start) * (end - start) * weight
    seen.count(times, now)
    lately = rhythm.lately * math.exp(-(now - since) / LATELY) + _weigh(times, now, LATELY)
    return seen.rhythm(now, lately, lately_watched)


def _first(times: Sequence[float], has_older: bool, now: float) -> Rhythm:
    seen = _Counts(Rhythm(), 1.0)
    since = times[0] if times else (now - LOOK_BACK if has_older else now)
    for start, end in _by_hour(since, now):
        seen.watch(start, end, now)
    seen.count(times, now)
    return seen.rhythm(now, _weigh(times, now, LATELY), LATELY * (1 - math.exp(-(now - since) / LATELY)))


class _Counts:
    """A rhythm's counts while something is added to them."""

    def __init__(self, rhythm: Rhythm, faded: float) -> None:
        self.hours = [count * faded for count in rhythm.hours]
        self.hours_watched = [seconds * faded for seconds in rhythm.hours_watched]
        self.days = [count * faded for count in rhythm.days]
        self.days_watched = [seconds * faded for seconds in rhythm.days_watched]
        self.followers = rhythm.followers * faded
        self.recent = list(rhythm.recent)

    def watch(self, start: float, end: float, now: float) -> None:
        """Add a time watched, within one hour of the clock."""
        hour, day = hour_and_day(start)
        seconds = (end - start) * math.exp(-(now - (start + end) / 2) / MEMORY)
        self.hours_watched[hour] += seconds
        self.days_watched[day] += seconds

    def count(self, times: Sequence[float], now: float) -> None:
        """Add entries."""
        total = sum(self.hours) + _weigh(times, now, MEMORY)
        steady = 1 - math.exp(-BURST * total / (sum(self.hours_watched) + HOUR))
        for moment in times:
            hour, day = hour_and_day(moment)
            weight = math.exp(-(now - moment) / MEMORY)
            self.hours[hour] += weight
            self.days[day] += weight
            if self.recent:
                self.followers += weight * ((moment - self.recent[-1] < BURST) - steady)
            self.recent.append(moment)

    def rhythm(self, now: float, lately: float, lately_watched: float) -> Rhythm:
        """Return the rhythm."""
        return Rhythm(
            as_of=now,
            hours=tuple(self.hours),
            hours_watched=tuple(self.hours_watched),
            days=tuple(self.days),
            days_watched=tuple(self.days_watched),
            followers=self.followers,
            lately=lately,
            lately_watched=lately_watched,
            recent=tuple(sorted(self.recent)[-RECENT:]),
        )


class Forecast:
    """The rate that a rhythm lets one expect, entries a second, from `now` on."""

    def __init__(self, rhythm: Rhythm, *, now: float) -> None:
        total, watched = sum(rhythm.hours), sum(rhythm.hours_watched)
        self.mean = (total + FEWEST) / (watched + FEWEST_IN)
        self._hours = _factors(rhythm.hours, rhythm.hours_watched, self.mean, around=True)
        self._days = _factors(rhythm.days, rhythm.days_watched, self.mean, around=False)
        usual = USUAL_FOLLOWERS * FOLLOWERS_DOUBT
        followers = (rhythm.followers + usual) / (total + FOLLOWERS_DOUBT)
        self.followers = min(max(followers, 0.0), MOST_FOLLOWERS)
        self.level = _level(rhythm.lately, self.mean * rhythm.lately_watched)
        self._burst = _weigh(rhythm.recent, now, BURST) * self.followers / BURST
        self._now = now
        self._by_hour: dict[int, float] = {}
        """What was found of the rate in an hour of the clock: it is asked for again and again."""

    def usual_rate(self, moment: float) -> float:
        """Return the rate at a time, whatever has happened lately."""
        return self.mean * self.factor(moment)

    def factor(self, moment: float) -> float:
        """Return by how much the hour and the weekday make the rate more or less than the mean."""
        hour, day = hour_and_day(moment)
        return self._hours[hour] * self._days[day]

    def rate(self, moment: float) -> float:
        """Return the rate at a time."""
        hour = int(moment // HOUR)
        steady = self._by_hour.get(hour)
        if steady is None:
            usual = self.mean * math.pow(self.factor(moment), SHARPER)
            steady = self._by_hour[hour] = usual * self.level * (1 - self.followers)
        return steady + self._burst * math.exp(-(moment - self._now) / BURST)


def _level(lately: float, expected: float) -> float:
    """Return factor by which a feed is busier or quieter than its rhythm; 1 where the difference may be chance (two sigma)."""
    expected = max(expected, 0.01)
    least = max(lately - 2 * math.sqrt(lately), 0.0) / expected
    most = (lately + 2 * math.sqrt(lately) + 3) / expected
    return min(max(1.0, least), most)


def _weigh(times: Sequence[float], now: float, memory: float) -> float:
    return sum(math.exp(-(now - moment) / memory) for moment in times if moment <= now)


def hour_and_day(moment: float) -> tuple[int, int]:
    """Return the hour of the day and the weekday (0 is Monday), UTC."""
    return int(moment // HOUR) % 24, (int(moment // DAY) + 3) % 7


def _by_hour(start: float, end: float) -> Iterator[tuple[float, float]]:
    """Cut a time into pieces that don't cross a full hour."""
    while start < end:
        stop = min((start // HOUR + 1) * HOUR, end)
        yield start, stop
        start = stop


def _factors(
    counts: Sequence[float], watched: Sequence[float], mean: float, *, around: bool
) -> tuple[float, ...]:
    """Return each cell's factor on the mean rate; with `around`, its neighbours have half a say each."""
    doubt = FACTOR_DOUBT + mean * DAYS_DOUBT * (HOUR if around else DAY)
    if around:
        counts, watched = _blurred(counts), _blurred(watched)
    return tuple(
        (count + doubt) / (mean * seconds + doubt) for count, seconds in zip(counts, watched, strict=True)
    )


def _blurred(values: Sequence[float]) -> list[float]:
    size = len(values)
    return [values[n] + (values[n - 1] + values[(n + 1) % size]) / 2 for n in range(size)]
