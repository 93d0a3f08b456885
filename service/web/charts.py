"""Bar charts as SVG: counts by day in, shapes out; colours and fonts are the stylesheet's. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from statistics import mean, pstdev

WIDTH, HEIGHT = 600, 120
GAP = 2
SPIKE_SIGMAS = 3
FEWEST_IN_A_SPIKE = 5
HISTORY = 7
"""A day is compared with so many days before it, at least."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One day."""

    day: date
    count: int
    x: float
    y: float
    width: float
    height: float
    spike: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars over a width and height of user units; `most` is the tallest bar's count."""

    bars: tuple[Bar, ...]
    most: int
    total: int
    width: int = WIDTH
    height: int = HEIGHT


def chart(days: Sequence[tuple[date, int]]) -> Chart:
    """Gives the bars of counts by day, oldest first."""
    most = max((count for _day, count in days), default=0)
    step = WIDTH / max(1, len(days))
    spikes = spike_days(days)
    bars = []
    for place, (day, count) in enumerate(days):
        height = round(HEIGHT * count / most, 1) if most else 0.0
        bars.append(
            Bar(
                day,
                count,
                round(place * step, 1),
                round(HEIGHT - height, 1),
                round(max(1.0, step - GAP), 1),
                height,
                day in spikes,
            )
        )
    return Chart(tuple(bars), most, sum(count for _day, count in days))


def spike_days(days: Sequence[tuple[date, int]]) -> set[date]:
    """Gives the days that stand out: three deviations above the mean of the days before, and five more than it."""
    found = set()
    for place in range(HISTORY, len(days)):
        before = [count for _day, count in days[:place]]
        day, count = days[place]
        if count >= mean(before) + max(SPIKE_SIGMAS * pstdev(before), FEWEST_IN_A_SPIKE):
            found.add(day)
    return found
