"""Outlets: how each is, adding one by its site's address or many by OPML, changing, pausing, polling now, removing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service.actions.errors import ActionError, InvalidError
from service.actions.outlet_access import browser_proposal
from service.actions.outlet_bulk import act_on_outlets
from service.actions.outlet_lists import discover_feeds
from service.actions.outlet_views import (
    FIGURED,
    NOTHING,
    OutletFilter,
    delay_of,
    last_success_of,
    outlets_listed,
    outlets_view,
)
from service.actions.outlets import (
    OutletEdit,
    add_outlet,
    change_outlet,
    editable_outlet,
    outlet_shown,
    pause,
    poll_now,
    resume,
)
from service.actions.outlets import remove as remove_outlet
from service.actions.recipients import OwnAddress, own_addresses
from service.actions.sources import found_source, read_sources, source_table
from service.actions.views import ViewFormat
from service.discovered import next_words, tried_words
from service.feed_reports import GAPS_SHOWN, FeedReport, reports_of
from service.web.access import Caller, Editor, EditorForm, Form, Reader
from service.web.charts import Chart, chart
from service.web.downloads import as_file, links_to_save
from service.web.outlet_lists import OPML, export_opml, import_opml
from service.web.render import render
from service.web.site import site_of
from storage.language import _, weekdays
from storage.outlet_types import TYPES, type_of
from storage.stores.articles.page_lessons import PageQuality
from storage.stores.feeds.outlet_edits import OutletValues
from storage.stores.feeds.outlets import HEALTHS, ListedOutlet, list_outlets

router = APIRouter(include_in_schema=False)

MOST_LINES = 50
"""Shown of what an import left out."""


Wanted = Annotated[OutletFilter, Depends()]
"""Which outlets are asked for, and in which order."""


@router.get("/outlets")
async def show_outlets(request: Request, caller: Reader, wanted: Wanted) -> Response:
    """The outlets with their health: those that fit the filters, in the order that is asked for."""
    site = site_of(request)
    found = await site.database.reading(list_outlets, now=site.now())
    figures = await site.figures_of_outlets()
    health = [outlet.health for outlet in found]
    filters = {key: value for key, value in asdict(wanted).items() if value}
    return render(
        request,
        "outlets.html",
        caller,
        outlets=outlets_listed(found, wanted, figures),
        figures=figures,
        figured=FIGURED.days,
        delay_of=delay_of,
        last_success_of=last_success_of,
        type_of=type_of,
        nothing=NOTHING,
        filters=filters,
        here=f"/outlets?{urlencode(filters)}" if filters else "/outlets",
        exports=links_to_save("/outlets/export", filters),
        tags=sorted({each for outlet in found for each in outlet.tags}, key=str.casefold),
        countries=sorted({outlet.country for outlet in found if outlet.country}),
        languages=sorted({outlet.language for outlet in found if outlet.language}),
        types=TYPES,
        counts={word: health.count(word) for word in HEALTHS},
        state=wanted.state,
        tag=wanted.tag,
        settings_file=site.settings_file,
    )


@router.get("/outlets/export")
async def export_list(
    request: Request,
    _caller: Reader,
    wanted: Wanted,
    format: ViewFormat = ViewFormat.CSV,
) -> Response:
    """The outlets that fit the filters, with what each brought and cost, as a file."""
    site = site_of(request)
    found = await site.database.reading(list_outlets, now=site.now())
    figures = await site.figures_of_outlets()
    return await as_file(site, outlets_view(outlets_listed(found, wanted, figures), figures), format)


@router.post("/outlets/bulk")
async def act_on_several(request: Request, form: EditorForm) -> Response:
    """Pause, resume, poll, tag or remove the selected outlets; go back to the list that they stood in."""
    site = site_of(request)
    act = partial(
        act_on_outlets,
        outlets=form.all("outlet"),
        act=form.text("do"),
        tag=form.text("tag"),
        interval=site.settings.crawler.interval,
        now=site.now(),
    )
    await site.database.writing(act)
    site.glances.forget()
    site.hints.wake()
    here = form.text("here")
    return RedirectResponse(here if re.match(r"/outlets(\?|$)", here) else "/outlets", 303)


@router.get("/outlets/one")
async def show_outlet(request: Request, caller: Reader, name: str = "") -> Response:
    """One outlet with its feeds: how each fares, its delays and gaps, and when it publishes."""
    site = site_of(request)
    now = site.now()

    def read(session: Session) -> tuple[ListedOutlet, dict[int, FeedReport], PageQuality | None]:
        outlet = outlet_shown(session, name, now=now)
        reports = reports_of(session, [outlet], failures=site.settings.service.failures, now=now)
        scripted = browser_proposal(session, outlet, site.settings)
        return outlet, {report.id: report for report in reports}, scripted

    outlet, reports, scripted = await site.database.reading(read)
    own: list[OwnAddress] = []
    if any(feed.source_kind == "mail" for feed in outlet.feeds):
        own = await site.database.writing(own_addresses, domain=site.settings.inbound.domain, now=now)
    return render(
        request,
        "outlet.html",
        caller,
        outlet=outlet,
        figures=(await site.figures_of_outlets()).get(outlet.id, NOTHING),
        figured=FIGURED.days,
        type=type_of(outlet.tags),
        reports=reports,
        scripted=scripted,
        addresses={each.feed_id: each.address for each in own},
        rhythms={number: _rhythm(report) for number, report in reports.items()},
        gaps_days=GAPS_SHOWN.days,
        settings_file=site.settings_file,
    )


@router.get("/outlets/new")
async def new_outlet(request: Request, caller: Editor, address: str = "") -> Response:
    """Ask for a site's address."""
    return render(
        request, "outlet_new.html", caller, address=address, found=None, error=None, tried=[], advice=""
    )


