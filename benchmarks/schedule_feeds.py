"""Publication times for the schedule benchmark: those of the real feeds, and weeks like them.

A real feed shows its last entries only: a few hours of a busy outlet, years of a quiet one. So the times are used twice. *As they
are*: the last four weeks of each feed, where the first third of what it shows within them is known at the start. *Extended*: six
weeks drawn at random from a model fitted to each feed:

- the mean rate is that between the feed's first and last entry;
- the hours of the day are the feed's own counts over the time that its document covers, held by four entries a day's worth at
  the shape of all feeds together, turned to the feed's own busiest time;
- the weekdays are those of all feeds that show two weeks or more, held the same way;
- bursts: each entry brings on average `followers` more, each after an exponential time of ten minutes; `followers` is the share
  of gaps below ten minutes that a feed of the same hours without bursts would not have.

Dates without a time of day (all at midnight) tell nothing of when an entry appeared: feeds that give mostly such are left out.
"""

from __future__ import annotations

import gzip
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from crawler.schedule.rhythm import DAY, HOUR, hour_and_day
from crawler.sources.documents import parse_feed

WEEKS = 6
BURST = 600.0
FEWEST = 5
"""Feeds that show fewer entries with a time are left out."""
PRIOR = 4.0
LAST_WEEKS = 28 * DAY


@dataclass(frozen=True, slots=True)
class FeedTimes:
    """A feed's publication times (seconds, ascending), how many entries its document shows, and when polling starts."""

    name: str
    times: tuple[float, ...]
    window: int
    start: float
    end: float

    @property
    def known(self) -> tuple[float, ...]:
        """What the document shows when polling starts."""
        return tuple(moment for moment in self.times if moment <= self.start)[-self.window :]


def real_times(data: Path) -> dict[str, list[float]]:
    """Return each real feed's publication times, by its file's name."""
    found = {}
    for file in sorted((data / "feeds" / "real").glob("*.gz")):
        feed = parse_feed(gzip.decompress(file.read_bytes()), url="https://feed.example/")
        times = sorted(entry.published.timestamp() for entry in feed.entries if entry.published)
        dateless = sum(moment % HOUR == 0 and hour_and_day(moment)[0] == 0 for moment in times)
        if len(times) >= FEWEST and dateless * 2 <= len(times):
            found[file.name.split(".")[0]] = times
    return found


def as_they_are(real: dict[str, list[float]]) -> list[FeedTimes]:
    """Return the last four weeks of each feed that published in them."""
    end = max(times[-1] for times in real.values())
    feeds = []
    for name, times in real.items():
        recent = [moment for moment in times if moment > end - LAST_WEEKS]
        if len(recent) >= 3:
            start = recent[len(recent) // 3]
            feeds.append(FeedTimes(name, tuple(times), len(times), start, end))
    return feeds


def extended(real: dict[str, list[float]], seed: int) -> list[FeedTimes]:
    """Return six weeks of each feed, drawn from the model; polling starts after two."""
    hours, days = _common_hours(real), _common_days(real)
    begin = math.floor(max(times[-1] for times in real.values()) / DAY) * DAY
    feeds = []
    for name, times in real.items():
        dice = random.Random(f"{seed}/{name}")
        drawn = _draw(dice, times, hours, days, begin, begin + WEEKS * 7 * DAY)
        feeds.append(FeedTimes(name, tuple(drawn), len(times), begin + 14 * DAY, begin + WEEKS * 7 * DAY))
    return feeds


def _draw(
    dice: random.Random,
    times: Sequence[float],
    common_hours: Sequence[float],
    common_days: Sequence[float],
    begin: float,
    end: float,
) -> list[float]:
    rate = (len(times) - 1) / max(times[-1] - times[0], HOUR)
    hours = _own_hours(times, common_hours)
    days = _own_days(times, common_days)
    followers = _followers(times, rate, hours)
    parents = rate * (1 - followers)
    highest = parents * max(hours) * max(days)
    found = []
    moment = begin
    while True:
        moment += dice.expovariate(highest)
        if moment >= end:
            break
        hour, day = hour_and_day(moment)
        if dice.random() * highest > parents * hours[hour] * days[day]:
            continue
        follower = moment
        while follower < end:
            found.append(follower)
            if dice.random() >= followers:
                break
            follower += dice.expovariate(1 / BURST)
    return sorted(found)


def _common_hours(real: dict[str, list[float]]) -> list[float]:
    """The shape of a day, its middle at 12: the mean over feeds that cover a day or more, each turned to its own middle."""
    counts = [0.0] * 24
    for times in real.values():
        if times[-1] - times[0] < DAY:
            continue
        middle = _middle(times)
        for moment in times:
            counts[round(moment / HOUR - middle + 12) % 24] += 1 / len(times)
    return _to_mean_one([count + 0.1 for count in counts])


def _common_days(real: dict[str, list[float]]) -> list[float]:
    counts = [0.0] * 7
    for times in real.values():
        if times[-1] - times[0] >= 14 * DAY:
            for moment in times:
                counts[hour_and_day(moment)[1]] += 1 / len(times)
    return _to_mean_one(counts)


def _own_hours(times: Sequence[float], common: Sequence[float]) -> list[float]:
    middle = _middle(times)
    turned = [common[round(hour - middle + 12) % 24] for hour in range(24)]
    counts = [0.0] * 24
    covered = [0.0] * 24
    for moment in times:
        counts[hour_and_day(moment)[0]] += 1
    moment = times[0]
    while moment < times[-1]:
        covered[hour_and_day(moment)[0]] += 1
        moment += HOUR
    rate = len(times) / max(sum(covered), 1)
    return _to_mean_one(
        [
            turned[hour] * (counts[hour] + PRIOR) / (rate * covered[hour] * turned[hour] + PRIOR)
            for hour in range(24)
        ]
    )


def _own_days(times: Sequence[float], common: Sequence[float]) -> list[float]:
    if times[-1] - times[0] < 14 * DAY:
        return list(common)
    counts = [0.0] * 7
    for moment in times:
        counts[hour_and_day(moment)[1]] += 1
    expected = len(times) / 7
    return _to_mean_one(
        [common[day] * (counts[day] + PRIOR) / (expected * common[day] + PRIOR) for day in range(7)]
    )


def _followers(times: Sequence[float], rate: float, hours: Sequence[float]) -> float:
    gaps = [later - earlier for earlier, later in pairwise(times)]
    short = sum(gap < BURST for gap in gaps) / len(gaps)
    steady = sum(1 - math.exp(-rate * hours[hour_and_day(moment)[0]] * BURST) for moment in times) / len(
        times
    )
    return min(max((short - steady) / (1 - steady), 0.0), 0.8)


def _middle(times: Sequence[float]) -> float:
    """Return the hour around which a day's entries lie (their mean on the circle)."""
    turns = [2 * math.pi * (moment % DAY) / DAY for moment in times]
    angle = math.atan2(sum(map(math.sin, turns)), sum(map(math.cos, turns)))
    return angle / (2 * math.pi) * 24 % 24


def _to_mean_one(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    return [value / mean for value in values]
