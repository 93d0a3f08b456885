"""Volume, read: what has the most in a time, its counts by day, and from where its articles came. No article is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import eq

from sqlalchemy import and_, false, func, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.tables import Volume, VolumeUnit, WatchListRow

CountedTime = tuple[VolumeUnit, datetime, datetime]
"""A time as it is counted: by hours or days (UTC), from when, until when."""


@dataclass(frozen=True, slots=True)
class Total:
    """How many articles a watch list (`kind` `list`), or an actor or topic of it, had in a time."""

    watch_list_id: int
    watch_list: str
    kind: str
    name: str
    """The actor's or topic's; of a whole list its own."""
    articles: int


@dataclass(frozen=True, slots=True)
class DayVolume:
    """The articles and stories of one day."""

    day: date
    articles: int
    stories: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What has the most in a time, most first. `articles` is how many there were of all lists together."""

    articles: int
    lists: tuple[Total, ...]
    names: tuple[Total, ...]
    outlets: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]
    """By code; empty where it is not known."""


def totals(
    session: Session, times: Sequence[CountedTime], *, most: int, watch_list: str | None = None
) -> Totals:
    """Return of all lists, or of one, what has the most articles in these times together: at most `most` of each kind.

    An article that two lists found is counted for both.
    """
    lists = {
        row[0]: row[1] for row in session.execute(sa_select(col(WatchListRow.id), col(WatchListRow.name)))
    }
    of_lists = []
    if watch_list is not None:
        lists = {number: name for number, name in lists.items() if name == watch_list}
        of_lists = [col(Volume.watch_list_id).in_(lists)]
    count = func.sum(col(Volume.articles))
    kind, list_id, name = col(Volume.kind), col(Volume.watch_list_id), col(Volume.name)
    named: Counter[tuple[str, int, str]] = Counter()
    sources: dict[str, Counter[str]] = {"outlet": Counter(), "language": Counter()}
    for unit, start, end in times:
        in_time = (col(Volume.unit) == unit, col(Volume.starts_at) >= start, col(Volume.starts_at) < end)
        rows = sa_select(kind, list_id, name, count).where(
            *in_time, *of_lists, kind.in_(("list", "actor", "topic"))
        )
        for of_kind, number, called, articles in session.execute(rows.group_by(kind, list_id, name)):
            named[of_kind, number, called] += int(articles)
        by_source = sa_select(kind, name, count).where(*in_time, *of_lists, kind.in_(sources))
        for source, called, articles in session.execute(by_source.group_by(kind, name)):
            sources[source][called] += int(articles)
    found = [
        Total(number, lists[number], of_kind, called or lists[number], articles)
        for (of_kind, number, called), articles in named.items()
    ]
    whole = [total for total in found if total.kind == "list"]
    return Totals(
        sum(total.articles for total in whole),
        _most(whole, most),
        _most((total for total in found if total.kind != "list"), most),
        tuple(sources["outlet"].most_common(most)),
        tuple(sources["language"].most_common(most)),
    )


def days_of(
    session: Session, totals: Iterable[Total], *, since: datetime
) -> dict[Total, dict[date, DayVolume]]:
    """Return of each the days since then on which it had any article. One question, however many they are."""
    asked = {(total.watch_list_id, total.kind, _stored_name(total)): total for total in totals}
    found: dict[Total, dict[date, DayVolume]] = {total: {} for total in asked.values()}
    key = (col(Volume.watch_list_id), col(Volume.kind), col(Volume.name))
    in_time = (col(Volume.unit) == VolumeUnit.DAY, col(Volume.starts_at) >= since)
    rows = session.execute(
        sa_select(*key, col(Volume.starts_at), col(Volume.articles), col(Volume.stories)).where(
            # each by the unique index: of a list of keys SQLite's planner makes a scan of all that was counted in the time
            or_(false(), *(and_(*map(eq, key, of), *in_time) for of in asked))
        )
    )
    for number, kind, name, starts_at, articles, stories in rows:
        day = starts_at.date()
        found[asked[number, kind, name]][day] = DayVolume(day, articles, stories)
    return found


def _stored_name(total: Total) -> str:
    return "" if total.kind == "list" else total.name


def counted_since(session: Session, watch_list_ids: Iterable[int]) -> dict[int, date]:
    """Return the first day on which each list had an article since it is counted, by its id; a stray older one does not count."""
    counted_from = func.coalesce(col(WatchListRow.counted_from), col(WatchListRow.created_at))
    rows = session.execute(
        sa_select(col(Volume.watch_list_id), func.min(col(Volume.starts_at)), func.min(counted_from))
        .join(WatchListRow, col(WatchListRow.id) == col(Volume.watch_list_id))
        .where(
            col(Volume.watch_list_id).in_(set(watch_list_ids)),
            col(Volume.kind) == "list",
            col(Volume.name) == "",
            col(Volume.unit) == VolumeUnit.DAY,
        )
        .group_by(col(Volume.watch_list_id))
    )
    return {number: max(first, since).date() for number, first, since in rows}


def _most(found: Iterable[Total], most: int) -> tuple[Total, ...]:
    ordered = sorted(found, key=lambda total: (-total.articles, total.name, total.watch_list))
    return tuple(ordered[:most])
