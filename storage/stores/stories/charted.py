"""Volume as a chart has it: by name, list, outlet, country, language or type of outlet, each day of a time zone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import String, and_, cast, false, func, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.outlet_types import type_of
from storage.stores.stories.volumes import CountedTime, DayVolume
from storage.tables import Outlet, Volume, VolumeUnit, WatchListRow

ChartBy = Literal["name", "list", "outlet", "country", "language", "type"]
"""What a chart compares: actors and topics, watch lists, or where their articles come from."""
_KINDS: dict[str, tuple[str, ...]] = {
    "name": ("actor", "topic"),
    "list": ("list",),
    "outlet": ("outlet",),
    "country": ("outlet",),
    "language": ("language",),
    "type": ("outlet",),
}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTED = frozenset(kind for kinds in _KINDS.values() for kind in kinds)


@dataclass(frozen=True, slots=True, order=True)
class Charted:
    """What is counted: an actor or topic of a list, a list, an outlet, or a code (empty where it is not known)."""

    name: str
    watch_list: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ChartSpan:
    """The days that are asked for, both ends included, in a time zone."""

    first: date
    last: date
    zone: ZoneInfo

    @property
    def days(self) -> list[date]:
        """Every day once, oldest first."""
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]

    @property
    def start(self) -> datetime:
        """When the first day begins."""
        return datetime.combine(self.first, time(), self.zone).astimezone(UTC)

    @property
    def end(self) -> datetime:
        """When the last day is over."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone).astimezone(UTC)


def most_counted(
    session: Session, by: ChartBy, span: ChartSpan, *, watch_lists: Sequence[str] = (), most: int
) -> list[tuple[Charted, int]]:
    """Return what has the most articles in a time, the most first: to choose from. No lists named: of all."""
    lists = list_numbers(session, watch_lists)
    named = by in ("name", "list")
    keys: tuple[Any, ...] = (col(Volume.kind), col(Volume.name))
    if named:
        keys = (*keys, col(Volume.watch_list_id))
    found: dict[Charted, int] = defaultdict(int)
    groups = _groups(session, by)
    for unit, start, end in whole_times(session, span, by):
        query = sa_select(func.sum(col(Volume.articles)), *keys).where(
            *_where(by, unit, start, end), col(Volume.watch_list_id).in_(lists)
        )
        for articles, kind, name, *list_id in session.execute(query.group_by(*keys)):
            of_list = lists[list_id[0]] if list_id else ""
            key = (
                Charted(of_list if by == "list" else name, of_list, kind) if named else Charted(groups(name))
            )
            found[key] += int(articles)
    return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:most]


def days_charted(
    session: Session,
    by: ChartBy,
    wanted: Sequence[Charted],
    span: ChartSpan,
    *,
    watch_lists: Sequence[str] = (),
) -> dict[Charted, dict[date, DayVolume]]:
    """Return of each the days on which it had any article. Of times of which no hours are kept, the days are those of UTC."""
    found: dict[Charted, dict[date, list[int]]] = {key: defaultdict(lambda: [0, 0]) for key in wanted}
    lists = list_numbers(session, watch_lists)
    groups = _groups(session, by)
    named = by in ("name", "list")
    keys: tuple[Any, ...] = (col(Volume.kind), col(Volume.name))
    if named:
        keys = (*keys, col(Volume.watch_list_id))
    for unit, start, end, offset in _parts(session, by, span):
        day = _local_day(session, offset)
        query = sa_select(day, func.sum(col(Volume.articles)), func.sum(col(Volume.stories)), *keys)
        query = query.where(*_which(by, wanted, lists, unit, start, end))
        for text, articles, stories, kind, name, *list_id in session.execute(query.group_by(day, *keys)):
            of_list = lists[list_id[0]] if list_id else ""
            key = (
                Charted(of_list if by == "list" else name, of_list, kind) if named else Charted(groups(name))
            )
            if key in found:
                counted = found[key][date.fromisoformat(text)]
                counted[0] += int(articles)
                counted[1] += int(stories)
    return {
        key: {day: DayVolume(day, articles, stories) for day, (articles, stories) in days.items()}
        for key, days in found.items()
    }


def whole_times(session: Session, span: ChartSpan, by: ChartBy | None = None) -> list[CountedTime]:
    """Return the times that make up the whole of a span, none overlapping another: days of UTC, and hours at its two ends.

    Of times of which no hours are kept, the days are those of UTC.
    """
    begin, end = (datetime.combine(day, time(), UTC) for day in (span.first, span.last + timedelta(days=1)))
    if (span.start, span.end) == (begin, end):
        return [(VolumeUnit.DAY, begin, end)]
    first, last = (datetime.combine(at.date(), time(), UTC) for at in (span.start, span.end))
    if first < span.start:
        first += DAY
    known_from = _hours_known_from(session, _COUNTED if by is None else _KINDS[by])
    if known_from is None or last <= known_from:
        return [(VolumeUnit.DAY, begin, end)]
    times = [
        (VolumeUnit.HOUR, span.start, first),
        (VolumeUnit.DAY, first, last),
        (VolumeUnit.HOUR, last, span.end),
    ]
    if first < known_from:
        times[:2] = [(VolumeUnit.DAY, begin, last)]
    return [one for one in times if one[1] < one[2]]


