"""Trying: a query checked as one types, a draft on the archive, and why an article matches."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.delivery.view import Segment
from alerts.values import Topic, WatchList
from service.actions.errors import ActionError, InvalidError
from service.actions.lookup import find_list, is_editable
from service.actions.previews import DAYS, LIVE, MOST, preview, preview_proposals, preview_stored
from service.actions.proposals import PROPOSABLE, apply_proposal, in_words
from service.actions.reading import read_input
from service.actions.saved import save_off_loop
from service.actions.topics import check_query
from service.actions.trials import Trial
from service.actions.why import explain_article
from service.settings.watch_models import TopicSettings
from service.web.access import Caller, EditorForm, Form, Reader, ReaderForm
from service.web.charts import chart
from service.web.marking import segments
from service.web.pages.watch_edit import read_actor
from service.web.render import render
from service.web.site import site_of
from storage.language import _
from storage.stores.watch.watch_lists import WatchFacts
from storage.tables import AlertPolicy

router = APIRouter(include_in_schema=False)

MOST_RULES = 30


class ShownExample(NamedTuple):
    """An example, its sentence in runs."""

    outlet: str
    title: str
    article_id: int
    name: str
    rule: str
    segments: tuple[Segment, ...]


@router.post("/watch/check")
async def check(request: Request, caller: Reader, form: ReaderForm) -> Response:
    """Says of a query what is wrong, where, and what is doubtful."""
    query = form.text("query")
    fault, warnings = check_query(query) if query else (None, ())
    return render(request, "query_check.html", caller, query=query, fault=fault, warnings=warnings)


@router.post("/watch/preview")
async def try_draft(request: Request, caller: Reader, form: EditorForm) -> Response:
    """Try what a form holds on the archive: an actor, or a topic. `live`: while its writer types, so on fewer articles."""
    site = site_of(request)
    live = form.flag("live")
    facts = await site.database.reading(find_list, which=form.text("list"))
    most = LIVE if live else MOST
    try:
        watch = _draft(form, facts.name, facts.languages)
        async with site.trials:
            if await request.is_disconnected():  # its writer types on: the next one is under way
                return Response(status_code=204)
            trial = await preview(site.pool, site.database, watch, facts.alert, now=site.now(), most=most)
    except InvalidError as error:
        return preview_failed(request, caller, None if live else str(error))
    return show_preview(request, caller, trial, most)


@router.post("/watch/preview/list")
async def try_list(request: Request, caller: Reader, form: ReaderForm) -> Response:
    """Try a whole stored list on the archive."""
    site = site_of(request)
    try:
        async with site.trials:
            trial = await preview_stored(site.pool, site.database, form.text("list"), now=site.now())
    except ActionError as error:
        return preview_failed(request, caller, str(error))
    return show_preview(request, caller, trial, MOST)


@router.get("/watch/proposals")
async def show_proposals(request: Request, caller: Reader, list: str = "") -> Response:
    """Changes of a list that its dismissed alerts suggest."""
    site = site_of(request)

    def read(session: Session) -> tuple[WatchFacts, bool]:
        facts = find_list(session, list)
        return facts, is_editable(session, facts)

    facts, may_edit = await site.database.reading(read)
    async with site.trials:
        found = await preview_proposals(site.pool, site.database, facts.name)
    return render(
        request,
        "proposals.html",
        caller,
        facts=facts,
        found=[(in_words(each), each) for each in found],
        settings_file=site.settings_file,
        may_edit=caller.may("write") and may_edit,
    )


@router.post("/watch/proposals")
async def make_proposed(request: Request, form: EditorForm) -> Response:
    """Make a change that was proposed."""
    site = site_of(request)
    kind = PROPOSABLE.get(form.text("kind"))
    if kind is None:
        raise InvalidError(_("this change is not one of those proposed"), key="kind")
    change = partial(
        apply_proposal,
        which=form.text("list"),
        kind=kind,
        actor=form.text("actor"),
        terms=form.all("terms"),
        now=site.now(),
    )
    await save_off_loop(site.database, change)
    return RedirectResponse(f"/watch/list?{urlencode({'name': form.text('list')})}", 303)


@router.get("/watch/why")
async def why(request: Request, caller: Reader, article: str = "", watch: str = "") -> Response:
    """Why an article matches a list, or doesn't, clause by clause."""
    found, error = None, None
    if article:
        try:
            found = await site_of(request).database.reading(
                explain_article, article=article, watch=watch or None
            )
        except ActionError as problem:
            error = str(problem)
    return render(request, "why.html", caller, found=found, error=error, article=article, watch=watch)


def _draft(form: Form, list_name: str, languages: tuple[str, ...]) -> WatchList:
    if form.text("kind") == "topic":
        values = {"name": form.text("name") or _("this topic"), "query": form.text("query")}
        topic = read_input(TopicSettings, values)
        return WatchList(list_name, topics=(Topic(topic.name, topic.query),), languages=languages)
    return WatchList(list_name, actors=(read_actor(form).value(),), languages=languages)


def show_preview(request: Request, caller: Caller, trial: Trial, most: int, *, days: int = DAYS) -> Response:
    """Show what a trial of so many days came to; `most` articles were looked at, which may be fewer days."""
    examples = [
        ShownExample(
            example.outlet,
            example.title,
            example.article_id,
            example.name,
            example.rule,
            segments(example.sentence, [(example.start, example.end)]),
        )
        for example in trial.examples
    ]
    return render(
        request,
        _template(request),
        caller,
        trial=trial,
        error=None,
        chart=chart(trial.per_day),
        examples=examples,
        rules=trial.rules[:MOST_RULES],
        most=most,
        is_cut=trial.days < days,
        unit="story" if trial.alert is AlertPolicy.STORY else "article",
    )


def preview_failed(request: Request, caller: Caller, error: str | None) -> Response:
    """Says why there is no preview; with no words for it, that what is typed is not whole yet."""
    return render(
        request,
        _template(request),
        caller,
        trial=None,
        error=error,
        chart=None,
        examples=(),
        rules=(),
        most=MOST,
        is_cut=False,
        unit="",
    )


def _template(request: Request) -> str:
    """Return a piece of a page to htmx, a whole page to a browser without JavaScript."""
    return "preview.html" if "hx-request" in request.headers else "preview_page.html"
