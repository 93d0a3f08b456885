"""Search: the archive asked in the query language, what matches marked; a query that is good is saved, or becomes a topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.delivery.view import Segment
from alerts.errors import QueryError
from service.actions.errors import InvalidError
from service.actions.lookup import names_of_editable
from service.actions.search import Hit, SearchResult, search
from service.actions.searches import (
    FILTERS,
    forget_search,
    read_filters,
    save_search,
    search_to_export,
)
from service.actions.topics import check_query
from service.actions.views import ViewFormat, articles_view
from service.web.access import EditorForm, Reader
from service.web.downloads import as_file, links_to_save
from service.web.marking import segments
from service.web.numbers import read_number, read_place
from service.web.render import render
from service.web.site import site_of
from service.web.zones import zone_of
from storage.language import _
from storage.outlet_types import TYPES
from storage.stores.feeds.outlets import OutletChoices, outlet_choices
from storage.stores.people.saved_searches import StoredSearch, saved_searches

router = APIRouter(include_in_schema=False)

PAGE = 30
TIME_LIMIT = timedelta(milliseconds=50)
"""Of a search within one request; a browser with JavaScript then asks for what is left by itself."""
COUNT_LIMIT = timedelta(milliseconds=30)
"""After which one that has its articles counts no further."""
SPANS = {"7": 7, "30": 30, "90": 90, "": 0}
"""Days to look back, none being all time."""


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A hit, its sentence in runs."""

    hit: Hit
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class SearchChoices:
    """What the form offers."""

    lists: list[str]
    """That a topic can be added to."""
    saved: list[StoredSearch]
    outlets: OutletChoices


@router.get("/search")
async def show_search(
    request: Request, caller: Reader, q: str = "", before: str = "", have: str = "", name: str = ""
) -> Response:
    """Ask for a query; return what it is true of, newest first. `have`: how many of them the page that asks on has already.

    `name`: what it is to be saved as, where that was refused.
    """
    site = site_of(request)
    query = _lines(q)
    filters = _filters(request)
    beyond, limit = read_place(before), PAGE - min(read_number(have) or 0, PAGE - 1)
    found, fault, refused = SearchResult([]), None, ""
    warnings: tuple[str, ...] = ()
    if query:
        fault, warnings = check_query(query)
    if query and fault is None:
        try:
            wanted = read_filters(filters, now=site.now(), zone=zone_of(request))
            found = await site.database.reading(
                search,
                query=query,
                wanted=wanted,
                beyond=beyond,
                limit=limit,
                time_limit=TIME_LIMIT,
                counts=beyond is None,
                count_limit=COUNT_LIMIT,
            )
        except QueryError as error:  # what it refers to is not there
            fault = error
        except InvalidError as error:
            refused = str(error)
    choices = await site.database.reading(_choices)
    return render(
        request,
        "search.html",
        caller,
        status=422 if refused else 200,
        query=query,
        days=filters.get("days", ""),
        spans=SPANS,
        filters=filters,
        types=TYPES,
        fault=fault,
        refused=refused,
        warnings=warnings,
        hits=[_shown(hit) for hit in found.hits],
        total=found.total,
        first=beyond is None,
        reached=found.reached if len(found.hits) < limit else None,
        more=_more(query, filters, found, limit),
        exports=links_to_save("/search/export", {"q": query, **filters}),
        choices=choices,
        saved={each.name: _address(each.query, each.filters) for each in choices.saved},
        here=_address(query, filters),
        saved_as=name,
    )


@router.get("/search/export")
async def export(
    request: Request, _caller: Reader, q: str = "", format: ViewFormat = ViewFormat.CSV
) -> Response:
    """Return all that a search finds as a file."""
    site = site_of(request)
    wanted = read_filters(_filters(request), now=site.now(), zone=zone_of(request))
    try:
        hits = await site.database.reading(search_to_export, query=_lines(q), wanted=wanted)
    except QueryError as error:
        raise InvalidError(error.message, key="q") from error
    return await as_file(site, articles_view(hits), format)


@router.post("/searches")
async def save(request: Request, caller: Reader, form: EditorForm) -> Response:
    """Save a search under a name; go to it."""
    site = site_of(request)
    query, filters = form.text("q"), {key: form.text(key) for key in FILTERS}
    saved = await site.database.writing(
        save_search, form.text("name"), query, filters, caller=caller.name, now=site.now()
    )
    return RedirectResponse(_address(saved.query, saved.filters), 303)


@router.post("/searches/remove")
async def remove(request: Request, form: EditorForm) -> Response:
    """Forget a saved search."""
    number = form.number("number")
    if number is None:
        raise InvalidError(_("Say which saved search."))
    await site_of(request).database.writing(forget_search, number)
    return RedirectResponse("/search", 303)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _filters(request: Request) -> dict[str, str]:
    """Return the filters that are set; the last 30 days where no time is said."""
    given = request.query_params
    filters = {key: given[key] for key in FILTERS if given.get(key)}
    if not {"days", "since", "until"} & set(given):
        filters["days"] = "30"
    elif filters.get("since") or filters.get("until"):
        filters.pop("days", None)
    return filters


def _address(query: str, filters: Mapping[str, str]) -> str:
    """Return where a search is."""
    said = _spanned(filters)
    asked = {"q": query} | {key: said[key] for key in FILTERS if key in said}
    return f"/search?{urlencode(asked)}"


def _spanned(filters: Mapping[str, str]) -> dict[str, str]:
    """Return filters as an address has them: all time is said, or it would be the last 30 days."""
    return dict(filters) if {"days", "since", "until"} & set(filters) else {**filters, "days": ""}


def _shown(hit: Hit) -> ShownHit:
    return ShownHit(hit, segments(hit.example.sentence, [(hit.example.start, hit.example.end)]))


def _more(query: str, filters: Mapping[str, str], found: SearchResult, limit: int) -> str | None:
    """Return where the search goes on; None where all was looked at."""
    if found.onward is None:
        return None
    onward: dict[str, object] = {"q": query, **_spanned(filters), "before": found.onward}
    if found.reached is not None and len(found.hits) < limit:
        onward["have"] = PAGE - limit + len(found.hits)
    return f"/search?{urlencode(onward)}"


def _choices(session: Session) -> SearchChoices:
    return SearchChoices(
        names_of_editable(session),
        saved_searches(session),
        outlet_choices(session),
    )
