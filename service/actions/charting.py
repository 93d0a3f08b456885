"""Charts of volume: several names on one axis, or where articles come from, day by day in a zone, and the table behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlmodel import Session

from alerts.raising.volume import WEEKS, spike_days
from service.actions.errors import InvalidError
from service.actions.views import Cell, View
from service.charts import ChartLine, line_chart
from service.web.state_words import kind_words
from storage.codes import country_name, language_name
from storage.language import _, day
from storage.stores.stories.charted import (
    ChartBy,
    Charted,
    ChartSpan,
    days_charted,
    list_numbers,
    most_counted,
)
from storage.stores.stories.volumes import DayVolume, counted_since
from storage.stores.watch.watch_lists import list_names

CHARTED = 6
"""So many are in a chart where nobody says which."""
MOST_CHARTED, MOST_OFFERED = 8, 100
MOST_DAYS = 1_100
"""Of a chart: three years."""
BYS: tuple[str, ...] = get_args(ChartBy)


@dataclass(frozen=True, slots=True)
class ChartAsked:
    """What a chart is to show. `names` are of what it is `by`: none, those that have the most."""

    by: ChartBy
    span: ChartSpan
    names: tuple[str, ...] = ()
    watch_lists: tuple[str, ...] = ()
    """None: of all."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart: every day once, oldest first."""

    key: Charted
    label: str
    articles: int
    share: float
    """Of the articles of all that are charted: the share of voice."""
    days: tuple[DayVolume, ...]
    spikes: frozenset[date]


@dataclass(frozen=True, slots=True)
class VolumeChart:
    """What a chart shows, most first; and what else it could, with how many articles each has."""

    asked: ChartAsked
    series: tuple[Series, ...]
    offered: tuple[tuple[Charted, str, int], ...]

    def svg(self) -> str:
        """Return it as a picture."""
        lines = [
            ChartLine(
                one.label, [each.articles for each in one.days], [each.day in one.spikes for each in one.days]
            )
            for one in self.series
        ]
        return line_chart(self.asked.span.days, lines, title=self.title())

    def title(self) -> str:
        """Return what it is called."""
        return title_of(self.asked)


def asked_of(
    by: str,
    *,
    names: Sequence[str] = (),
    watch_list: str | None = None,
    days: int = 30,
    since: date | None = None,
    until: date | None = None,
    zone: ZoneInfo,
    now: datetime,
) -> ChartAsked:
    """Return what a chart is to show: up to today, and of `days` days, where no last or first is said. Raise `InvalidError`."""
    found = next((each for each in get_args(ChartBy) if each == by), None)
    if found is None:
        raise InvalidError(_("{text!r}: compare by {known}", text=by[:50], known=", ".join(BYS)), key="by")
    today = now.astimezone(zone).date()
    try:
        last = until or today
        first = since or last - timedelta(days=days - 1)
    except OverflowError as error:
        raise InvalidError(_("These days are out of reach."), key="since") from error
    if last < first:
        raise InvalidError(_("The last day comes before the first."), key="until")
    if (last - first).days >= MOST_DAYS:
        raise InvalidError(_("At most {most} days at a time.", most=MOST_DAYS), key="since")
    if len(names) > MOST_CHARTED:
        raise InvalidError(_("At most {most} in one chart.", most=MOST_CHARTED), key="name")
    lists = () if watch_list is None else (watch_list,)
    return ChartAsked(found, ChartSpan(first, last, zone), tuple(dict.fromkeys(names)), lists)


