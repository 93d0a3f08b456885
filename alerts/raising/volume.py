"""Volume: how many articles and stories a name has an hour and a day, and whether that is a spike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from storage.tables import Volume, VolumeUnit

FEWEST_ARTICLES = 5
"""With fewer, nothing is a spike."""
WEEKS = 8
FEWEST_WEEKS = 3
"""The rhythm of a weekday is known from so many weeks on."""
DEVIATIONS = 3.0


def is_spike(count: int, same_weekdays: Sequence[int]) -> bool:
    """Tells whether a day's count stands out from those of the same weekday before (a Poisson's spread at least). Pure."""
    if count < FEWEST_ARTICLES or len(same_weekdays) < FEWEST_WEEKS:
        return False
    usual = sum(same_weekdays) / len(same_weekdays)
    variance = sum((past - usual) ** 2 for past in same_weekdays) / len(same_weekdays)
    spread: float = max(variance, usual, 1.0) ** 0.5
    return count > usual + DEVIATIONS * spread


def spike_days(counts: Mapping[date, int], days: Iterable[date], *, since: date) -> frozenset[date]:
    """Gives those of the days that stand out from the same weekday in the weeks before. Pure.

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


def count_article(
    session: Session, *, watch_list_id: int, kind: str, name: str, at: datetime, story_before: datetime | None
) -> None:
    """Counts an article for a name; `story_before`: when its story was counted for it last, None for never."""
    for unit in VolumeUnit:
        row = _row(session, watch_list_id, kind, name, unit, at)
        row.articles += 1
        if story_before is None or start_of(unit, story_before) != row.starts_at:
            row.stories += 1
    session.flush()


def count_source(
    session: Session, *, watch_list_id: int, outlet: str, language: str | None, at: datetime
) -> None:
    """Counts an article that a list found for its outlet and its language (empty: not known), a day."""
    for kind, name in (("outlet", outlet), ("language", language or "")):
        _row(session, watch_list_id, kind, name, VolumeUnit.DAY, at).articles += 1
    session.flush()


def day_and_rhythm(session: Session, *, watch_list_id: int, name: str, at: datetime) -> tuple[int, list[int]]:
    """Gives an actor's articles of the day, and of the same weekday in the weeks before, as far as the list was counted then."""
    day = start_of(VolumeUnit.DAY, at)
    days = [day - timedelta(weeks=week) for week in range(WEEKS + 1)]
    of_list = select(Volume.starts_at).where(
        Volume.watch_list_id == watch_list_id, Volume.kind == "list", Volume.unit == VolumeUnit.DAY
    )
    first = session.exec(of_list.order_by(col(Volume.starts_at)).limit(1)).first()
    rows = session.exec(
        select(Volume).where(
            Volume.watch_list_id == watch_list_id,
            Volume.kind == "actor",
            Volume.name == name,
            Volume.unit == VolumeUnit.DAY,
            col(Volume.starts_at).in_(days),
        )
    )
    counts = {row.starts_at: row.articles for row in rows}
    known = [earlier for earlier in days[1:] if first is not None and earlier >= first]
    return counts.get(day, 0), [counts.get(earlier, 0) for earlier in known]


def start_of(unit: VolumeUnit, moment: datetime) -> datetime:
    """Gives when the hour or day (UTC) began."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    return hour if unit is VolumeUnit.HOUR else hour.replace(hour=0)


def _row(
    session: Session, watch_list_id: int, kind: str, name: str, unit: VolumeUnit, at: datetime
) -> Volume:
    starts_at = start_of(unit, at)
    row = session.exec(
        select(Volume).where(
            Volume.watch_list_id == watch_list_id,
            Volume.kind == kind,
            Volume.name == name,
            Volume.unit == unit,
            Volume.starts_at == starts_at,
        )
    ).first()
    if row is None:
        row = Volume(watch_list_id=watch_list_id, kind=kind, name=name, unit=unit, starts_at=starts_at)
        session.add(row)
    return row
