"""A month in numbers, or any two dates: volume, shares, the largest stories, time to alert, what was dismissed, triage."""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from sqlmodel import Session

from alerts.review.values import RightsTable
from service.actions.charting import (
    CHARTED,
    MOST_CHARTED,
    ChartAsked,
    VolumeChart,
    label_of,
    read_chart,
)
from service.actions.errors import InvalidError, UnknownNameError
from service.clock import iso
from storage.language import _
from storage.stores.alerts.reported import (
    LargeStory,
    ReportedAlert,
    ToldArticle,
    alerts_counted,
    alerts_reported,
    articles_told,
    largest_stories,
)
from storage.stores.alerts.triage import CLOSED
from storage.stores.stories.charted import (
    ChartBy,
    Charted,
    ChartSpan,
    days_charted,
    list_numbers,
    most_counted,
)
from storage.stores.watch.watch_lists import actor_names, topic_names
from storage.suggest import did_you_mean

MOST_DAYS, OLDEST_YEAR = 366, 1970
MOST_ROWS = 12
"""Of outlets, countries and languages."""
MOST_LISTS = 30
MOST_STORIES = 10
MOST_GROUPED = 5_000
"""Outlets whose articles are counted: the share is of these."""
MINUTE = timedelta(minutes=1)

Split = Literal["outlet", "country", "language"]
SPLITS: tuple[Split, ...] = get_args(Split)
Step = Literal["published-sent", "found-alerted", "alerted-sent"]
STEPS: tuple[Step, ...] = get_args(Step)


@dataclass(frozen=True, slots=True)
class ReportAsked:
    """What a report is about. No lists: all; no names: those that have the most."""

    span: ChartSpan
    watch_lists: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    @property
    def is_month(self) -> bool:
        """Whether it is of a whole calendar month, or of the days of one that are over."""
        return self.span.first.day == 1 and _month_of(self.span.first) == _month_of(self.span.last)

    @property
    def before(self) -> ChartSpan:
        """What it is compared with: the month before, else as many days right before."""
        span = self.span
        last = span.first - timedelta(days=1)
        is_whole = self.is_month and (span.last + timedelta(days=1)).day == 1
        first = last.replace(day=1) if is_whole else last - (span.last - span.first)
        return ChartSpan(first, last, span.zone)


@dataclass(frozen=True, slots=True)
class Compared:
    """A count, and what it was before."""

    now: int
    before: int

    @property
    def change(self) -> float | None:
        """By which share it grew; None where there was nothing before."""
        return None if not self.before else self.now / self.before - 1


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One outlet, country, language, actor or topic. `share` is of all of its kind; of names, of those that are compared."""

    key: Charted
    label: str
    articles: Compared
    share: float


@dataclass(frozen=True, slots=True)
class ListVolume:
    """A watch list's articles and alerts, and how its alerts were dealt with."""

    name: str
    articles: Compared
    alerts: Compared
    alerts_a_day: Mapping[date, int]
    states: Mapping[str, int]
    dismissed: Mapping[str, int]
    """By kind."""
    overdue: int

    @property
    def still_open(self) -> int:
        """Alerts with which something is left to do."""
        return sum(count for state, count in self.states.items() if state not in CLOSED)


@dataclass(frozen=True, slots=True)
class StoryTold:
    """A story of the month, by its earliest article that may be reproduced."""

    story: LargeStory
    article: ToldArticle
    outlets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepTime:
    """How long a step took: seconds, and how many alerts took at most a minute. The first two are None where there were none."""

    step: Step
    alerts: int
    median: float | None
    p95: float | None
    within_minute: int


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """The numbers. An article that two lists found counts for both, as in Trends."""

    asked: ReportAsked
    made_at: datetime
    articles: Compared
    alerts: Compared
    lists: tuple[ListVolume, ...]
    lists_chart: VolumeChart
    names: tuple[ShareRow, ...]
    names_chart: VolumeChart
    shares: Mapping[Split, tuple[ShareRow, ...]]
    stories: tuple[StoryTold, ...]
    times: tuple[StepTime, ...]