def read_chart(session: Session, asked: ChartAsked) -> VolumeChart:
    """Return a chart. Raise `InvalidError` for a watch list that there is not."""
    known_lists = list_names(session) if asked.watch_lists else []
    for name in asked.watch_lists:
        if name not in known_lists:
            raise InvalidError(_("There is no watch list {name!r}.", name=name), key="watch_list")
    span, by = asked.span, asked.by
    found = most_counted(session, by, span, watch_lists=asked.watch_lists, most=10**6)
    if asked.names:
        chosen = [key for key, _count in found if key.name in asked.names][:MOST_CHARTED]
        missing = [name for name in asked.names if name not in {key.name for key in chosen}]
        chosen += [Charted(name) for name in missing]
    else:
        chosen = [key for key, _count in found[:CHARTED]]
    before = span.first - timedelta(weeks=WEEKS)
    days = days_charted(
        session, by, chosen, ChartSpan(before, span.last, span.zone), watch_lists=asked.watch_lists
    )
    counted = _counted_from(session, asked)
    several = len({key.watch_list for key in chosen if key.watch_list}) > 1
    series = [_series(key, by, days[key], span, counted, several=several) for key in chosen]
    whole = sum(articles for _key, _label, articles, _days, _spikes in series)
    series.sort(key=lambda one: (-one[2], one[1]))
    return VolumeChart(
        asked,
        tuple(
            Series(key, label, articles, articles / whole if whole else 0.0, volumes, spikes)
            for key, label, articles, volumes, spikes in series
        ),
        tuple((key, label_of(key, by, several=False), count) for key, count in found[:MOST_OFFERED]),
    )


def _series(
    key: Charted,
    by: ChartBy,
    known: Mapping[date, DayVolume],
    span: ChartSpan,
    counted: Mapping[str, date],
    *,
    several: bool,
) -> tuple[Charted, str, int, tuple[DayVolume, ...], frozenset[date]]:
    volumes = tuple(known.get(day) or DayVolume(day, 0, 0) for day in span.days)
    spikes: frozenset[date] = frozenset()
    if key.watch_list in counted:
        counts = {day: volume.articles for day, volume in known.items()}
        spikes = spike_days(counts, span.days, since=counted[key.watch_list])
    articles = sum(volume.articles for volume in volumes)
    return key, label_of(key, by, several=several), articles, volumes, spikes


def _counted_from(session: Session, asked: ChartAsked) -> dict[str, date]:
    if asked.by not in ("name", "list"):
        return {}
    numbers = list_numbers(session, asked.watch_lists)
    known = counted_since(session, numbers)
    return {name: known[number] for number, name in numbers.items() if number in known}


def label_of(key: Charted, by: ChartBy, *, several: bool) -> str:
    """Return what people call a line of a chart; with `several` lists, an actor's or topic's list is said."""
    if by in ("country", "language", "type") and not key.name:
        return _("not known")
    match by:
        case "country":
            return country_name(key.name)
        case "language":
            return language_name(key.name)
        case "type":
            return kind_words(key.name)
        case "name" if several and key.watch_list:
            return f"{key.name} ({key.watch_list})"
        case _:
            return key.name


def title_of(asked: ChartAsked) -> str:
    """Return what a chart is called."""
    what = {
        "name": _("Articles a day by actor and topic"),
        "list": _("Articles a day by watch list"),
        "outlet": _("Articles a day by outlet"),
        "country": _("Articles a day by country"),
        "language": _("Articles a day by language"),
        "type": _("Articles a day by type of outlet"),
    }[asked.by]
    first, last = (day(each, length="medium") for each in (asked.span.first, asked.span.last))
    return _("{what}, {first} to {last}", what=what, first=first, last=last)


def chart_view(chart: VolumeChart) -> View:
    """Return the table behind a chart: a row for each day of each line."""
    columns = ("day", "name", "watch_list", "articles", "stories", "spike", "share")
    rows: list[tuple[Cell, ...]] = [
        (
            *(volume.day.isoformat(), one.label, one.key.watch_list or None, volume.articles, volume.stories),
            *(volume.day in one.spikes, round(one.share, 4)),
        )
        for one in chart.series
        for volume in one.days
    ]
    return View("trends", title_of(chart.asked), columns, rows, Markup(chart.svg()))  # noqa: S704  (ours, every text escaped)
