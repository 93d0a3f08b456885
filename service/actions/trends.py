"""Trends: the volume of watch lists, actors and topics by day with what stands out, and where their articles come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from alerts.raising.volume import WEEKS, spike_days
from service.actions.errors import NotFoundError
from storage.language import _
from storage.stores.stories.charted import EVER, ChartBy, Charted, ChartSpan, days_charted, whole_times
from storage.stores.stories.volumes import DayVolume, Total, counted_since, days_of, totals
from storage.stores.watch.watch_lists import facts_named

UTC_ZONE = ZoneInfo("UTC")
_BY: tuple[tuple[ChartBy, bool], ...] = (("list", True), ("name", False))
"""What trends are charted by, and whether those are lists."""


@dataclass(frozen=True, slots=True)
class Trend:
    """The volume of a watch list (`kind` `list`), an actor or a topic: every day once, oldest first."""

    watch_list: str
    kind: str
    name: str
    articles: int
    days: tuple[DayVolume, ...]
    spikes: frozenset[date]
    """Days that stand out from the same weekday in the weeks before, as alerts of spikes are raised."""


@dataclass(frozen=True, slots=True)
class Trends:
    """What has the most, most first. `articles` is how many there were of all lists together."""

    articles: int
    lists: tuple[Trend, ...]
    names: tuple[Trend, ...]
    outlets: tuple[tuple[str, int], ...]
    languages: tuple[tuple[str, int], ...]
    """By code; empty where it is not known."""


def read_trends(
    session: Session,
    *,
    days: int,
    now: datetime,
    most: int,
    watch_list: str | None = None,
    zone: ZoneInfo = UTC_ZONE,
) -> Trends:
    """Return the trends of the last `days` days of a zone, today included: of all lists or of one, `most` of each kind."""
    span = last_days(days, zone, now=now)
    found = totals(session, whole_times(session, span), most=most, watch_list=watch_list)
    shown = (*found.lists, *found.names)
    counted = counted_since(session, {total.watch_list_id for total in shown})
    trends = _trends(session, shown, span, counted=counted)
    lists, names = trends[: len(found.lists)], trends[len(found.lists) :]
    return Trends(found.articles, lists, names, found.outlets, found.languages)


def read_trend(session: Session, span: ChartSpan, *, watch_list: str, kind: str, name: str) -> Trend:
    """Return the trend of a list (`kind` `list`), or of an actor or topic of it. Raises `NotFoundError`."""
    nothing = NotFoundError(
        _("there is nothing counted of {name!r} in {watch_list!r}", name=name, watch_list=watch_list),
        key="watch_list",
    )
    facts = facts_named(session, watch_list)
    if facts is None:
        raise nothing
    counted = counted_since(session, [facts.id])
    total = Total(facts.id, watch_list, kind, watch_list if kind == "list" else name, 0)
    if facts.id not in counted:
        raise nothing
    if not days_of(session, [total], since=EVER)[total]:
        raise nothing
    return _trends(session, [total], span, counted=counted)[0]


def last_days(days: int, zone: ZoneInfo, *, now: datetime) -> ChartSpan:
    """Return the last `days` days of a zone, today included."""
    today = now.astimezone(zone).date()
    return ChartSpan(today - timedelta(days=days - 1), today, zone)


def _trends(
    session: Session, asked: Sequence[Total], span: ChartSpan, *, counted: Mapping[int, date]
) -> tuple[Trend, ...]:
    with_weeks = ChartSpan(span.first - timedelta(weeks=WEEKS), span.last, span.zone)
    keys = {total: Charted(total.name, total.watch_list, total.kind) for total in asked}
    known: dict[Charted, dict[date, DayVolume]] = {}
    for by, are_lists in _BY:
        wanted = [key for key in keys.values() if (key.kind == "list") is are_lists]
        known |= days_charted(session, by, wanted, with_weeks) if wanted else {}
    return tuple(
        _trend(total, known[keys[total]], span.days, counted[total.watch_list_id]) for total in asked
    )


def _trend(total: Total, known: Mapping[date, DayVolume], shown: Sequence[date], counted: date) -> Trend:
    counts = {day: volume.articles for day, volume in known.items()}
    volumes = tuple(known.get(day) or DayVolume(day, 0, 0) for day in shown)
    return Trend(
        total.watch_list,
        total.kind,
        total.name,
        sum(volume.articles for volume in volumes),
        volumes,
        spike_days(counts, shown, since=counted),
    )
