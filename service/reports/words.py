"""The numbers of a report put into words, charts and tables, in the language that is spoken now."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from alerts.delivery.characters import direction, one_line, shown, web_address
from service.actions.charting import VolumeChart
from service.actions.reports import (
    SPLITS,
    Compared,
    ListVolume,
    PeriodReport,
    ReportAsked,
    ShareRow,
    Split,
    StepTime,
    StoryTold,
)
from service.charts import ChartBar, ChartLine, bar_chart, line_chart
from service.reports.values import ReportCell, ReportPart, ReportTable, ReportView
from service.web.triage_words import BECAUSE
from storage import language
from storage.language import _, ngettext, pgettext, speaker
from storage.tables import DismissalKind

MOST_LISTS = 30
"""Rows of watch lists that are printed."""
MOST_BARS = 12
LONGEST = 300
NAMED_OUTLETS = 3
"""Outlets of a story that are named."""


def report_view(report: PeriodReport, *, name: str = "", title: str = "", intro: str = "") -> ReportView:
    """Return a report as it is shown: under a name, a title and first words of its own where they are given."""
    asked = report.asked
    span = asked.span
    own = one_line(title, LONGEST) or title_of(asked)
    words = _paragraphs(intro)
    return ReportView(
        name=one_line(name, 200) or _("Report"),
        title=own,
        period=_(
            "{period}, days of {place}. Compared with {before}.",
            period=days_of(span.first, span.last),
            place=language.place_of(span.zone),
            before=days_of(asked.before.first, asked.before.last),
        ),
        intro=words,
        intro_direction=direction(" ".join(words), None) if words else speaker().direction,
        language=speaker().code,
        direction=speaker().direction,
        contents=_("Contents"),
        parts=tuple(_parts(report, says_all=not words)),
        file_name=f"report {span.first:%Y-%m}" if asked.is_month else f"report {span.first} {span.last}",
    )


def title_of(asked: ReportAsked) -> str:
    """Return what a report is called."""
    span = asked.span
    if asked.is_month:
        return _("Report, {month}", month=language.month(span.first))
    return _("Report, {period}", period=days_of(span.first, span.last))


def summary_of(report: PeriodReport) -> str:
    """Return the numbers in three sentences: what a mail says at its top."""
    found = [
        _grew(ngettext("{count} article", "{count} articles", report.articles.now), report.articles),
        _grew(ngettext("{count} alert", "{count} alerts", report.alerts.now), report.alerts),
    ]
    sent = next(one for one in report.times if one.step == "alerted-sent")
    if sent.alerts:
        share = language.percent(sent.within_minute / sent.alerts)
        found.append(_("{share} of alerts were sent within a minute.", share=share))
    return " ".join(found)


def _grew(counted: str, counts: Compared) -> str:
    if counts.change is None:
        return _("{counted}.", counted=counted)
    return _("{counted}, {change} compared with before.", counted=counted, change=_change(counts).text)


def days_of(first: date, last: date) -> str:
    """Return a time in words: "1 October 2026 to 31 October 2026"."""
    return _("{first} to {last}", first=language.day(first), last=language.day(last))


def _parts(report: PeriodReport, *, says_all: bool) -> Iterable[ReportPart]:
    yield _overview(report, says_all=says_all)
    yield _volume(report)
    yield _voices(report)
    yield from (_shares(report, by) for by in SPLITS)
    yield _stories(report)
    yield _times(report)
    yield _dismissed(report)
    yield _triage(report)


def _overview(report: PeriodReport, *, says_all: bool) -> ReportPart:
    days = len(report.asked.span.days)
    before = len(report.asked.before.days)
    articles, alerts = report.articles, report.alerts
    rows = (
        (_("Articles"), articles.now, articles.before, 0),
        (_("Articles a day"), articles.now / days, articles.before / before, 1),
        (_("Alerts"), alerts.now, alerts.before, 0),
        (_("Alerts a day"), alerts.now / days, alerts.before / before, 1),
    )
    cells = tuple(
        (_text(label), _number(now, digits), _number(then, digits), _grown(now / then - 1 if then else None))
        for label, now, then, digits in rows
    )
    heads = (_("Measure"), _("This time"), _("Before"), pgettext("growth", "Change"))
    words = [summary_of(report)] if says_all else []
    if report.lists:
        words.append(_("An article that two watch lists found counts for both."))
    return ReportPart(
        _("Overview"),
        tuple(words),
        tables=(ReportTable(_("Overview"), _("Overview"), heads, cells),),
    )


def _volume(report: PeriodReport) -> ReportPart:
    lists = report.lists[:MOST_LISTS]
    days = len(report.asked.span.days)
    heads = (
        *(_("Watch list"), _("Articles"), _("A day"), _("Before"), pgettext("growth", "Change")),
        *(_("Alerts"), _("A day"), _("Before"), pgettext("growth", "Change")),
    )
    rows = [
        (
            *(_name(one.name), _number(one.articles.now), _number(one.articles.now / days, 1)),
            *(_number(one.articles.before), _change(one.articles)),
            *(_number(one.alerts.now), _number(one.alerts.now / days, 1)),
            *(_number(one.alerts.before), _change(one.alerts)),
        )
        for one in lists
    ]
    tables = [ReportTable(_("Watch lists"), _("Articles and alerts by watch list"), heads, tuple(rows))]
    charts = []
    if report.lists_chart.series:
        charts = [_charted(report.lists_chart), _alerts_chart(report)]
        tables.append(_day_by_day(_("Articles by day"), _("Articles a day"), report.lists_chart))
        tables.append(_alerts_by_day(report))
    return ReportPart(_("Volume"), (), tuple(charts), tuple(tables))


def _voices(report: PeriodReport) -> ReportPart:
    if not report.names:
        return ReportPart(_("Share of voice"), (_nobody(report),))
    words = _("The share is of the articles of those that are compared.")
    charts = (_charted(report.names_chart), _bars(_("Share of voice"), report.names))
    tables = (
        _share_table(_("Share of voice"), _("Actor or topic"), report.names),
        _day_by_day(_("Names by day"), _("Articles a day by actor and topic"), report.names_chart),
    )
    return ReportPart(_("Share of voice"), (words,), charts, tables)


def _nobody(report: PeriodReport) -> str:
    """Return why no name or outlet stands here: nobody is mentioned, or the articles were gone before that was counted."""
    if report.articles.now and not any(report.shares.values()):
        return _gone()
    return _("No article of this time mentions what is tracked.")


def _gone() -> str:
    return _("The articles of this time are no longer kept: what was counted as they came stands above.")


def _shares(report: PeriodReport, by: Split) -> ReportPart:
    title, head = {
        "outlet": (_("Outlets"), _("Outlet")),
        "country": (_("Countries"), _("Country")),
        "language": (_("Languages"), _("Language")),
    }[by]
    rows = report.shares[by]
    if not rows:
        return ReportPart(title, (_nobody(report),))
    return ReportPart(title, (), (_bars(title, rows),), (_share_table(title, head, rows),))


def _stories(report: PeriodReport) -> ReportPart:
    title = _("Stories of the month") if report.asked.is_month else _("Largest stories")
    if not report.stories:
        are_gone = report.articles.now and not report.alerts.now
        return ReportPart(title, (_gone() if are_gone else _("No alert of this time tells a story."),))
    heads = (_("Headline"), _("Outlets"), _("Articles"), _("First"), _("Last"))
    zone = report.asked.span.zone
    rows = tuple(_story(one, zone) for one in report.stories)
    words = _("By how many outlets told them in this time; the headline is that of the earliest article.")
    return ReportPart(title, (words,), tables=(ReportTable(title, title, heads, rows, (8, 4, 2, 3, 3)),))


def _story(told: StoryTold, zone: ZoneInfo) -> tuple[ReportCell, ...]:
    article = told.article
    headline = one_line(article.title, LONGEST) or _("(without a title)")
    others = len(told.outlets) - NAMED_OUTLETS
    named = [one_line(name, 80) for name in told.outlets[:NAMED_OUTLETS]]
    if others > 0:
        named.append(ngettext("{count} other", "{count} others", others))
    outlets = language.number(told.story.outlets)
    return (
        ReportCell(headline, headline, direction(headline, article.language), web_address(article.url)),
        _text(f"{outlets}: {language.listed(named)}"),
        _number(told.story.articles),
        _moment(told.story.first_at, zone),
        _moment(told.story.last_at, zone),
    )


def _times(report: PeriodReport) -> ReportPart:
    labels = {
        "published-sent": _("From published to sent"),
        "found-alerted": _("From found to alerted"),
        "alerted-sent": _("From alerted to sent"),
    }
    rows = tuple((_text(labels[one.step]), *_time(one)) for one in report.times)
    heads = (
        *(_("Step"), _("Alerts"), _("Median"), _("95 of 100 within"), _("Within a minute")),
        _("Share"),
    )
    words = (
        _("Of alerts whose times are known, without spikes and without alerts made of the archive."),
        _("“Published” is what the outlet says. “Sent” is when the first channel had the alert by itself."),
    )
    title = _("Time to alert")
    return ReportPart(title, words, tables=(ReportTable(title, title, heads, rows),))


def _time(one: StepTime) -> tuple[ReportCell, ...]:
    share = one.within_minute / one.alerts if one.alerts else None
    return (
        *(_number(one.alerts), _length(one.median), _length(one.p95), _number(one.within_minute)),
        _share(share),
    )


def _dismissed(report: PeriodReport) -> ReportPart:
    title = _("Dismissed")
    total = sum(sum(one.dismissed.values()) for one in report.lists)
    if not total:
        return ReportPart(title, (_("No alert of this time was dismissed."),))
    kinds = [*((kind, _(words)) for kind, words in BECAUSE), (DismissalKind.UNSAID, _("No reason given"))]
    counted = {kind: sum(one.dismissed.get(kind.value, 0) for one in report.lists) for kind, _w in kinds}
    by_reason = tuple(
        (_text(words), _number(counted[kind]), _share(counted[kind] / total))
        for kind, words in sorted(kinds, key=lambda pair: -counted[pair[0]])
    )
    by_list = tuple(
        (
            *(_name(one.name), _number(one.alerts.now), _number(sum(one.dismissed.values()))),
            _share(sum(one.dismissed.values()) / one.alerts.now if one.alerts.now else None),
            *(_number(one.dismissed.get(kind.value, 0)) for kind, _w in kinds),
        )
        for one in _most(report.lists, lambda one: sum(one.dismissed.values()))
    )
    heads = (_("Watch list"), _("Alerts"), _("Dismissed"), _("Share"), *(words for _kind, words in kinds))
    return ReportPart(
        title,
        (),
        tables=(
            ReportTable(
                _("Dismissed by reason"),
                _("By reason"),
                (_("Reason"), _("Alerts"), _("Share")),
                by_reason,
            ),
            ReportTable(_("Dismissed by list"), _("By watch list"), heads, by_list, (5, *(2,) * 8)),
        ),
    )


def _triage(report: PeriodReport) -> ReportPart:
    title = _("Handling of alerts")
    states = {
        "new": pgettext("alerts", "New"),
        "seen": pgettext("alerts", "Seen"),
        "in-hand": pgettext("alerts", "In hand"),
        "done": pgettext("alerts", "Done"),
        "dismissed": pgettext("alerts", "Dismissed"),
    }
    lists = _most(report.lists, lambda one: one.alerts.now)
    rows = [
        (
            *(_name(one.name), _number(one.alerts.now)),
            *(_number(one.states.get(state, 0)) for state in states),
            *(_number(one.still_open), _number(one.overdue)),
        )
        for one in lists
    ]
    whole = [
        report.alerts.now,
        *(sum(one.states.get(state, 0) for one in report.lists) for state in states),
        sum(one.still_open for one in report.lists),
        sum(one.overdue for one in report.lists),
    ]
    rows.append((_text(_("All together")), *map(_number, whole)))
    heads = (_("Watch list"), _("Alerts"), *states.values(), _("Still open"), _("Overdue"))
    at = language.moment(report.made_at, report.asked.span.zone)
    words = _("The alerts of this time, as they stood on {time}.", time=at)
    return ReportPart(
        title, (words,), tables=(ReportTable(title, title, heads, tuple(rows), (4, *(2,) * 8)),)
    )


def _most(lists: Sequence[ListVolume], counted: Callable[[ListVolume], int]) -> list[ListVolume]:
    return sorted((one for one in lists if counted(one)), key=lambda one: -counted(one))[:MOST_LISTS]


def _share_table(title: str, head: str, rows: Sequence[ShareRow]) -> ReportTable:
    heads = (head, _("Articles"), _("Share"), _("Before"), pgettext("growth", "Change"))
    cells = tuple(
        (
            *(_name(one.label), _number(one.articles.now), _share(one.share)),
            *(_number(one.articles.before), _change(one.articles)),
        )
        for one in rows
    )
    return ReportTable(title, title, heads, cells)


def _day_by_day(sheet: str, title: str, chart: VolumeChart) -> ReportTable:
    rows = tuple(
        (_day(day), *(_number(one.days[place].articles) for one in chart.series))
        for place, day in enumerate(chart.asked.span.days)
    )
    heads = (_("Day"), *(one_line(one.label, 60) for one in chart.series))
    return ReportTable(sheet, title, heads, rows, is_behind=True)


def _alerts_by_day(report: PeriodReport) -> ReportTable:
    lists = _charted_lists(report)
    rows = tuple(
        (_day(day), *(_number(one.alerts_a_day.get(day, 0)) for one in lists))
        for day in report.asked.span.days
    )
    heads = (_("Day"), *(one_line(one.name, 60) for one in lists))
    return ReportTable(_("Alerts by day"), _("Alerts a day"), heads, rows, is_behind=True)


def _charted_lists(report: PeriodReport) -> list[ListVolume]:
    """Return the lists of the chart of articles, in its order, so that a list has one colour in both."""
    of = {one.name: one for one in report.lists}
    return [of[one.key.name] for one in report.lists_chart.series]


def _charted(chart: VolumeChart) -> tuple[str, str]:
    return chart.svg(), _("Chart: {what}", what=chart.title())


def _alerts_chart(report: PeriodReport) -> tuple[str, str]:
    span = report.asked.span
    title = _(
        "{what}, {first} to {last}",
        what=_("Alerts a day by watch list"),
        first=language.day(span.first, length="medium"),
        last=language.day(span.last, length="medium"),
    )
    lines = [
        ChartLine(one.name, [one.alerts_a_day.get(day, 0) for day in span.days])
        for one in _charted_lists(report)
    ]
    return line_chart(span.days, lines, title=title), _("Chart: {what}", what=title)


def _bars(title: str, rows: Sequence[ShareRow]) -> tuple[str, str]:
    bars = [ChartBar(one.label, one.articles.now, one.articles.before) for one in rows[:MOST_BARS]]
    svg = bar_chart(bars, title=title, now=_("This time"), before=_("Before"))
    return svg, _("Chart: {what}", what=title)


def _text(text: str) -> ReportCell:
    return ReportCell(text, text, speaker().direction)


def _name(text: str) -> ReportCell:
    line = one_line(text, LONGEST)
    return ReportCell(line, line, direction(line, None))


def _number(value: float, digits: int = 0) -> ReportCell:
    return ReportCell(language.number(value, digits), round(value, digits) if digits else value, "ltr")


def _share(share: float | None) -> ReportCell:
    if share is None:
        return _nothing()
    return ReportCell(language.percent(share), round(share, 4), "ltr", is_share=True)


def _change(counts: Compared) -> ReportCell:
    return _grown(counts.change)


def _grown(change: float | None) -> ReportCell:
    if change is None:
        return _nothing()
    sign = "+" if change > 0 else "−" if change < 0 else ""
    text = f"{sign}{language.percent(abs(change))}"
    return ReportCell(text, round(change, 4), "ltr", is_share=True)


def _nothing() -> ReportCell:
    return ReportCell("–", None, "ltr")


def _length(seconds: float | None) -> ReportCell:
    if seconds is None:
        return _nothing()
    return ReportCell(language.length_of(seconds), round(seconds, 1), speaker().direction)


def _day(value: date) -> ReportCell:
    return ReportCell(language.day(value, length="medium"), value.isoformat(), speaker().direction)


def _moment(value: datetime, zone: ZoneInfo) -> ReportCell:
    return ReportCell(
        language.clock(value, zone, length="medium"),
        value.astimezone(zone).replace(tzinfo=None),
        speaker().direction,
    )


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(line for line in shown(text).split("\n") if line.strip())
