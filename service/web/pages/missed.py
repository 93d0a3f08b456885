"""Missed: why articles were not found, address by address, and how we compare with control sources."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from service.actions.errors import ActionError, InvalidError
from service.actions.missed import MissedReport
from service.missed.addresses import LARGEST, gather_addresses
from service.missed.values import Stop, StopKind, TracedArticle
from service.missed.words import LABELS, label, stop_words
from service.web.access import Caller, Form, Reader, ReaderForm
from service.web.render import render
from service.web.site import site_of
from service.web.tracing import figure_on, trace_on
from storage.language import _
from storage.stores.watch.watch_lists import list_names

router = APIRouter(include_in_schema=False)

SPANS = (7, 30, 90)
MOST = 100
"""Of the missed and of what only we had, on the page; the API has all."""
_OF_RULES = frozenset(
    {
        StopKind.OTHER_LANGUAGE,
        StopKind.NO_NAME,
        StopKind.LANGUAGE,
        StopKind.RULE,
        StopKind.LIST_CHANGED,
        StopKind.SCORE,
        StopKind.NOT_ALERTED,
    }
)


@dataclass(frozen=True, slots=True)
class StopLink:
    """Where more is known of a stop, or where something can be done about it."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class ShownStop:
    """A stop in words, with its links."""

    words: str
    links: tuple[StopLink, ...]


@dataclass(frozen=True, slots=True)
class ShownTrace:
    """A traced article as the page shows it."""

    article: TracedArticle
    label: str
    stops: tuple[ShownStop, ...]


@router.get("/missed")
async def ask(request: Request, caller: Reader, address: str = "", watch: str = "") -> Response:
    """Ask for addresses."""
    return await _page(request, caller, addresses=address, watch=watch, fetch=True)


@router.post("/missed")
async def trace(request: Request, caller: Reader, form: ReaderForm) -> Response:
    """Say where the article at each address stopped."""
    watch, fetch = form.text("watch"), form.flag("fetch") and caller.may("write")
    try:
        given = await asyncio.to_thread(gather_addresses, (), await _bodies(form))
        report = await trace_on(site_of(request), given, watch=watch or None, fetch=fetch)
    except ActionError as error:
        return await _page(
            request, caller, addresses=form.text("addresses"), watch=watch, fetch=fetch, error=str(error)
        )
    return await _page(
        request, caller, addresses=form.text("addresses"), watch=watch, fetch=fetch, report=report
    )


@router.get("/missed/controls")
async def compare(request: Request, caller: Reader, days: str = "7", watch: str = "") -> Response:
    """How we compare with the control sources: found, missed and why, and what only we had."""
    site = site_of(request)
    span = int(days) if days in map(str, SPANS) else SPANS[0]
    figure = await figure_on(site, days=span, watch=watch or None)
    return render(
        request,
        "controls.html",
        caller,
        figure=figure,
        missed=[(one, shown_trace(one.traced, caller)) for one in figure.missed[-MOST:][::-1]],
        ours=figure.ours[:MOST],
        kinds=[(_(LABELS[kind]), count) for kind, count in figure.kinds],
        known=await site.database.reading(list_names),
        watch=watch,
        span=span,
        spans=SPANS,
    )


def shown_trace(article: TracedArticle, caller: Caller) -> ShownTrace:
    """Return a traced article as the page shows it to someone."""
    stops = tuple(
        ShownStop(stop_words(stop), links_of(stop, article, may_add=caller.may("write")))
        for stop in article.stops
    )
    return ShownTrace(article, label(article.reason), stops)


def links_of(stop: Stop, article: TracedArticle, *, may_add: bool) -> tuple[StopLink, ...]:
    """Return where more is known of a stop, or where something can be done about it; `may_add`: an outlet be added, too."""
    facts, links = stop.facts, []
    if stop.kind in (StopKind.NOT_FOLLOWED, StopKind.REMOVED):
        if may_add and article.proposal is None:
            links.append(StopLink(_("Find its feeds"), _to("/outlets/new", address=article.url)))
    elif "outlet" in facts and "alert" not in facts:
        links.append(
            StopLink(_("Outlet {outlet}", outlet=facts["outlet"]), _to("/outlets/one", name=facts["outlet"]))
        )
        if stop.kind is StopKind.NOT_CARRIED and may_add:
            links.append(StopLink(_("Find other feeds of it"), _to("/outlets/new", address=article.url)))
    if stop.kind in _OF_RULES and stop.watch and article.article_id is not None:
        why = _to("/watch/why", article=str(article.article_id), watch=stop.watch)
        links.append(StopLink(_("Why, part by part"), why))
    if "alert" in facts:
        links.append(StopLink(_("Alert {alert}", alert=facts["alert"]), f"/alerts/{facts['alert']}"))
    if "delivery" in facts:
        links.append(StopLink("Delivery", f"/deliveries/{facts['delivery']}"))
    if stop.kind is StopKind.SILENCED:
        links.append(StopLink("Silences", "/silences"))
    if stop.watch:
        links.append(StopLink(_("Watch list {watch}", watch=stop.watch), _to("/watch/list", name=stop.watch)))
    return tuple(links)


async def _page(
    request: Request,
    caller: Caller,
    *,
    addresses: str,
    watch: str,
    fetch: bool,
    report: MissedReport | None = None,
    error: str = "",
) -> Response:
    shown = [] if report is None else [shown_trace(article, caller) for article in report.articles]
    return render(
        request,
        "missed.html",
        caller,
        status=422 if error else 200,
        addresses=addresses,
        watch=watch,
        fetch=fetch,
        error=error,
        report=report,
        shown=shown,
        kinds=[] if report is None else [(_(LABELS[kind]), count) for kind, count in report.kinds],
        known=await site_of(request).database.reading(list_names),
    )


async def _bodies(form: Form) -> list[bytes]:
    """Return what was typed and what was uploaded. Raise `InvalidError` for a file that is too large."""
    bodies = [form.text("addresses").encode()] if form.text("addresses") else []
    upload = form.file("file")
    if upload is not None:
        body = await upload.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise InvalidError(_("The file is larger than {most} MB.", most=LARGEST // 1000000), key="file")
        bodies.append(body)
    return bodies


def _to(path: str, **query: str) -> str:
    return f"{path}?{urlencode(query)}"
