"""Trends: how much was found of what over time, and where, on one axis."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Annotated, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from markupsafe import Markup

from service.actions.charting import (
    BYS,
    MOST_CHARTED,
    ChartAsked,
    asked_of,
    chart_view,
    read_chart,
)
from service.actions.errors import InvalidError
from service.actions.reading import read_day
from service.actions.trends import Trend, last_days, read_trend
from service.actions.views import ViewFormat
from service.web.access import Reader
from service.web.charts import Chart, chart
from service.web.downloads import as_file, links_to_save
from service.web.form_faults import FormFault
from service.web.render import render
from service.web.site import site_of
from service.web.tracing import figure_on
from service.web.trending import PictureFormat, chart_of, chosen, picture_of
from service.web.zones import zone_of
from storage.language import place_of
from storage.stores.feeds.control_findings import control_names
from storage.stores.watch.watch_lists import list_names

router = APIRouter(include_in_schema=False)

SPANS = (7, 30, 90)

Names = Annotated[list[str], Query(max_length=50)]
"""What is charted: several."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a chart is asked for, as an address has it."""

    names: tuple[str, ...] = ()
    by: str = "name"
    days: str = "30"
    since: str = ""
    until: str = ""
    watch: str = ""

    @property
    def span(self) -> int:
        """The days back, of those that are offered."""
        return int(self.days) if self.days in map(str, SPANS) else 30

    def asked(self, request: Request) -> ChartAsked:
        """Return what is to be read. Raise `InvalidError`."""
        return asked_of(
            self.by,
            names=chosen(self.names),
            watch_list=self.watch or None,
            days=self.span,
            since=read_day(self.since, "since"),
            until=read_day(self.until, "until"),
            zone=zone_of(request),
            now=site_of(request).now(),
        )

    def filters(self) -> dict[str, object]:
        """Return what is set."""
        given = {**asdict(self), "name": chosen(self.names)}
        del given["names"]
        return {key: value for key, value in given.items() if value}


def _question(
    name: Names = [],  # noqa: B006  (FastAPI copies it)
    by: str = "name",
    days: str = "30",
    since: str = "",
    until: str = "",
    watch: str = "",
) -> Question:
    return Question(tuple(name), by, days, since, until, watch)


Asked = Annotated[Question, Depends(_question)]


@router.get("/trends")
async def trends(request: Request, caller: Reader, question: Asked) -> Response:
    """One chart of several lines, with the table behind it."""
    site = site_of(request)
    fault, found = None, None
    try:
        asked = question.asked(request)
        found = await chart_of(site, asked)
    except InvalidError as error:
        fault = FormFault.of(error)
    if found is None:
        asked = Question().asked(request)
        found = await site.database.reading(read_chart, asked)
    filters = question.filters() if found.series else {}
    known = await site.database.reading(list_names)
    has_controls = bool(await site.database.reading(control_names))
    return render(
        request,
        "trends.html",
        caller,
        status=422 if fault else 200,
        chart=found,
        picture=Markup(found.svg()),  # noqa: S704  (every text in it is escaped)
        shown={one.key for one in found.series},
        fault=fault,
        bys=BYS,
        by=asked.by,
        most=MOST_CHARTED,
        since=question.since,
        until=question.until,
        zone=place_of(asked.span.zone),
        exports={
            **links_to_save("/trends/export", filters),
            **{
                each.upper(): f"/trends/picture?{urlencode({**filters, 'format': each}, doseq=True)}"
                for each in get_args(PictureFormat)
            },
        },
        figure=await figure_on(site, days=question.span, watch=question.watch or None, reasons=False)
        if has_controls
        else None,
        known=known,
        watch=question.watch,
        span=question.span,
        spans=SPANS,
    )


@router.get("/trends/export")
async def export(
    request: Request,
    _caller: Reader,
    question: Asked,
    format: ViewFormat = ViewFormat.CSV,
) -> Response:
    """The table behind a chart, as a file."""
    site = site_of(request)
    found = await chart_of(site, question.asked(request))
    return await as_file(site, chart_view(found), format)


@router.get("/trends/picture")
async def picture(
    request: Request,
    _caller: Reader,
    question: Asked,
    format: PictureFormat = "svg",
) -> Response:
    """A chart, as a picture."""
    site = site_of(request)
    found = await chart_of(site, question.asked(request))
    return await picture_of(found, format)


@router.get("/trends/one")
async def show_trend(
    request: Request, caller: Reader, watch: str = "", kind: str = "list", name: str = "", days: str = "30"
) -> Response:
    """One list, actor or topic: its days as a chart and as a table."""
    site = site_of(request)
    span = int(days) if days in map(str, SPANS) else 30
    zone = zone_of(request)
    days_asked = last_days(span, zone, now=site.now())
    trend = await site.database.reading(read_trend, days_asked, watch_list=watch, kind=kind, name=name)
    return render(
        request,
        "trend.html",
        caller,
        trend=trend,
        chart=_chart(trend),
        span=span,
        spans=SPANS,
        zone=place_of(zone),
    )


def _chart(trend: Trend) -> Chart:
    return chart([(volume.day, volume.articles) for volume in trend.days], marked=trend.spikes)
