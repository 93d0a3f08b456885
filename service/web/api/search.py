"""Search over the archive, as a list and as a file; searches that were saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator

from alerts.errors import QueryError
from service.actions.checking import checked_country, checked_language
from service.actions.errors import InvalidError
from service.actions.search import Hit, search
from service.actions.searches import forget_search, save_search, search_to_export
from service.actions.views import ViewFormat, articles_view
from service.web.api.callers import READING, WRITING, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import (
    Cursor,
    Filter,
    Limit,
    ListPage,
    Since,
    Until,
    WholeList,
    read_place_cursor,
    storable,
    whole,
    write_cursor,
)
from service.web.api.shapes.search import ArticleLine, SavedSearchIn, SavedSearchOut, SearchPage, TotalOut
from service.web.downloads import as_file
from service.web.numbers import Number
from service.web.site import site_of
from storage.language import _
from storage.outlet_types import OutletType
from storage.stores.articles.filtered import ArticleFilter
from storage.stores.people.saved_searches import StoredSearch, saved_searches

TIME_LIMIT = timedelta(milliseconds=250)
"""Of a search within one request."""
COUNT_LIMIT = timedelta(milliseconds=50)
"""After which one that has its articles counts no further."""

router = APIRouter(route_class=ApiRoute, tags=["search"])


def _filter(
    outlet: Filter = None,
    country: Annotated[Filter, Query(description="Of the outlet, as a code: MA.")] = None,
    language: Annotated[Filter, Query(description="Of the article, as a code: ar.")] = None,
    type: Annotated[OutletType | None, Query(description="Of the outlet.")] = None,
    tag: Annotated[Filter, Query(description="Of the outlet.")] = None,
    since: Since = None,
    until: Until = None,
    sort: Annotated[
        Literal["newest", "oldest"], Query(description="Which comes first, by publication.")
    ] = "newest",
) -> ArticleFilter:
    """Return what an operation's parameters ask for."""
    return ArticleFilter(
        outlet=outlet,
        country=checked_country(country),
        language=checked_language(language),
        type=type,
        tag=tag,
        since=since,
        until=until,
        oldest_first=sort == "oldest",
    )


Wanted = Annotated[ArticleFilter, Depends(_filter)]
Asked = Annotated[
    str,
    Query(max_length=2_000, description="A query, as a topic's.", examples=['"Western Sahara"']),
    AfterValidator(storable),
]


@router.get("/search", responses=READING)
async def find(
    request: Request,
    _caller: ReadCaller,
    q: Asked,
    wanted: Wanted,
    cursor: Cursor = None,
    limit: Limit = 50,
    _known: IfNoneMatch = None,
) -> SearchPage:
    """Return the articles that a query is true of, by publication, each with the first place where.

    A search that takes long comes in pages with fewer articles, or none: go on with `next` until there is none. The first page
    tells how many there are in all, or where counting takes long, than how many there are more.
    """
    try:
        found = await site_of(request).database.reading(
            search,
            query=q,
            wanted=wanted,
            beyond=read_place_cursor(cursor),
            limit=limit,
            time_limit=TIME_LIMIT,
            counts=cursor is None,
            count_limit=COUNT_LIMIT,
        )
    except QueryError as error:
        raise _refusal(error) from error
    return SearchPage(
        items=[_line(hit) for hit in found.hits],
        next=None if found.onward is None else write_cursor(found.onward),
        total=None if found.total is None else TotalOut(count=found.total.count, exact=found.total.exact),
    )


@router.get(
    "/search/export",
    response_class=Response,
    responses={**READING, 200: {"description": "A file: a row for each article."}},
)
async def export(
    request: Request,
    _caller: ReadCaller,
    q: Asked,
    wanted: Wanted,
    format: Annotated[ViewFormat, Query(description="Of the file; `html` is to print.")] = ViewFormat.JSON,
) -> Response:
    """Return the first 10,000 articles that a query is true of as a file; 422 where to find them takes too long."""
    site = site_of(request)
    try:
        hits = await site.database.reading(search_to_export, query=q, wanted=wanted)
    except QueryError as error:
        raise _refusal(error) from error
    return await as_file(site, articles_view(hits), format)


@router.get("/searches", responses=READING, response_model=ListPage[SavedSearchOut])
async def list_saved(request: Request, _caller: ReadCaller, _known: IfNoneMatch = None) -> WholeList:
    """Return the saved searches, by name. Everybody sees them."""
    return whole(await site_of(request).database.reading(saved_searches))


@router.put("/searches", responses=WRITING, response_model=SavedSearchOut)
async def save(request: Request, caller: WriteCaller, wanted: SavedSearchIn) -> StoredSearch:
    """Save a search under a name, in place of the one that had it."""
    site = site_of(request)
    filters: Mapping[str, str] = {
        key: str(value) for key, value in wanted.filters.model_dump(exclude_none=True).items()
    }
    return await site.database.writing(
        save_search, wanted.name, wanted.query, filters, caller=caller.name, now=site.now()
    )


@router.delete("/searches/{number}", status_code=204, responses=WRITING)
async def forget(request: Request, _caller: WriteCaller, number: Number) -> Response:
    """Forget a saved search."""
    await site_of(request).database.writing(forget_search, number)
    return Response(status_code=204)


def _refusal(error: QueryError) -> InvalidError:
    said = _("character {position}: {message}", position=error.position, message=error.message)
    return InvalidError(said, key="query.q")


def _line(hit: Hit) -> ArticleLine:
    return ArticleLine.model_validate(
        {
            **asdict(hit.example),
            "article": hit.example.article_id,
            "published_at": hit.example.date,
            "language": hit.language,
            "country": hit.country,
            "mentions": hit.mentions,
        }
    )
