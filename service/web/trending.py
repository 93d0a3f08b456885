"""Trends for the page and the API, counted anew once a minute: over months they are sums of many thousand rows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Literal
from zoneinfo import ZoneInfo

from fastapi import Response

from service.actions.charting import ChartAsked, VolumeChart, read_chart
from service.actions.pictures import png_of
from service.actions.trends import Trends, read_trends
from service.web.downloads import download
from service.web.site import Site
from storage.language import speaker
from storage.stores.watch.watch_edits import last_change

PictureFormat = Literal["svg", "png"]


async def trends_of(site: Site, *, days: int, most: int, watch_list: str | None, zone: ZoneInfo) -> Trends:
    """Return the trends of the last `days` days of a zone, at most a minute old; an edit of a watch list counts at once."""
    now = site.now()
    edits = await site.database.reading(last_change)
    read = partial(read_trends, days=days, now=now, most=most, watch_list=watch_list, zone=zone)
    return await site.trends.get(
        (days, most, watch_list, zone.key, edits), lambda: site.database.reading(read), now=now
    )


async def chart_of(site: Site, asked: ChartAsked) -> VolumeChart:
    """Return a chart in the language that is spoken, at most a minute old; an edit of a watch list counts at once."""
    edits = await site.database.reading(last_change)
    span = asked.span
    key = (
        asked.by,
        span.first,
        span.last,
        span.zone.key,
        asked.names,
        asked.watch_lists,
        edits,
        speaker().code,
    )
    return await site.charts.get(key, lambda: site.database.reading(read_chart, asked), now=site.now())


async def picture_of(chart: VolumeChart, wanted: PictureFormat) -> Response:
    """Return a chart as a picture to be saved."""
    svg = chart.svg()
    if wanted == "svg":
        return download(svg.encode("utf-8", "replace"), "trends.svg", "image/svg+xml")
    return download(await asyncio.to_thread(png_of, svg), "trends.png", "image/png")


def chosen(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names that are given, without empty ones."""
    return tuple(name for name in names if name.strip())
