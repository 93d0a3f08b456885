"""Outlets."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from sqlmodel import Session

from service.actions.outlet_access import access_shown, browser_proposal, set_access
from service.actions.outlet_bulk import act_on_outlets
from service.actions.outlet_lists import ImportedOutlets, discover_feeds
from service.actions.outlet_views import OutletFilter, outlets_listed, outlets_view
from service.actions.outlets import (
    OutletEdit,
    add_outlet,
    change_outlet,
    outlet_shown,
    pause,
    poll_now,
    resume,
)
from service.actions.outlets import remove as remove_outlet
from service.actions.recipients import own_addresses
from service.actions.sources import read_sources
from service.actions.views import ViewFormat
from service.discovered import discovery_as_json
from service.feed_reports import reports_of
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import Filter, ListPage, WholeList, takes_file, whole
from service.web.api.shapes.outlets import (
    DiscoveryOut,
    OpmlOut,
    OutletAccess,
    OutletBulk,
    OutletBulkDone,
    OutletIn,
    OutletOut,
    OutletPatch,
    OutletWhole,
    OwnAddressOut,
    SiteIn,
)
from service.web.downloads import as_file
from service.web.numbers import Number
from service.web.outlet_lists import OPML, export_opml, import_opml
from service.web.site import Site, site_of
from storage.outlet_types import OutletType
from storage.stores.feeds.outlet_edits import OutletValues
from storage.stores.feeds.outlets import ListedOutlet, list_outlets

OutletState = Literal["failing", "retired", "silent", "resting", "new", "paused", "ok"]
OutletSort = Literal["name", "articles", "alerts", "delay", "success"]

router = APIRouter(route_class=ApiRoute, tags=["outlets"])


def _filter(
    state: Annotated[OutletState | None, Query(description="How it is.")] = None,
    tag: Filter = None,
    search: Annotated[Filter, Query(description="Stands in its name or site.")] = None,
    country: Filter = None,
    language: Filter = None,
    type: OutletType | None = None,
    sort: Annotated[OutletSort, Query(description="By name, or the most, or longest, first.")] = "name",
) -> OutletFilter:
    """Return what an operation's parameters ask for."""
    return OutletFilter(state or "", tag or "", search or "", country or "", language or "", type or "", sort)


Wanted = Annotated[OutletFilter, Depends(_filter)]


@router.get("/outlets", responses=READING, response_model=ListPage[OutletOut])
async def show_outlets(
    request: Request, _caller: ReadCaller, wanted: Wanted, _known: IfNoneMatch = None
) -> WholeList:
    """Return the outlets with their health: those that fit the filters."""
    site = site_of(request)
    found = await site.database.reading(list_outlets, now=site.now())
    return whole(outlets_listed(found, wanted, await site.figures_of_outlets()))


@router.get(
    "/outlets/export",
    response_class=Response,
    responses={**READING, 200: {"description": "A file: a row for each outlet."}},
)
async def export_list(
    request: Request,
    _caller: ReadCaller,
    wanted: Wanted,
    format: Annotated[ViewFormat, Query(description="Of the file; `html` is to print.")] = ViewFormat.JSON,
) -> Response:
    """Return the outlets that fit the filters, with what each brought and cost in the last 30 days, as a file."""
    site = site_of(request)
    found = await site.database.reading(list_outlets, now=site.now())
    figures = await site.figures_of_outlets()
    return await as_file(site, outlets_view(outlets_listed(found, wanted, figures), figures), format)


@router.post("/outlets", status_code=201, responses=WRITING, response_model=OutletOut)
async def add(
    request: Request, _caller: WriteCaller, wanted: OutletIn, _key: IdempotencyKey = None
) -> ListedOutlet:
    """Add an outlet; its feeds are polled at once."""
    site = site_of(request)
    values = OutletValues(
        wanted.name,
        wanted.site,
        tuple(wanted.feeds),
        wanted.language,
        wanted.country,
        tuple(wanted.tags),
        wanted.control,
        read_sources(wanted.sources),
    )
    added = await site.database.writing(
        add_outlet, wanted=values, interval=site.settings.crawler.interval, now=site.now()
    )
    site.hints.tick()
    return await _outlet(site, added.id)


@router.post("/outlets/discover", responses=WRITING, response_model=DiscoveryOut)
async def look(request: Request, _caller: WriteCaller, wanted: SiteIn) -> dict[str, Any]:
    """Look for the feeds of a site; each that is given was fetched and read."""
    site = site_of(request)
    return discovery_as_json(await discover_feeds(site.fetcher, wanted.site, pool=site.pool))


@router.get(
    "/outlets.opml",
    response_class=Response,
    responses={
        **READING,
        200: {"description": "An OPML document.", "content": {OPML: {"schema": {"type": "string"}}}},
    },
)
async def export(request: Request, _caller: ReadCaller, _known: IfNoneMatch = None) -> Response:
    """Return all outlets as a list of feeds for other programs."""
    return Response(await export_opml(site_of(request)), media_type=OPML)


