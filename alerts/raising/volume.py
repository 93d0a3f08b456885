"""Volume: how many articles and stories a name has an hour and a day, and whether that is a spike. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from storage.tables import VolumeUnit

FEWEST_ARTICLES = 5
"""With fewer, nothing is a spike."""
WEEKS = 8
FEWEST_WEEKS = 3
"""The rhythm of a weekday is known from so many weeks on."""
DEVIATIONS = 3.0


def is_spike(count: int, same_weekdays: Sequence[int]) -> bool:
    """Return whether a day's count stands out from those of the same weekday before (a Poisson's spread at least)."""
    if count < FEWEST_ARTICLES or len(same_weekdays) < FEWEST_WEEKS:
        return False
    usual = sum(same_weekdays) / len(same_weekdays)
    variance = sum((past - usual) ** 2 for past in same_weekdays) / len(same_weekdays)
    spread: float = max(variance, usual, 1.0) ** 0.5
    return count > usual + DEVIATIONS * spread


def spike_days(counts: Mapping[date, int], days: Iterable[date], *, since: date) -> frozenset[date]:
    """Return those of the days that stand out from the same weekday in the weeks before.

    `counts` are the articles of each day that had any, those weeks included; `since` is the first day that was counted.
    """
    by_number = {day.toordinal(): count for day, count in counts.items()}
    first = since.toordinal()
    return frozenset(
        day
        for day in days
        if counts.get(day, 0) >= FEWEST_ARTICLES
        and is_spike(counts[day], _weekdays_before(by_number, day.toordinal(), first))
    )


def _weekdays_before(counts: Mapping[int, int], day: int, first: int) -> list[int]:
    """Days by their proleptic ordinal, as a page of trends asks for thousands."""
    return [counts.get(earlier, 0) for earlier in range(day - 7, max(first, day - 7 * WEEKS) - 1, -7)]


def rhythm_days(at: datetime) -> list[datetime]:
    """Return when a moment's day began, and the same weekdays before that its count is compared with."""
    day = start_of(VolumeUnit.DAY, at)
    return [day - timedelta(weeks=week) for week in range(WEEKS + 1)]


def rhythm(counts: Mapping[datetime, int], at: datetime, *, since: date | None) -> list[int]:
    """Return the articles of the same weekday in the weeks before, as far as the list was counted then (`since`)."""
    return [counts.get(day, 0) for day in rhythm_days(at)[1:] if since is not None and day.date() >= since]


def start_of(unit: VolumeUnit, moment: datetime) -> datetime:
    """Return when the hour or day (UTC) began."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return hour if unit is VolumeUnit.HOUR else hour.replace(hour=0)
