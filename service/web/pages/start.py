"""The first steps: outlets, what to follow, whom to tell, a test message, and what the last days would have brought."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from alerts.delivery.channels.base import TrialStep
from service.actions.catalogue import checked_query, search_catalogue
from service.actions.channel_trials import send_test
from service.actions.channels import channel_shown
from service.actions.errors import ActionError, InvalidError
from service.actions.first_steps import FirstSteps, Step, first_steps, follow, tell, use_channel
from service.actions.previews import MOST, preview_stored
from service.actions.saved import save_off_loop
from service.actions.suggestions import ask_wikidata, look_up, proposed
from service.catalogue.entries import catalogue, packs
from service.web.access import Caller, EditorForm, Form, Reader
from service.web.asking import asker_of
from service.web.cataloguing import add_named
from service.web.pages.watch_try import preview_failed, show_preview
from service.web.render import render
from service.web.site import Site, site_of
from service.web.surveying import begin_on
from service.wikidata import WikidataError
from storage.codes import country_name
from storage.language import _
from storage.stores.people.users import has_guide

router = APIRouter(include_in_schema=False)

DAYS = 7
"""Of which it is shown what they would have brought."""


@router.get("/")
async def home(request: Request, caller: Reader) -> Response:
    """The first steps, until they are done or put away; then the alerts."""
    site = site_of(request)
    if not caller.may("write") or not await site.database.reading(has_guide, user_id=caller.user_id or 0):
        return RedirectResponse("/alerts", 303)
    steps = await _steps(site)
    return RedirectResponse("/alerts" if steps.next is None else "/start", 303)


@router.get("/start")
async def show_steps(request: Request, caller: Reader) -> Response:
    """The first steps, each as it stands."""
    return await _page(request, caller)


@router.post("/start/outlets")
async def add_outlets(request: Request, caller: Reader, form: EditorForm) -> Response:
    """Add a country's outlets of the catalogue; or begin to look at the addresses that were pasted."""
    site = site_of(request)
    try:
        if addresses := form.text("addresses"):
            number, _given = await begin_on(
                site, [], [addresses.encode()], language=None, country=None, tags=(), caller=caller.name
            )
            return RedirectResponse(f"/outlets/surveys/{number}", 303)
        if not form.text("country"):
            raise InvalidError(_("Choose a country, or paste addresses."), key="country")
        query = checked_query(country=form.text("country"))
        rows = await site.database.reading(search_catalogue, query=query)
        await add_named(site, [row.entry.name for row in rows if not row.outlet])
    except ActionError as error:
        return await _page(request, caller, fault=(Step.OUTLETS, error.at_field), form=form)
    return _on(site, Step.FOLLOW)


@router.post("/start/spellings")
async def propose(request: Request, caller: Reader, form: EditorForm) -> Response:
    """Propose spellings of the name that was typed."""
    site = site_of(request)
    name = form.text("name")
    asked = await site.database.reading(look_up, name=name)
    try:
        named, trouble = await ask_wikidata(site.settings, asked), ""
    except WikidataError as error:
        named, trouble = [], str(error)
    spellings = proposed(asked, named) if name else []
    if "hx-request" in request.headers:
        return render(request, "spellings.html", caller, spellings=spellings, trouble=trouble)
    return await _page(request, caller, form=form, spellings=spellings, trouble=trouble)


@router.post("/start/follow")
async def follow_name(request: Request, caller: Reader, form: EditorForm) -> Response:
    """Track a person or organisation."""
    site = site_of(request)
    try:
        edit = partial(
            follow,
            name=form.text("name"),
            spellings=form.all("more"),
            is_person=form.flag("person"),
            now=site.now(),
        )
        saved = await save_off_loop(site.database, edit)
    except ActionError as error:
        return await _page(request, caller, fault=(Step.FOLLOW, error.at_field), form=form)
    if saved.warnings:
        return await _page(request, caller, warnings=saved.warnings)
    return _on(site, Step.TELL)


@router.post("/start/tell")
async def tell_by_mail(request: Request, caller: Reader, form: EditorForm) -> Response:
    """Send alerts to an address by mail, and a test message at once; or make use of a channel that there is."""
    site = site_of(request)
    try:
        if used := form.text("channel"):
            await site.database.writing(use_channel, name=used, now=site.now())
            name = used
        else:
            name = await site.database.writing(
                tell, address=form.text("address"), asker=asker_of(site, caller), now=site.now()
            )
    except ActionError as error:
        return await _page(request, caller, fault=(Step.TELL, error.at_field), form=form)
    site.hints.wake()
    return await _tested(request, caller, name)


@router.post("/start/test")
async def test(request: Request, caller: Reader, form: EditorForm) -> Response:
    """Send a test message once more."""
    return await _tested(request, caller, form.text("channel"))


@router.get("/start/preview")
async def show_what_would_have_come(request: Request, caller: Reader) -> Response:
    """What the last days would have brought for the newest list; nothing yet where no article has come in."""
    site = site_of(request)
    steps = await _steps(site)
    if not steps.lists or not steps.has_articles:
        part = "hx-request" in request.headers
        return render(request, "start_empty.html" if part else "start_empty_page.html", caller, steps=steps)
    try:
        async with site.trials:
            trial = await preview_stored(
                site.pool, site.database, steps.lists[0].name, days=DAYS, now=site.now()
            )
    except ActionError as error:
        return preview_failed(request, caller, str(error))
    return show_preview(request, caller, trial, MOST, days=DAYS)


async def _tested(request: Request, caller: Caller, name: str) -> Response:
    site = site_of(request)
    channel = await site.database.reading(channel_shown, which=name)
    trial = await send_test(site.database, site.settings, channel.name, now=site.now())
    return await _page(request, caller, tested=channel.name, trial=trial)


async def _steps(site: Site) -> FirstSteps:
    return await site.database.reading(first_steps, failures=site.settings.service.failures)


async def _page(
    request: Request,
    caller: Caller,
    *,
    fault: tuple[Step, str] | None = None,
    form: Form | None = None,
    warnings: Sequence[str] = (),
    tested: str = "",
    trial: Sequence[TrialStep] = (),
    **spelling: Any,  # noqa: ANN401  (what the spellings' template takes)
) -> Response:
    site = site_of(request)
    steps = await _steps(site)
    smtp = site.settings.smtp
    return render(
        request,
        "start.html",
        caller,
        status=200 if fault is None else 422,
        steps=steps,
        done=len(steps.done),
        all=len(Step),
        fault=fault,
        typed={key: form.text(key) if form else "" for key in ("country", "addresses", "name", "address")},
        warnings=warnings,
        tested=tested,
        trial=trial,
        countries=sorted((country_name(code), code, count) for code, count in packs(catalogue()).countries),
        server=f"{smtp.host}:{smtp.port}",
        settings_file=site.settings_file,
        days=DAYS,
        **{"spellings": (), "trouble": "", **spelling},
    )


def _on(site: Site, step: Step) -> Response:
    """Go back to the page, to the step that comes next."""
    site.glances.forget()
    return RedirectResponse(f"/start#{step.value}", 303)
