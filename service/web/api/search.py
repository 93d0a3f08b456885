"""Search over the archive."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import AfterValidator

from alerts.errors import QueryError
from service.actions.errors import InvalidError
from service.actions.search import search
from service.web.api.callers import READING, IfNoneMatch, ReadCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import Cursor, Limit, ListPage, Since, read_cursor, storable, write_cursor
from service.web.api.shapes.watch import ExampleOut
from service.web.site import site_of
from storage.language import _

TIME_LIMIT = timedelta(milliseconds=250)
"""Of a search within one request."""

router = APIRouter(route_class=ApiRoute, tags=["search"])


@router.get("/search", responses=READING)
async def find(
    request: Request,
    _caller: ReadCaller,
    q: Annotated[
        str,
        Query(max_length=2_000, description="A query, as a topic's.", examples=['"Western Sahara"']),
        AfterValidator(storable),
    ],
    since: Since = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    _known: IfNoneMatch = None,
) -> ListPage[ExampleOut]:
    """Return the articles that a query is true of, newest first, each with the first place where.

    A search that takes long comes in pages with fewer articles, or none: go on with `next` until there is none.
    """
    try:
        found = await site_of(request).database.reading(
            search, query=q, since=since, before=read_cursor(cursor), limit=limit, time_limit=TIME_LIMIT
        )
    except QueryError as error:
        said = _("character {position}: {message}", position=error.position, message=error.message)
        raise InvalidError(said, key="query.q") from error
    return ListPage(
        items=[
            ExampleOut.model_validate({**asdict(hit.example), "article": hit.example.article_id})
            for hit in found.hits
        ],
        next=None if found.onward is None else write_cursor(found.onward),
    )
