"""Outlets."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from fastapi import APIRouter, Request, Response
from sqlmodel import Session, select

from crawler.urls import host_of
from service.provision import add_outlet
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes import FeedOut, OutletIn, OutletOut
from service.web.errors import InvalidError, NotFoundError
from service.web.numbers import Number
from service.web.site import Site, site_of
from storage.queries.feeds import make_due
from storage.queries.outlets import ListedOutlet, list_outlets
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
    if not wanted.feeds and not wanted.site:
        raise InvalidError("Give its feeds, or its site, from which the feed is then discovered.")
    for url in filter(None, (wanted.site, *wanted.feeds)):
        try:
            host_of(url)
        except ValueError as error:
            raise InvalidError(f"{url!r} is no web address: {error}") from error

    def save(session: Session) -> None:
        known = session.exec(select(Outlet).where(Outlet.name == wanted.name)).first()
        if known is not None and known.active:
            raise InvalidError(f"There is an outlet {wanted.name!r} already: choose another name.")
        add_outlet(
            session,
            name=wanted.name,
            site=wanted.site,
            feeds=wanted.feeds,
            language=wanted.language,
            country=wanted.country,
            interval=site.settings.crawler.interval,
            now=site.now(),
        )

    await site.database.writing(save)
    site.hints.tick()
    found = await site.database.reading(partial(list_outlets, since=site.now() - DAY, name=wanted.name))
    return _shape(found[0], site)


@router.post("/outlets/{number}/poll", status_code=202, responses=WRITING)
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
        row = _active(session, number)
        if row.provisioned:
            raise InvalidError(f"{row.name!r} is declared in {site.settings_file}: remove it there.")
        row.active = False

    await site.database.writing(switch_off)
    return Response(status_code=204)


def _active(session: Session, number: int) -> Outlet:
    row = session.get(Outlet, number)
    if row is None or not row.active:
        raise NotFoundError(f"There is no outlet {number}.")
    return row


def _shape(outlet: ListedOutlet, site: Site) -> OutletOut:
    return OutletOut.model_validate(
        {
            "id": outlet.id,
            "name": outlet.name,
            "site": outlet.site,
            "language": outlet.language,
            "country": outlet.country,
            "provisioned": outlet.provisioned,
            "health": outlet.health(site.now()),
            "articles_24h": outlet.articles,
            "feeds": [
                FeedOut(
                    url=feed.url,
                    address=feed.address,
                    title=feed.title,
                    state=feed.state.value,
                    interval_seconds=feed.interval.total_seconds(),
                    last_polled_at=feed.last_polled_at,
                    last_success_at=feed.last_success_at,
                    last_entry_at=feed.last_entry_at,
                    next_poll_at=feed.next_poll_at,
                    last_error=feed.last_error,
                    failures=feed.failures,
                )
                for feed in outlet.feeds
            ],
        }
    )
