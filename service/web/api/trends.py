"""Volume over time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from service.actions.trends import Trend
from service.web.api.callers import READING, IfNoneMatch, ReadCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import Filter
from service.web.api.shapes.state import DayVolumeOut, TrendsOut, VolumeOut
from service.web.site import site_of
from service.web.trending import trends_of

router = APIRouter(route_class=ApiRoute, tags=["trends"])

MOST = 20


@router.get("/trends", responses=READING)
async def trends(
    request: Request,
    _caller: ReadCaller,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
    watch_list: Filter = None,
    _known: IfNoneMatch = None,
) -> TrendsOut:
    """Return the articles of each watch list, actor and topic by day, and of each outlet and language; at most 20 of each kind.

    They were counted at most a minute ago.
    """
    found = await trends_of(site_of(request), days=days, most=MOST, watch_list=watch_list)
    return TrendsOut(
        articles=found.articles,
        watch_lists=[_shape(trend) for trend in found.lists],
        names=[_shape(trend) for trend in found.names],
        outlets=dict(found.outlets),
        languages={code or "unknown": count for code, count in found.languages},
    )


def _shape(trend: Trend) -> VolumeOut:
    return VolumeOut(
        watch_list=trend.watch_list,
        kind=trend.kind,
        name=trend.name,
        total=trend.articles,
        days=[
            DayVolumeOut(
                day=volume.day.isoformat(),
                articles=volume.articles,
                stories=volume.stories,
                spike=volume.day in trend.spikes,
            )
            for volume in trend.days
        ],
    )
