"""Trends: how much was found of what over time, and where."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.web.access import Reader
from service.web.charts import chart
from service.web.render import render
from service.web.site import site_of
from storage.queries.alert_counts import Share, Volume, shares, volume_by_list, volume_by_name
from storage.queries.watch import watch_facts

router = APIRouter(include_in_schema=False)

SPANS = (7, 30, 90)
MOST_NAMES = 12
MOST_SHARES = 15


@router.get("/trends")
async def trends(request: Request, caller: Reader, days: str = "30", watch: str = "") -> Response:
    """Volume by watch list and actor, shares by outlet and language."""
    site = site_of(request)
    span = int(days) if days in map(str, SPANS) else 30
    now = site.now()

    def read(
        session: Session,
    ) -> tuple[list[Volume], list[Volume], tuple[list[Share], list[Share]], list[str]]:
        return (
            volume_by_list(session, days=span, now=now),
            volume_by_name(session, days=span, now=now, most=MOST_NAMES, watch_list=watch or None),
            shares(session, days=span, now=now, most=MOST_SHARES),
            [facts.name for facts in watch_facts(session)],
        )

    lists, names, (outlets, languages), known = await site.database.reading(read)
    return render(
        request,
        "trends.html",
        caller,
        lists=[
            (volume.name, chart(volume.days))
            for volume in lists[: None if watch else MOST_NAMES]
            if not watch or volume.name == watch
        ],
        names=[(volume.name, chart(volume.days)) for volume in names],
        outlets=outlets,
        languages=languages,
        known=known,
        watch=watch,
        span=span,
        spans=SPANS,
    )