@router.post(
    "/outlets.opml",
    responses=WRITING,
    response_model=OpmlOut,
    openapi_extra=takes_file(
        "An OPML document; folders become tags.",
        '<opml version="2.0"><body><outline text="Example Gazette" xmlUrl="https://gazette.example/rss"/></body></opml>',
    ),
)
async def import_list(request: Request, _caller: WriteCaller, _key: IdempotencyKey = None) -> ImportedOutlets:
    """Add the outlets of a list of feeds; they are polled at once. The same list again changes nothing."""
    return await import_opml(site_of(request), await request.body())


@router.get("/outlets/recipients", responses=READING, response_model=ListPage[OwnAddressOut])
async def show_recipients(request: Request, _caller: WriteCaller, _known: IfNoneMatch = None) -> WholeList:
    """Return the addresses of our own to which newsletters are sent, with the outlets that read them."""
    site = site_of(request)
    return whole(
        await site.database.writing(own_addresses, domain=site.settings.inbound.domain, now=site.now())
    )


@router.get("/outlets/{number}", responses=READING, response_model=OutletWhole)
async def show_outlet(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> ListedOutlet:
    """Return an outlet with its feeds: how each fares, its delays and gaps, and when it publishes."""
    site = site_of(request)
    now = site.now()

    def read(session: Session) -> ListedOutlet:
        outlet = outlet_shown(session, number, now=now)
        reports = reports_of(session, [outlet], failures=site.settings.service.failures, now=now)
        return replace(
            outlet,
            feeds=tuple(sorted(reports, key=lambda report: report.id)),
            proposes_browser=browser_proposal(session, outlet, site.settings) is not None,
        )

    return await site.database.reading(read)


@router.patch("/outlets/{number}", responses=WRITING, response_model=OutletOut)
async def change(request: Request, _caller: WriteCaller, number: Number, wanted: OutletPatch) -> ListedOutlet:
    """Change what is given of an outlet; new feeds are polled at once, and those left out of `feeds` no longer."""
    site = site_of(request)
    given: dict[str, Any] = {
        key: "" if value is None else value for key, value in wanted.model_dump(exclude_unset=True).items()
    }
    if "sources" in given:
        given["sources"] = read_sources(wanted.sources or ())
    edit = OutletEdit(**given)
    await site.database.writing(
        change_outlet, which=number, edit=edit, interval=site.settings.crawler.interval, now=site.now()
    )
    site.hints.tick()
    return await _outlet(site, number)


@router.post("/outlets/{number}/poll", status_code=202, response_class=Response, responses=WRITING)
async def poll(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> Response:
    """Have an outlet's feeds polled now."""
    site = site_of(request)
    await site.database.writing(poll_now, which=number, now=site.now())
    site.hints.tick()
    return Response(status_code=202)


@router.post("/outlets/{number}/pause", responses=WRITING, response_model=OutletOut)
async def pause_outlet(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> ListedOutlet:
    """Stop polling an outlet until it is resumed."""
    site = site_of(request)
    await site.database.writing(pause, which=number, now=site.now())
    return await _outlet(site, number)


@router.post("/outlets/{number}/resume", responses=WRITING, response_model=OutletOut)
async def resume_outlet(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> ListedOutlet:
    """Poll an outlet again that was paused."""
    site = site_of(request)
    await site.database.writing(resume, which=number, now=site.now())
    site.hints.tick()
    return await _outlet(site, number)


@router.delete("/outlets/{number}", status_code=204, responses=WRITING)
async def remove(request: Request, _caller: WriteCaller, number: Number) -> Response:
    """Stop polling an outlet for good; its articles and alerts stay."""
    await site_of(request).database.writing(remove_outlet, which=number)
    return Response(status_code=204)


@router.post("/outlets/bulk", responses=WRITING)
async def act_on_several(
    request: Request, _caller: WriteCaller, wanted: OutletBulk, _key: IdempotencyKey = None
) -> OutletBulkDone:
    """Pause, resume, poll, tag or remove several outlets: all or none."""
    site = site_of(request)
    act = partial(
        act_on_outlets,
        outlets=wanted.outlets,
        act=wanted.do,
        tag=wanted.tag,
        interval=site.settings.crawler.interval,
        now=site.now(),
    )
    done = await site.database.writing(act)
    site.hints.wake()
    return OutletBulkDone(done=done)


@router.get(
    "/outlets/{number}/access",
    responses=READING,
    response_model=OutletAccess,
    response_model_exclude_defaults=True,
)
async def show_access(request: Request, _caller: WriteCaller, number: Number) -> dict[str, Any]:
    """Return an outlet's own access, with `***` for each secret."""
    return await site_of(request).database.reading(access_shown, which=number)


@router.put(
    "/outlets/{number}/access",
    responses=WRITING,
    response_model=OutletAccess,
    response_model_exclude_defaults=True,
)
async def put_access(
    request: Request, _caller: WriteCaller, number: Number, wanted: OutletAccess
) -> dict[str, Any]:
    """Give an outlet its own access, in place of what it had; an empty object takes it away."""
    site = site_of(request)
    return await site.database.writing(
        set_access,
        which=number,
        wanted=wanted.model_dump(exclude_defaults=True),
        files_in=Path(site.settings.crawler.access_files),
    )


async def _outlet(site: Site, number: int) -> ListedOutlet:
    return await site.database.reading(outlet_shown, which=number, now=site.now())
