"""Trends: how much was found of what over time, and where."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from service.actions.trends import Trend, read_trend
from service.web.access import Reader
from service.web.charts import Chart, chart
from service.web.render import render
from service.web.site import site_of
from service.web.tracing import figure_on
from service.web.trending import trends_of
from storage.stores.feeds.control_findings import control_names
from storage.stores.watch.watch_lists import list_names

router = APIRouter(include_in_schema=False)

SPANS = (7, 30, 90)
MOST = 12
"""Of each kind."""


@router.get("/trends")
async def trends(request: Request, caller: Reader, days: str = "30", watch: str = "") -> Response:
    """Volume by watch list, actor and topic, shares by outlet and language."""
    site = site_of(request)
    span = int(days) if days in map(str, SPANS) else 30
    found = await trends_of(site, days=span, most=MOST, watch_list=watch or None)
    known = await site.database.reading(list_names)
    has_controls = bool(await site.database.reading(control_names))
    return render(
        request,
        "trends.html",
        caller,
        lists=[(trend, _chart(trend)) for trend in found.lists],
        names=[(trend, _chart(trend)) for trend in found.names],
        outlets=found.outlets,
        languages=found.languages,
        articles=found.articles,
        figure=await figure_on(site, days=span, watch=watch or None, reasons=False) if has_controls else None,
        known=known,
        watch=watch,
        span=span,
        spans=SPANS,
    )


@router.get("/trends/one")
async def show_trend(
    request: Request, caller: Reader, watch: str = "", kind: str = "list", name: str = "", days: str = "30"
) -> Response:
    """One list, actor or topic: its days as a chart and as a table."""
    site = site_of(request)
    span = int(days) if days in map(str, SPANS) else 30
    trend = await site.database.reading(
        read_trend, days=span, now=site.now(), watch_list=watch, kind=kind, name=name
    )
    return render(request, "trend.html", caller, trend=trend, chart=_chart(trend), span=span, spans=SPANS)


def _chart(trend: Trend) -> Chart:
    return chart([(volume.day, volume.articles) for volume in trend.days], marked=trend.spikes)
