"""Search: the archive asked in the query language, what matches marked; a query that is good becomes a topic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from alerts.delivery.view import Segment
from alerts.errors import QueryError
from service.actions.search import Hit, SearchResult, search
from service.actions.topics import check_query
from service.web.access import Reader
from service.web.marking import segments
from service.web.numbers import read_number
from service.web.render import render
from service.web.site import site_of
from storage.stores.watch.watch_lists import watch_facts

router = APIRouter(include_in_schema=False)

PAGE = 30
TIME_LIMIT = timedelta(milliseconds=50)
"""Of a search within one request; a browser with JavaScript then asks for what is left by itself."""
SPANS = {"7": 7, "30": 30, "90": 90, "": 0}
"""Days to look back, none being all time."""


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A hit, its sentence in runs."""

    hit: Hit
    segments: tuple[Segment, ...]


@router.get("/search")
async def show_search(
    request: Request, caller: Reader, q: str = "", days: str = "30", before: str = "", have: str = ""
) -> Response:
    """Ask for a query; return what it is true of, newest first. `have`: how many of them the page that asks on has already."""
    site = site_of(request)
    days = days if days in SPANS else "30"
    since = site.now() - timedelta(days=int(days)) if days else None
    query = q.replace("\r\n", "\n").strip()
    limit = PAGE - min(read_number(have) or 0, PAGE - 1)
    found = SearchResult([])
    fault: QueryError | None = None
    warnings: tuple[str, ...] = ()
    if query:
        fault, warnings = check_query(query)
    if query and fault is None:
        try:
            found = await site.database.reading(
                search,
                query=query,
                since=since,
                before=read_number(before),
                limit=limit,
                time_limit=TIME_LIMIT,
            )
        except QueryError as error:  # what it refers to is not there
            fault = error
    more = None
    if found.onward is not None:
        onward = {"q": query, "days": days, "before": found.onward}
        if found.reached is not None and len(found.hits) < limit:
            onward["have"] = PAGE - limit + len(found.hits)
        more = f"/search?{urlencode(onward)}"

    def editable(session: Session) -> list[str]:
        return [facts.name for facts in watch_facts(session) if not facts.provisioned]

    shown = [
        ShownHit(hit, segments(hit.example.sentence, [(hit.example.start, hit.example.end)]))
        for hit in found.hits
    ]
    return render(
        request,
        "search.html",
        caller,
        query=query,
        days=days,
        spans=SPANS,
        fault=fault,
        warnings=warnings,
        hits=shown,
        first=before == "",
        reached=found.reached if len(found.hits) < limit else None,
        more=more,
        lists=await site.database.reading(editable),
    )
