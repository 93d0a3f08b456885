"""Why articles were not found, and how we compare with control sources."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from service.actions.errors import InvalidError, NotFoundError
from service.missed.addresses import gather_addresses
from service.missed.figures import ControlFigure
from service.missed.words import article_as_json
from service.web.access import ForbiddenError
from service.web.api.callers import READING, WRITING, IfNoneMatch, ReadCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import Cursor, Filter, Limit, ListPage, read_cursor, write_cursor
from service.web.api.shapes.missed import ControlFigureOut, MissedFindingOut, MissedIn, MissedOut, OnlyOursOut
from service.web.site import site_of
from service.web.tracing import figure_on, trace_on
from storage.language import _

router = APIRouter(route_class=ApiRoute, tags=["missed"])

Days = Annotated[int, Query(ge=1, le=90, description="The last so many days.")]


@router.post("/missed", responses=WRITING, response_model=MissedOut)
async def trace(request: Request, caller: ReadCaller, wanted: MissedIn) -> dict[str, Any]:
    """Say where the article at each address stopped on its way: at most 1,000 at a time. Nothing is stored.

    A token with the scope `read` is enough; `fetch` needs `write`.
    """
    if wanted.fetch and not caller.may("write"):
        raise ForbiddenError(_("To fetch pages needs the scope 'write'."))
    texts = [wanted.text.encode()] if wanted.text else []
    given = await asyncio.to_thread(gather_addresses, wanted.addresses, texts)
    try:
        report = await trace_on(site_of(request), given, watch=wanted.watch_list, fetch=wanted.fetch)
    except NotFoundError as error:  # the body names it, not the path
        raise InvalidError(str(error), key="watch_list") from error
    return {
        "articles": [article_as_json(article) for article in report.articles],
        "found": report.found,
        "missed_by_kind": {kind.value: count for kind, count in report.kinds},
        "problems": report.problems,
    }


@router.get("/missed/controls", responses=READING, response_model=ControlFigureOut)
async def show_figure(
    request: Request,
    _caller: ReadCaller,
    days: Days = 7,
    watch_list: Filter = None,
    _known: IfNoneMatch = None,
) -> dict[str, Any]:
    """Return how we compare with the control sources: found of what they had, and why the rest was missed.

    It was counted at most ten minutes ago.
    """
    figure = await _figure(request, days, watch_list)
    return {
        "since": figure.since,
        "until": figure.until,
        "total": figure.total,
        "found": figure.found,
        "only_ours": len(figure.ours),
        "left_out": figure.left_out,
        "controls": figure.counts,
        "weeks": figure.weeks,
        "missed_by_kind": {kind.value: count for kind, count in figure.kinds},
    }


@router.get("/missed/controls/missed", responses=READING, response_model=ListPage[MissedFindingOut])
async def list_missed(
    request: Request,
    _caller: ReadCaller,
    days: Days = 7,
    watch_list: Filter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    _known: IfNoneMatch = None,
) -> dict[str, Any]:
    """Return what the control sources had and no alert has, each with where it stopped; oldest first."""
    start = read_cursor(cursor) or 0
    found = (await _figure(request, days, watch_list)).missed
    items = [
        {"control": one.control, "first_seen_at": one.first_seen_at, **article_as_json(one.traced)}
        for one in found[start : start + limit]
    ]
    return {"items": items, "next": _next(start + limit, len(found))}


@router.get("/missed/controls/only-ours", responses=READING, response_model=ListPage[OnlyOursOut])
async def list_ours(
    request: Request,
    _caller: ReadCaller,
    days: Days = 7,
    watch_list: Filter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    _known: IfNoneMatch = None,
) -> dict[str, Any]:
    """Return the articles in alerts that no control source had."""
    start = read_cursor(cursor) or 0
    found = (await _figure(request, days, watch_list)).ours
    items = [
        {"url": one.canonical_url, "outlet": one.outlet, "title": one.title}
        for one in found[start : start + limit]
    ]
    return {"items": items, "next": _next(start + limit, len(found))}


async def _figure(request: Request, days: int, watch_list: str | None) -> ControlFigure:
    try:
        return await figure_on(site_of(request), days=days, watch=watch_list)
    except NotFoundError as error:  # a parameter names it, not the path
        raise InvalidError(str(error), key="watch_list") from error


def _next(reached: int, total: int) -> str | None:
    return write_cursor(reached) if reached < total else None
