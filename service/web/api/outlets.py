"""Outlets."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from crawler.urls import host_of
from service.actions.errors import InvalidError, NotFoundError
from service.feed_reports import FeedReport, read_reports
from service.outlets import NewOutlet, make_outlet, stop_outlet
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import takes_file
from service.web.api.shapes.outlets import (
    DiscoveryOut,
    FeedOut,
    FeedWhole,
    FoundFeedOut,
    GapOut,
    OpmlOut,
    OutletIn,
    OutletOut,
    OutletWhole,
    SiteIn,
)
from service.web.numbers import Number
from service.web.outlet_lists import OPML, discover_feeds, export_opml, import_outlet_list
from service.web.site import Site, site_of
from storage.rows import id_of
from storage.stores.feeds.feed_claims import make_due
from storage.stores.feeds.outlets import ListedFeed, ListedOutlet, list_outlets
from storage.tables import Outlet

router = APIRouter(route_class=ApiRoute, tags=["outlets"])

DAY = timedelta(days=1)


@router.get("/outlets", responses=READING)
async def show_outlets(request: Request, _caller: ReadCaller, _known: IfNoneMatch = None) -> list[OutletOut]:
    """Gives the outlets with their health, by name."""
    site = site_of(request)
    found = await site.database.reading(partial(list_outlets, since=site.now() - DAY))
    return [_shape(outlet, site) for outlet in found]


@router.post("/outlets", status_code=201, responses=WRITING)
async def add(
    request: Request, _caller: WriteCaller, wanted: OutletIn, _key: IdempotencyKey = None
) -> OutletOut:
    """Adds an outlet; its feeds are polled at once."""
    site = site_of(request)
    outlet = NewOutlet(wanted.name, wanted.site, wanted.feeds, wanted.language, wanted.country)
    await site.database.writing(
        partial(make_outlet, wanted=outlet, interval=site.settings.crawler.interval, now=site.now())
    )
    site.hints.tick()
    found = await site.database.reading(partial(list_outlets, since=site.now() - DAY, name=wanted.name))
    return _shape(found[0], site)


@router.post("/outlets/discover", responses=WRITING)
async def look(request: Request, _caller: WriteCaller, wanted: SiteIn) -> DiscoveryOut:
    """Looks for the feeds of a site; each that is given was fetched and read."""
    site = site_of(request)
    try:
        host_of(wanted.site)
    except ValueError as error:
        raise InvalidError(f"{wanted.site!r} is no web address: {error}") from error
    found = await discover_feeds(site, wanted.site)
    return DiscoveryOut(
        site=found.site,
        feeds=[
            FoundFeedOut(
                url=feed.url,
                kind=feed.kind,
                title=feed.title,
                language=feed.language,
                entries=feed.entries,
                newest=feed.newest,
            )
            for feed in found.feeds
        ],
        problems=list(found.problems),
    )


@router.get(
    "/outlets.opml",
    response_class=Response,
    responses={
        **READING,
        200: {"description": "An OPML document.", "content": {OPML: {"schema": {"type": "string"}}}},
    },
)
async def export(request: Request, _caller: ReadCaller, _known: IfNoneMatch = None) -> Response:
    """Gives all outlets as a list of feeds for other programs."""
    return Response(await export_opml(site_of(request)), media_type=OPML)


@router.post(
    "/outlets.opml",
    responses=WRITING,
    openapi_extra=takes_file(
        "An OPML document; folders become tags.",
        '<opml version="2.0"><body><outline text="Example Gazette" xmlUrl="https://gazette.example/rss"/></body></opml>',
    ),
)
async def import_list(request: Request, _caller: WriteCaller, _key: IdempotencyKey = None) -> OpmlOut:
    """Adds the outlets of a list of feeds; they are polled at once. The same list again changes nothing."""
    imported = await import_outlet_list(site_of(request), await request.body())
    return OpmlOut(
        added=list(imported.added),
        extended=list(imported.extended),
        unchanged=imported.unchanged,
        problems=list(imported.problems),
    )


@router.get("/outlets/{number}", responses=READING)
async def show_outlet(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> OutletWhole:
    """Gives an outlet with its feeds: how each fares, its delays and gaps, and when it publishes."""
    site = site_of(request)
    now = site.now()

    def read(session: Session) -> tuple[ListedOutlet, list[FeedReport]]:
        name = _active(session, number).name
        reports = read_reports(session, failures=site.settings.service.failures, outlet=name, now=now)
        return list_outlets(session, since=now - DAY, name=name)[0], reports

    outlet, reports = await site.database.reading(read)
    by_feed = {id_of(report.feed): report for report in reports}
    feeds = [_whole(feed, by_feed[feed.id]) for feed in outlet.feeds]
    return OutletWhole.model_validate({**_facts(outlet, site), "feeds": feeds})


@router.post("/outlets/{number}/poll", status_code=202, response_class=Response, responses=WRITING)
async def poll(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> Response:
    """Has an outlet's feeds polled now."""
    site = site_of(request)

    def due(session: Session) -> int:
        return make_due(session, now=site.now(), only_outlet=_active(session, number).name)

    if not await site.database.writing(due):
        raise InvalidError("It has no feed to poll.")
    site.hints.tick()
    return Response(status_code=202)


@router.delete("/outlets/{number}", status_code=204, responses=WRITING)
async def remove(request: Request, _caller: WriteCaller, number: Number) -> Response:
    """Stops polling an outlet; its articles and alerts stay."""
    site = site_of(request)

    def switch_off(session: Session) -> None:
        row = session.get(Outlet, number)
        stop_outlet(session, row, what=number, settings_file=site.settings_file)

    await site.database.writing(switch_off)
    return Response(status_code=204)


def _active(session: Session, number: int) -> Outlet:
    row = session.get(Outlet, number)
    if row is None or not row.active:
        raise NotFoundError(f"There is no outlet {number}.")
    return row


def _shape(outlet: ListedOutlet, site: Site) -> OutletOut:
    return OutletOut.model_validate(
        {**_facts(outlet, site), "feeds": [FeedOut(**_feed(feed)) for feed in outlet.feeds]}
    )


def _facts(outlet: ListedOutlet, site: Site) -> dict[str, Any]:
    return {
        "id": outlet.id,
        "name": outlet.name,
        "site": outlet.site,
        "language": outlet.language,
        "country": outlet.country,
        "provisioned": outlet.provisioned,
        "health": outlet.health(site.now()),
        "articles_24h": outlet.articles,
    }


def _feed(feed: ListedFeed) -> dict[str, Any]:
    return {
        "url": feed.url,
        "address": feed.address,
        "title": feed.title,
        "state": feed.state.value,
        "interval_seconds": feed.interval.total_seconds(),
        "last_polled_at": feed.last_polled_at,
        "last_success_at": feed.last_success_at,
        "last_entry_at": feed.last_entry_at,
        "next_poll_at": feed.next_poll_at,
        "last_error": feed.last_error,
        "failures": feed.failures,
    }


def _whole(feed: ListedFeed, report: FeedReport) -> FeedWhole:
    return FeedWhole.model_validate(
        {
            **_feed(feed),
            "verdict": report.state,
            "reason": report.reason,
            "delay_median_seconds": report.median,
            "delay_p90_seconds": report.p90,
            "gaps": [
                GapOut(
                    since=gap.since,
                    until=gap.until,
                    entries=gap.entries,
                    filled=gap.filled,
                    closed_at=gap.closed_at,
                )
                for gap in report.gaps
            ],
            "by_hour": report.by_hour,
            "by_weekday": report.by_weekday,
        }
    )
