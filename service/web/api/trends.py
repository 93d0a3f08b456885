"""Volume over time."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlmodel import Session

from service.web.api.callers import READING, IfNoneMatch, ReadCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes import DayCount, Filter, TrendsOut, VolumeOut
from service.web.site import site_of
from storage.queries.alert_counts import Volume, shares, volume_by_list, volume_by_name

router = APIRouter(route_class=ApiRoute, tags=["trends"])

MOST = 50


@router.get("/trends", responses=READING)
async def trends(
    request: Request,
    _caller: ReadCaller,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
    watch_list: Filter = None,
    _known: IfNoneMatch = None,
) -> TrendsOut:
    """Gives alerts by watch list, articles by actor and topic, and the shares of outlets and languages."""
    site = site_of(request)
    now = site.now()

    def read(session: Session) -> TrendsOut:
        outlets, languages = shares(session, days=days, now=now, most=MOST)
        lists = volume_by_list(session, days=days, now=now)
        names = volume_by_name(session, days=days, now=now, most=MOST, watch_list=watch_list)
        return TrendsOut(
            watch_lists=[_shape(volume) for volume in lists if watch_list in (None, volume.name)],
            names=[_shape(volume) for volume in names],
            outlets={share.name: share.articles for share in outlets},
            languages={share.name: share.articles for share in languages},
        )

    return await site.database.reading(read)


def _shape(volume: Volume) -> VolumeOut:
    days = [DayCount(day=day.isoformat(), count=count) for day, count in volume.days]
    return VolumeOut(name=volume.name, total=volume.total, days=days)
