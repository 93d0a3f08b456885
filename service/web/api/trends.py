"""Volume over time."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service.actions.charting import ChartAsked, Series, asked_of, chart_view
from service.actions.trends import Trend
from service.actions.triage import checked_zone
from service.actions.views import ViewFormat
from service.web.api.callers import READING, IfNoneMatch, ReadCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import Filter
from service.web.api.shapes.state import ChartLineOut, ChartOut, DayVolumeOut, TrendsOut, VolumeOut
from service.web.downloads import as_file
from service.web.site import site_of
from service.web.trending import PictureFormat, chart_of, chosen, picture_of, trends_of
from storage.stores.stories.charted import ChartBy

router = APIRouter(route_class=ApiRoute, tags=["trends"])

MOST = 20
Zone = Annotated[str, Query(max_length=60, description="Whose days: Africa/Casablanca.")]


@router.get("/trends", responses=READING)
async def trends(
    request: Request,
    _caller: ReadCaller,
    days: Annotated[int, Query(ge=1, le=366)] = 30,
    watch_list: Filter = None,
    zone: Zone = "UTC",
    _known: IfNoneMatch = None,
) -> TrendsOut:
    """Return the articles of each watch list, actor and topic by day, and of each outlet and language; at most 20 of each kind.

    They were counted at most a minute ago.
    """
    found = await trends_of(
        site_of(request), days=days, most=MOST, watch_list=watch_list, zone=checked_zone(zone)
    )
    return TrendsOut(
        articles=found.articles,
        watch_lists=[_shape(trend) for trend in found.lists],
        names=[_shape(trend) for trend in found.names],
        outlets=dict(found.outlets),
        languages={code or "unknown": count for code, count in found.languages},
    )


def _asked(
    request: Request,
    by: Annotated[ChartBy, Query(description="What is compared.")] = "name",
    name: Annotated[
        list[str] | None,
        Query(max_length=8, description="Which: several. Left out: those that have the most."),
    ] = None,
    watch_list: Filter = None,
    days: Annotated[
        int, Query(ge=1, le=1_100, description="So many, where since or until is left out.")
    ] = 30,
    since: Annotated[date | None, Query(description="The first day.")] = None,
    until: Annotated[date | None, Query(description="The last day.")] = None,
    zone: Zone = "UTC",
) -> ChartAsked:
    """Return what an operation's parameters ask for."""
    return asked_of(
        by,
        names=[each for each in chosen(name or ()) if "\0" not in each],
        watch_list=watch_list,
        days=days,
        since=since,
        until=until,
        zone=checked_zone(zone),
        now=site_of(request).now(),
    )


Asked = Annotated[ChartAsked, Depends(_asked)]


@router.get("/trends/chart", responses=READING)
async def chart(request: Request, _caller: ReadCaller, asked: Asked, _known: IfNoneMatch = None) -> ChartOut:
    """Return what a chart shows: up to eight lines by day, and the share that each has of all of them."""
    found = await chart_of(site_of(request), asked)
    span = asked.span
    return ChartOut(
        by=asked.by,
        since=span.first,
        until=span.last,
        zone=span.zone.key,
        lines=[_line(one) for one in found.series],
    )


@router.get(
    "/trends/export",
    response_class=Response,
    responses={**READING, 200: {"description": "A file: a row for each day of each line."}},
)
async def export(
    request: Request,
    _caller: ReadCaller,
    asked: Asked,
    format: Annotated[ViewFormat, Query(description="Of the file; `html` is to print.")] = ViewFormat.JSON,
) -> Response:
    """Return the table behind a chart as a file."""
    site = site_of(request)
    return await as_file(site, chart_view(await chart_of(site, asked)), format)


@router.get(
    "/trends/picture",
    response_class=Response,
    responses={**READING, 200: {"description": "A picture, SVG or PNG."}},
)
async def picture(
    request: Request, _caller: ReadCaller, asked: Asked, format: PictureFormat = "svg"
) -> Response:
    """Return a chart as a picture."""
    return await picture_of(await chart_of(site_of(request), asked), format)


def _line(one: Series) -> ChartLineOut:
    return ChartLineOut(
        name=one.key.name,
        label=one.label,
        watch_list=one.key.watch_list or None,
        articles=one.articles,
        share=one.share,
        days=[
            DayVolumeOut(
                day=volume.day.isoformat(),
                articles=volume.articles,
                stories=volume.stories,
                spike=volume.day in one.spikes,
            )
            for volume in one.days
        ],
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
