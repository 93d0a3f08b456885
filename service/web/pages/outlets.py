"""Outlets: how each is, adding one by its site's address, polling now, removing."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, select

from crawler.discovery import discover
from crawler.feeds import parse_feed
from crawler.pool import CpuPool
from crawler.urls import host_of
from crawler.values import ParsedFeed
from crawler.values import Response as CrawlerResponse
from service.provision import add_outlet
from service.web.access import Editor, EditorForm, Reader
from service.web.errors import InvalidError, NotFoundError
from service.web.render import render
from service.web.site import site_of
from storage.queries.feeds import make_due
from storage.queries.outlets import list_outlets
from storage.tables import Outlet

router = APIRouter(include_in_schema=False)

DAY = timedelta(days=1)


@router.get("/outlets")
async def show_outlets(request: Request, caller: Reader, state: str = "") -> Response:
    """The outlets with their health."""
    site = site_of(request)
    now = site.now()
    found = await site.database.reading(partial(list_outlets, since=now - DAY))
    health = {outlet.name: outlet.health(now) for outlet in found}
    shown = [outlet for outlet in found if not state or health[outlet.name] == state]
    counts = {
        word: list(health.values()).count(word) for word in ("ok", "new", "resting", "failing", "retired")
    }
    return render(
        request,
        "outlets.html",
        caller,
        outlets=shown,
        health=health,
        counts=counts,
        state=state,
        settings_file=site.settings_file,
    )


@router.get("/outlets/one")
async def show_outlet(request: Request, caller: Reader, name: str = "") -> Response:
    """One outlet with its feeds."""
    site = site_of(request)
    now = site.now()
    found = await site.database.reading(partial(list_outlets, since=now - DAY, name=name))
    if not found:
        raise NotFoundError(f"There is no outlet {name!r}.")
    return render(
        request,
        "outlet.html",
        caller,
        outlet=found[0],
        health=found[0].health(now),
        settings_file=site.settings_file,
    )


@router.get("/outlets/new")
async def new_outlet(request: Request, caller: Editor) -> Response:
    """Asks for a site's address."""
    return render(request, "outlet_new.html", caller, address="", found=None, error=None)


@router.post("/outlets/discover")
async def look(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Looks for the feeds of a site, and offers them."""
    site = site_of(request)
    address = form.text("address")
    try:
        host_of(url := address if "://" in address else f"https://{address}")
    except ValueError:
        found, error = None, f"{address!r} is no web address: give one such as https://gazette.example"
    else:
        found = await discover(site.fetcher.fetch, url, read=partial(_read, site.pool))
        error = "; ".join(found.problems)
    if found is None or not found.feeds:
        return render(
            request, "outlet_new.html", caller, status=422, address=address, found=None, error=error
        )
    return render(request, "outlet_new.html", caller, address=address, found=found, error=None)


async def _read(pool: CpuPool, response: CrawlerResponse) -> ParsedFeed:
    return await pool.run(
        parse_feed, response.body, url=response.url, content_type=response.headers.get("content-type")
    )


@router.post("/outlets")
async def add(request: Request, form: EditorForm) -> Response:
    """Adds an outlet; its feeds are polled at once."""
    site = site_of(request)
    name, feeds = form.text("name"), form.all("feed")
    if not name or len(name) > 200 or not name.isprintable():
        raise InvalidError("The outlet needs a name of 1 to 200 printable characters.")
    if not feeds:
        raise InvalidError("Choose at least one feed.")
    for url in (*feeds, *filter(None, [form.text("site")])):
        try:
            host_of(url)
        except ValueError as error:
            raise InvalidError(
                f"{url!r} is no web address: it must begin with https:// or http://"
            ) from error
    language, country = form.text("language").lower() or None, form.text("country").upper() or None
    if language is not None and not (language.isascii() and language.isalpha() and 2 <= len(language) <= 3):
        raise InvalidError("A language is a code of two or three letters, such as en or ar.")
    if country is not None and not (country.isascii() and country.isalpha() and len(country) == 2):
        raise InvalidError("A country is a code of two letters, such as MA.")

    def save(session: Session) -> None:
        known = session.exec(select(Outlet).where(Outlet.name == name)).first()
        if known is not None and known.active:
            raise InvalidError(f"There is an outlet {name!r} already: choose another name.")
        add_outlet(
            session,
            name=name,
            site=form.text("site"),
            feeds=feeds,
            language=language,
            country=country,
            interval=site.settings.crawler.interval,
            now=site.now(),
        )

    await site.database.writing(save)
    site.hints.tick()
    return _to(name)


@router.post("/outlets/poll")
async def poll(request: Request, form: EditorForm) -> Response:
    """Has an outlet's feeds polled now."""
    site = site_of(request)
    name = form.text("name")
    if not await site.database.writing(partial(make_due, now=site.now(), only_outlet=name)):
        raise NotFoundError(f"There is no outlet {name!r} with a feed to poll.")
    site.hints.tick()
    return _to(name)


@router.post("/outlets/remove")
async def remove(request: Request, form: EditorForm) -> Response:
    """Stops polling an outlet; its articles and alerts stay."""
    site = site_of(request)
    name = form.text("name")

    def switch_off(session: Session) -> None:
        row = session.exec(select(Outlet).where(Outlet.name == name)).first()
        if row is None or not row.active:
            raise NotFoundError(f"There is no outlet {name!r}.")
        if row.provisioned:
            raise InvalidError(f"{name!r} is declared in {site.settings_file}: remove it there.")
        row.active = False

    await site.database.writing(switch_off)
    return RedirectResponse("/outlets", 303)


def _to(name: str) -> Response:
    return RedirectResponse(f"/outlets/one?{urlencode({'name': name})}", 303)
