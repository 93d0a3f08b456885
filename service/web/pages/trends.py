"""Trends: how much was found of what over time, and where."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.trends import Trend, Trends, read_trends
from service.web.access import Reader
from service.web.charts import Chart, chart
from service.web.render import render
from service.web.site import site_of
from storage.queries.watch import watch_facts

router = APIRouter(include_in_schema=False)

SPANS = (7, 30, 90)
MOST = 12
"""Of each kind."""


@router.get("/trends")
async def trends(request: Request, caller: Reader, days: str = "30", watch: str = "") -> Response:
    """Volume by watch list, actor and topic, shares by outlet and language."""
    site = site_of(request)
    span = int(days) if days in map(str, SPANS) else 30
    now = site.now()

    def read(session: Session) -> tuple[Trends, list[str]]:
        known = [facts.name for facts in watch_facts(session)]
        return read_trends(session, days=span, now=now, most=MOST, watch_list=watch or None), known

    found, known = await site.database.reading(read)
    return render(
        request,
        "trends.html",
        caller,
        lists=[(trend, _chart(trend)) for trend in found.lists],
        names=[(trend, _chart(trend)) for trend in found.names],
        outlets=found.outlets,
        languages=found.languages,
        articles=found.articles,
        known=known,
        watch=watch,
        span=span,
        spans=SPANS,
    )


def _chart(trend: Trend) -> Chart:
    return chart([(volume.day, volume.articles) for volume in trend.days], marked=trend.spikes)
