"""Outlets: how each is, adding one by its site's address or many by OPML, polling now, removing."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session, select

from crawler.urls import host_of
from service.actions.errors import InvalidError, NotFoundError
from service.feed_reports import GAPS_SHOWN, FeedReport, read_reports
from service.outlets import NewOutlet, make_outlet, stop_outlet
from service.web.access import Editor, EditorForm, Reader
from service.web.charts import Chart, chart
from service.web.outlet_lists import OPML, discover_feeds, export_opml, import_outlet_list
from service.web.render import render
from service.web.site import site_of
from storage.rows import id_of
from storage.stores.feeds.feed_claims import make_due
from storage.stores.feeds.outlets import HEALTHS, ListedOutlet, list_outlets
from storage.tables import Outlet

router = APIRouter(include_in_schema=False)

DAY = timedelta(days=1)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOST_LINES = 50
"""Told of what an import left out."""


@router.get("/outlets")
async def show_outlets(request: Request, caller: Reader, state: str = "") -> Response:
    """The outlets with their health."""
    site = site_of(request)
    now = site.now()
    found = await site.database.reading(partial(list_outlets, since=now - DAY))
    health = {outlet.name: outlet.health(now) for outlet in found}
    shown = [outlet for outlet in found if not state or health[outlet.name] == state]
    counts = {word: list(health.values()).count(word) for word in HEALTHS}
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
    """One outlet with its feeds: how each fares, its delays and gaps, and when it publishes."""
    site = site_of(request)
    now = site.now()

    def read(session: Session) -> tuple[list[ListedOutlet], dict[int, FeedReport]]:
        found = list_outlets(session, since=now - DAY, name=name)
        reports = read_reports(session, failures=site.settings.service.failures, outlet=name, now=now)
        return found, {id_of(report.feed): report for report in reports}

    found, reports = await site.database.reading(read)
    if not found:
        raise NotFoundError(f"There is no outlet {name!r}.")
    return render(
        request,
        "outlet.html",
        caller,
        outlet=found[0],
        health=found[0].health(now),
        reports=reports,
        rhythms={number: _rhythm(report) for number, report in reports.items()},
        gaps_days=GAPS_SHOWN.days,
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
        found = await discover_feeds(site, url)
        error = "; ".join(found.problems)
    if found is None or not found.feeds:
        return render(
            request, "outlet_new.html", caller, status=422, address=address, found=None, error=error
        )
    return render(request, "outlet_new.html", caller, address=address, found=found, error=None)


@router.post("/outlets")
async def add(request: Request, form: EditorForm) -> Response:
    """Adds an outlet; its feeds are polled at once."""
    site = site_of(request)
    wanted = NewOutlet(
        name=form.text("name"),
        site=form.text("site"),
        feeds=form.all("feed"),
        language=form.text("language").lower() or None,
        country=form.text("country").upper() or None,
    )
    if not wanted.feeds:
        raise InvalidError("Choose at least one feed.")
    await site.database.writing(
        partial(make_outlet, wanted=wanted, interval=site.settings.crawler.interval, now=site.now())
    )
    site.hints.tick()
    return _to(wanted.name)


@router.get("/outlets/export.opml")
async def export(request: Request, _caller: Reader) -> Response:
    """Gives all outlets as a list of feeds for other programs."""
    headers = {"Content-Disposition": 'attachment; filename="outlets.opml"'}
    return Response(await export_opml(site_of(request)), media_type=OPML, headers=headers)


@router.post("/outlets/import")
async def import_list(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Adds the outlets of an OPML file; their feeds are polled at once."""
    upload = form.file("file")
    if upload is None:
        raise InvalidError("Choose a file to import.")
    imported = await import_outlet_list(site_of(request), await upload.read())
    return render(request, "outlets_imported.html", caller, imported=imported, most=MOST_LINES)


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
        stop_outlet(session, row, what=name, settings_file=site.settings_file)

    await site.database.writing(switch_off)
    return RedirectResponse("/outlets", 303)


def _to(name: str) -> Response:
    return RedirectResponse(f"/outlets/one?{urlencode({'name': name})}", 303)


def _rhythm(report: FeedReport) -> tuple[Chart, Chart] | None:
    """Gives when a feed publishes, by hour and by weekday (UTC); None where that is not known yet."""
    if not report.by_hour:
        return None
    hours = chart((f"{hour:02}:00", rate) for hour, rate in enumerate(report.by_hour))
    return hours, chart(zip(WEEKDAYS, report.by_weekday, strict=True))