@router.post("/outlets/discover")
async def look(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Look for the feeds of a site, and offer them."""
    site = site_of(request)
    address = form.text("address")
    found, error, sources = None, "", []
    try:
        found = await discover_feeds(site.fetcher, address, pool=site.pool)
        error = "; ".join(found.problems)
        sources = [(source_table(found_source(each)), each) for each in found.sources]
    except InvalidError as refused:
        error = str(refused)
    tried = tried_words(found) if found is not None else []
    if found is None or not (found.feeds or sources):
        advice = next_words(found) if found is not None else ""
        return render(
            request,
            "outlet_new.html",
            caller,
            status=422,
            address=address,
            found=None,
            error=error,
            tried=tried,
            advice=advice,
        )
    return render(
        request,
        "outlet_new.html",
        caller,
        address=address,
        found=found,
        sources=sources,
        error=None if found.feeds else error,
        tried=tried if not any(feed.entries for feed in found.feeds) else [],
        advice="",
    )


@router.post("/outlets")
async def add(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Add an outlet; its feeds are polled at once."""
    site = site_of(request)
    wanted = _values(form)
    try:
        wanted = replace(wanted, sources=read_sources(_lines(form, "sources")))
        outlet = await site.database.writing(
            add_outlet, wanted=wanted, interval=site.settings.crawler.interval, now=site.now()
        )
    except ActionError as error:
        return _form(request, caller, wanted, sources=_lines(form, "sources"), error=error)
    site.hints.tick()
    return _to(outlet.name)


@router.get("/outlets/edit")
async def edit(request: Request, caller: Editor, name: str = "") -> Response:
    """Ask what to change of an outlet."""
    outlet = await site_of(request).database.reading(editable_outlet, which=name)
    sources = [source_table(source) for source in outlet.values.sources]
    return _form(request, caller, outlet.values, sources=sources, old=outlet.name)


@router.post("/outlets/edit")
async def change(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Change an outlet; new feeds are polled at once."""
    site = site_of(request)
    old, wanted = form.text("old"), _values(form)
    try:
        change = OutletEdit(
            wanted.name,
            wanted.site,
            wanted.feeds,
            wanted.language or "",
            wanted.country or "",
            wanted.tags,
            wanted.control,
            read_sources(_lines(form, "sources")),
        )
        outlet = await site.database.writing(
            change_outlet, which=old, edit=change, interval=site.settings.crawler.interval, now=site.now()
        )
    except ActionError as error:
        return _form(request, caller, wanted, sources=_lines(form, "sources"), old=old, error=error)
    site.hints.tick()
    return _to(outlet.name)


@router.post("/outlets/pause")
async def pause_outlet(request: Request, form: EditorForm) -> Response:
    """Stop polling an outlet until it is resumed."""
    site = site_of(request)
    await site.database.writing(pause, which=form.text("name"), now=site.now())
    return _to(form.text("name"))


@router.post("/outlets/resume")
async def resume_outlet(request: Request, form: EditorForm) -> Response:
    """Poll an outlet again that was paused."""
    site = site_of(request)
    await site.database.writing(resume, which=form.text("name"), now=site.now())
    site.hints.tick()
    return _to(form.text("name"))


@router.get("/outlets/export.opml")
async def export(request: Request, _caller: Reader) -> Response:
    """Return all outlets as a list of feeds for other programs."""
    headers = {"Content-Disposition": 'attachment; filename="outlets.opml"'}
    return Response(await export_opml(site_of(request)), media_type=OPML, headers=headers)


@router.post("/outlets/import")
async def import_list(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Add the outlets of an OPML file; their feeds are polled at once."""
    upload = form.file("file")
    if upload is None:
        raise InvalidError(_("Choose a file to import."))
    imported = await import_opml(site_of(request), await upload.read())
    return render(request, "outlets_imported.html", caller, imported=imported, most=MOST_LINES)


@router.post("/outlets/poll")
async def poll(request: Request, form: EditorForm) -> Response:
    """Have an outlet's feeds polled now."""
    site = site_of(request)
    await site.database.writing(poll_now, which=form.text("name"), now=site.now())
    site.hints.tick()
    return _to(form.text("name"))


@router.post("/outlets/remove")
async def remove(request: Request, form: EditorForm) -> Response:
    """Stop polling an outlet for good; its articles and alerts stay."""
    await site_of(request).database.writing(remove_outlet, which=form.text("name"))
    return RedirectResponse("/outlets", 303)


def _values(form: Form) -> OutletValues:
    """Return what a form says of an outlet: feeds as boxes that are ticked or as lines, tags as lines or with commas."""
    feeds = _lines(form, "feed")
    tags = [tag for text in form.all("tags") for tag in text.replace("\n", ",").split(",") if tag.strip()]
    if form.text("type") in (*TYPES, "none"):  # the form asks for it beside the tags
        tags = [tag for tag in tags if tag.strip() not in TYPES]
        tags = tags if form.text("type") == "none" else [form.text("type"), *tags]
    return OutletValues(
        form.text("name"),
        form.text("site"),
        tuple(feeds),
        form.text("language"),
        form.text("country"),
        tuple(tags),
        form.flag("control"),
    )


def _lines(form: Form, key: str) -> list[str]:
    return [line for text in form.all(key) for line in text.splitlines() if line.strip()]


def _form(
    request: Request,
    caller: Caller,
    values: OutletValues,
    *,
    sources: Sequence[str] = (),
    old: str = "",
    error: ActionError | None = None,
) -> Response:
    """Show an outlet's form; what was refused stands at its field."""
    faults: Mapping[str, str] = {} if error is None else {error.key or "": str(error)}
    status = 200 if error is None else 422
    return render(
        request,
        "outlet_form.html",
        caller,
        types=TYPES,
        type=type_of(values.tags),
        status=status,
        values=values,
        sources=sources,
        old=old,
        faults=faults,
    )


def _to(name: str) -> Response:
    return RedirectResponse(f"/outlets/one?{urlencode({'name': name})}", 303)


def _rhythm(report: FeedReport) -> tuple[Chart, Chart] | None:
    """Return when a feed publishes, by hour and by weekday (UTC); None where that is not known yet."""
    if not report.by_hour:
        return None
    hours = chart((f"{hour:02}:00", rate) for hour, rate in enumerate(report.by_hour))
    return hours, chart(zip(weekdays(), report.by_weekday, strict=True))