def report_asked(
    *,
    month: str | None = None,
    since: date | None = None,
    until: date | None = None,
    watch_lists: Sequence[str] = (),
    names: Sequence[str] = (),
    zone: ZoneInfo,
    now: datetime,
) -> ReportAsked:
    """Return what a report is about: a month such as 2026-10, two dates, or the last whole month. Raise `InvalidError`."""
    today = now.astimezone(zone).date()
    if month and (since or until):
        raise InvalidError(_("Name a month or two dates, not both."), key="month")
    if since or until:
        first, last = _between(since, until, today)
    else:
        first = _first_of(month) if month else (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if first > today:
        raise InvalidError(
            _("{day} is still to come.", day=first.isoformat()), key="month" if month else "since"
        )
    if len(names) > MOST_CHARTED:
        raise InvalidError(_("At most {most} in one chart.", most=MOST_CHARTED), key="name")
    span = ChartSpan(first, min(last, today), zone)
    return ReportAsked(span, tuple(dict.fromkeys(watch_lists)), tuple(dict.fromkeys(names)))


def last_month(due_at: datetime, zone: ZoneInfo) -> ChartSpan:
    """Return the last calendar month that is whole at a time."""
    return report_asked(zone=zone, now=due_at).span


def read_report(session: Session, asked: ReportAsked, rights: RightsTable, *, now: datetime) -> PeriodReport:
    """Return the numbers. Raise `UnknownNameError` for a watch list, actor or topic that there is not."""
    check_names(session, asked.watch_lists, asked.names)
    numbers = list_numbers(session, asked.watch_lists)
    raised = _Raised(asked.span.zone, now)
    for alert in alerts_reported(session, start=asked.span.start, end=asked.span.end, lists=numbers):
        raised.add(alert)
    lists = _lists(session, asked, numbers, raised)
    shown = tuple(one.name for one in lists[:CHARTED]) if len(lists) > MOST_CHARTED else ()
    names_chart = _chart(session, asked, "name", asked.names)
    return PeriodReport(
        asked=asked,
        made_at=now,
        articles=_summed(one.articles for one in lists),
        alerts=_summed(one.alerts for one in lists),
        lists=lists,
        lists_chart=_chart(session, asked, "list", shown or tuple(one.name for one in lists[:MOST_CHARTED])),
        names=_names(session, asked, names_chart),
        names_chart=names_chart,
        shares={by: _shares(session, asked, by) for by in SPLITS},
        stories=_stories(session, asked, numbers, rights),
        times=tuple(_time(step, raised.seconds[step]) for step in STEPS),
    )


def check_names(session: Session, watch_lists: Sequence[str], names: Sequence[str]) -> None:
    """Raise `UnknownNameError` for a watch list, or an actor or topic of none, that there is not."""
    known_lists = list(list_numbers(session).values()) if watch_lists else []
    for name in watch_lists:
        if name not in known_lists:
            hint = did_you_mean(name, known_lists)
            raise UnknownNameError(
                _("there is no watch list {name!r}{hint}", name=name, hint=hint), key="watch_list"
            )
    known = [*actor_names(session), *topic_names(session)] if names else []
    for name in names:
        if name not in known:
            hint = did_you_mean(name, known)
            raise UnknownNameError(
                _("no watch list has an actor or topic {name!r}{hint}", name=name, hint=hint), key="name"
            )


class _Raised:
    """What the alerts of the time come to, counted one after the other."""

    def __init__(self, zone: ZoneInfo, now: datetime) -> None:
        self._zone, self._now = zone, now
        self.days: dict[int, Counter[date]] = defaultdict(Counter)
        self.states: dict[int, Counter[str]] = defaultdict(Counter)
        self.dismissed: dict[int, Counter[str]] = defaultdict(Counter)
        self.overdue: Counter[int] = Counter()
        self.seconds: dict[Step, list[float]] = {step: [] for step in STEPS}

    def add(self, alert: ReportedAlert) -> None:
        number = alert.watch_list_id
        self.days[number][alert.created_at.astimezone(self._zone).date()] += 1
        self.states[number][alert.state] += 1
        if alert.dismissed_as is not None:
            self.dismissed[number][alert.dismissed_as] += 1
        if alert.state not in CLOSED and alert.due_at is not None and alert.due_at < self._now:
            self.overdue[number] += 1
        if alert.is_timed:
            self._took("found-alerted", alert.found_at, alert.created_at)
            self._took("published-sent", alert.published_at, alert.sent_at)
            self._took("alerted-sent", alert.created_at, alert.sent_at)

    def _took(self, step: Step, begin: datetime | None, end: datetime | None) -> None:
        """Count a step whose times are known; one that ends before it begins says only that an outlet's clock is wrong."""
        if begin is not None and end is not None and end >= begin:
            self.seconds[step].append((end - begin).total_seconds())


def _lists(
    session: Session, asked: ReportAsked, numbers: Mapping[int, str], raised: _Raised
) -> tuple[ListVolume, ...]:
    keys = [Charted(name, name, "list") for name in numbers.values()]
    articles = _totals(session, "list", keys, asked, asked.span)
    before = _totals(session, "list", keys, asked, asked.before)
    alerts_before = alerts_counted(
        session, start=asked.before.start, end=asked.before.end, lists=list(numbers)
    )
    found = [
        ListVolume(
            name=name,
            articles=Compared(articles[key], before[key]),
            alerts=Compared(raised.days[number].total(), alerts_before[number]),
            alerts_a_day=raised.days[number],
            states=raised.states[number],
            dismissed=raised.dismissed[number],
            overdue=raised.overdue[number],
        )
        for (number, name), key in zip(numbers.items(), keys, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (-one.articles.now, -one.alerts.now, one.name)))


def _names(session: Session, asked: ReportAsked, chart: VolumeChart) -> tuple[ShareRow, ...]:
    before = _totals(session, "name", [one.key for one in chart.series], asked, asked.before)
    return tuple(
        ShareRow(one.key, one.label, Compared(one.articles, before[one.key]), one.share)
        for one in chart.series
    )


def _shares(session: Session, asked: ReportAsked, by: Split) -> tuple[ShareRow, ...]:
    counted = most_counted(session, by, asked.span, watch_lists=asked.watch_lists, most=MOST_GROUPED)
    totals = _totals(session, by, [key for key, _count in counted], asked, asked.span)
    whole = totals.total()
    most = [key for key, count in sorted(totals.items(), key=lambda item: (-item[1], item[0])) if count]
    shown = most[:MOST_ROWS]
    before = _totals(session, by, shown, asked, asked.before)
    return tuple(
        ShareRow(
            key, label_of(key, by, several=False), Compared(totals[key], before[key]), totals[key] / whole
        )
        for key in shown
    )


def _stories(
    session: Session, asked: ReportAsked, numbers: Mapping[int, str], rights: RightsTable
) -> tuple[StoryTold, ...]:
    bounds = {"start": asked.span.start, "end": asked.span.end}
    found = largest_stories(session, lists=numbers, most=3 * MOST_STORIES, **bounds)
    articles: dict[int, list[ToldArticle]] = defaultdict(list)
    for article in articles_told(session, [one.id for one in found], lists=numbers, **bounds):
        articles[article.story_id].append(article)
    told = []
    for story in found:
        allowed = [one for one in articles[story.id] if rights.of(one.outlet).may != "nothing"]
        if allowed:
            outlets = tuple(dict.fromkeys(one.outlet for one in allowed))
            told.append(StoryTold(story, allowed[0], outlets))
    return tuple(told[:MOST_STORIES])


def _totals(
    session: Session, by: ChartBy, keys: Sequence[Charted], asked: ReportAsked, span: ChartSpan
) -> Counter[Charted]:
    """Return the articles of each in a time, by days of its zone."""
    if not keys:
        return Counter()
    known = days_charted(session, by, keys, span, watch_lists=asked.watch_lists)
    first, last = span.first, span.last
    return Counter(
        {
            key: sum(volume.articles for day, volume in days.items() if first <= day <= last)
            for key, days in known.items()
        }
    )


def _chart(session: Session, asked: ReportAsked, by: ChartBy, names: tuple[str, ...]) -> VolumeChart:
    return read_chart(session, ChartAsked(by, asked.span, names, asked.watch_lists))


def _time(step: Step, seconds: list[float]) -> StepTime:
    if not seconds:
        return StepTime(step, 0, None, None, 0)
    seconds.sort()
    within = sum(1 for one in seconds if one <= MINUTE.total_seconds())
    return StepTime(
        step, len(seconds), statistics.median(seconds), seconds[ceil(0.95 * len(seconds)) - 1], within
    )


def _summed(counts: Iterable[Compared]) -> Compared:
    pairs = [(one.now, one.before) for one in counts]
    return Compared(sum(now for now, _before in pairs), sum(before for _now, before in pairs))


def _between(since: date | None, until: date | None, today: date) -> tuple[date, date]:
    last = until or today
    try:
        first = since or last - timedelta(days=30)
    except OverflowError as error:
        raise InvalidError(_("These days are out of reach."), key="until") from error
    if first.year < OLDEST_YEAR:
        raise InvalidError(_("These days are out of reach."), key="since")
    if last < first:
        raise InvalidError(_("The last day comes before the first."), key="until")
    if (last - first).days >= MOST_DAYS:
        raise InvalidError(_("At most {most} days at a time.", most=MOST_DAYS), key="since")
    return first, last


def _first_of(month: str) -> date:
    match = re.fullmatch(r"(\d{4})-(\d{2})", month)
    if match is None or not 1 <= int(match[2]) <= 12 or not OLDEST_YEAR <= int(match[1]) <= 9000:
        raise InvalidError(
            _("{month!r} is not a month: write it like 2026-03", month=month[:50]), key="month"
        )
    return date(int(match[1]), int(match[2]), 1)


def _month_of(day: date) -> tuple[int, int]:
    return day.year, day.month


def report_record(report: PeriodReport) -> dict[str, Any]:
    """Return a report as JSON says it."""
    asked, before = report.asked, report.asked.before
    return {
        "since": asked.span.first.isoformat(),
        "until": asked.span.last.isoformat(),
        "zone": asked.span.zone.key,
        "before_since": before.first.isoformat(),
        "before_until": before.last.isoformat(),
        "articles": asdict(report.articles),
        "alerts": asdict(report.alerts),
        "watch_lists": [
            {
                "name": one.name,
                "articles": asdict(one.articles),
                "alerts": asdict(one.alerts),
                "alerts_a_day": {day.isoformat(): count for day, count in sorted(one.alerts_a_day.items())},
                "states": dict(one.states),
                "dismissed": dict(one.dismissed),
                "still_open": one.still_open,
                "overdue": one.overdue,
            }
            for one in report.lists
        ],
        "names": [_share_record(row) for row in report.names],
        "outlets": [_share_record(row) for row in report.shares["outlet"]],
        "countries": [_share_record(row) for row in report.shares["country"]],
        "languages": [_share_record(row) for row in report.shares["language"]],
        "stories": [_story_record(one) for one in report.stories],
        "times": [asdict(one) for one in report.times],
    }


def _share_record(row: ShareRow) -> dict[str, Any]:
    return {
        "name": row.key.name,
        "label": row.label,
        "watch_list": row.key.watch_list or None,
        "articles": asdict(row.articles),
        "share": row.share,
    }


def _story_record(told: StoryTold) -> dict[str, Any]:
    article, story = told.article, told.story
    return {
        "story": story.id,
        "headline": article.title,
        "outlet": article.outlet,
        "url": article.url,
        "language": article.language,
        "outlets": story.outlets,
        "articles": story.articles,
        "first_at": iso(story.first_at),
        "last_at": iso(story.last_at),
    }