def list_numbers(session: Session, names: Sequence[str] = ()) -> dict[int, str]:
    """Return the names of the watch lists by their numbers: of those that are named, else of all."""
    rows = session.execute(sa_select(col(WatchListRow.id), col(WatchListRow.name)))
    return {number: name for number, name in rows if not names or name in names}


def _groups(session: Session, by: ChartBy) -> Any:  # noqa: ANN401  (a function of a name)
    """Return what says to which group an outlet belongs; for all else, to its own."""
    if by == "country":
        known = session.execute(sa_select(col(Outlet.name), col(Outlet.country)))
        of = {name: country or "" for name, country in known}
    elif by == "type":
        rows = session.execute(sa_select(col(Outlet.name), col(Outlet.tags)))
        of = {name: type_of(tags) or "" for name, tags in rows}
    else:
        return lambda name: name
    return lambda name: of.get(name, "")


def _where(by: ChartBy, unit: VolumeUnit, start: datetime, end: datetime) -> tuple[Any, ...]:
    return (*_within(unit, start, end), col(Volume.kind).in_(_KINDS[by]))


def _within(unit: VolumeUnit, start: datetime, end: datetime) -> tuple[Any, ...]:
    at = col(Volume.starts_at)
    return col(Volume.unit) == unit, at >= start, at < end


def _which(
    by: ChartBy,
    wanted: Sequence[Charted],
    lists: dict[int, str],
    unit: VolumeUnit,
    start: datetime,
    end: datetime,
) -> tuple[Any, ...]:
    """Return the conditions of what is wanted in a time."""
    of_lists = (*_where(by, unit, start, end), col(Volume.watch_list_id).in_(lists))
    if by in ("outlet", "language"):
        return (*of_lists, col(Volume.name).in_([key.name for key in wanted]))
    if by in ("country", "type"):
        return of_lists  # all outlets, grouped here
    numbers = {name: number for number, name in lists.items()}
    found = [
        and_(
            col(Volume.watch_list_id) == numbers[key.watch_list],
            col(Volume.kind) == key.kind,
            col(Volume.name) == ("" if key.kind == "list" else key.name),
            *_within(unit, start, end),
        )
        for key in wanted
        if key.watch_list in numbers
    ]
    # each by the unique index: of a list of keys SQLite's planner makes a scan of all that was counted in the time
    return (or_(false(), *found),)


def _parts(
    session: Session, by: ChartBy, span: ChartSpan
) -> Iterator[tuple[VolumeUnit, datetime, datetime, timedelta]]:
    """Return the times that are counted by days (UTC), and by hours with the zone's offset then; none overlaps another."""
    begin, end = (datetime.combine(day, time(), UTC) for day in (span.first, span.last + timedelta(days=1)))
    if span.start == begin and span.end == end:
        yield VolumeUnit.DAY, begin, end, timedelta(0)
        return
    known_from = _hours_known_from(session, _KINDS[by])
    if known_from is None or known_from >= end:
        yield VolumeUnit.DAY, begin, end, timedelta(0)
        return
    start = span.start
    if begin < known_from:
        yield VolumeUnit.DAY, begin, known_from, timedelta(0)
        start = max(start, known_from)
    yield from _offsets(start, span.end, span.zone)


def _hours_known_from(session: Session, kinds: Collection[str]) -> datetime | None:
    """Return from when on what was counted is known by hours: from ever, where none is left out; None where none is known."""
    oldest: dict[VolumeUnit, datetime | None] = {
        unit: session.execute(
            sa_select(func.min(col(Volume.starts_at))).where(
                col(Volume.unit) == unit, col(Volume.kind).in_(kinds)
            )
        ).scalar_one()
        for unit in VolumeUnit
    }
    hour, day = oldest[VolumeUnit.HOUR], oldest[VolumeUnit.DAY]
    if hour is None:
        return None
    midnight = datetime.combine(hour.date(), time(), UTC)
    return EVER if day is None or day >= midnight else midnight + DAY


def _offsets(
    start: datetime, end: datetime, zone: ZoneInfo
) -> Iterator[tuple[VolumeUnit, datetime, datetime, timedelta]]:
    """Return a time in parts in which the zone's clocks are not changed."""
    since, offset = start, _offset(start, zone)
    at = start
    while at < end:
        at += HOUR
        now = _offset(at, zone)
        if now != offset and at < end:
            yield VolumeUnit.HOUR, since, at, offset
            since, offset = at, now
    if since < end:
        yield VolumeUnit.HOUR, since, end, offset


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta(0)


def _local_day(session: Session, offset: timedelta) -> Any:  # noqa: ANN401  (a column)
    """Return the day of a row, as text, where clocks are so far from UTC."""
    at, minutes = col(Volume.starts_at), round(offset.total_seconds() / 60)
    if session.get_bind().dialect.name == "sqlite":
        return cast(func.date(at, f"{minutes:+d} minutes"), String)
    return func.to_char(func.timezone("UTC", at) + timedelta(minutes=minutes), "YYYY-MM-DD")
