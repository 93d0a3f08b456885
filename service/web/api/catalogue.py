"""The catalogue of outlets."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request

from service.actions.catalogue import CatalogueRow, checked_query, search_catalogue
from service.actions.errors import InvalidError, NotFoundError
from service.actions.surveys import AddedOutlets
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.catalogue import CatalogueAddedOut, CatalogueAddIn, CatalogueOut
from service.web.api.shapes.common import Filter, ListPage, WholeList, whole
from service.web.cataloguing import add_named
from service.web.site import site_of

router = APIRouter(route_class=ApiRoute, prefix="/catalogue", tags=["outlets"])


@router.get("", responses=READING, response_model=ListPage[CatalogueOut])
async def show_catalogue(
    request: Request,
    _caller: ReadCaller,
    q: Filter = None,
    country: Filter = None,
    language: Filter = None,
    type: Filter = None,
    theme: Filter = None,
    _known: IfNoneMatch = None,
) -> WholeList:
    """Return the outlets of the catalogue, by country and name: those with these words, of a country, language, type or theme."""
    query = checked_query(q or "", country or "", language or "", type or "", theme or "")
    rows = await site_of(request).database.reading(search_catalogue, query=query)
    return whole([_row(row) for row in rows])


@router.post("/add", responses=WRITING, response_model=CatalogueAddedOut)
async def add(
    request: Request, _caller: WriteCaller, wanted: CatalogueAddIn, _key: IdempotencyKey = None
) -> AddedOutlets:
    """Add outlets of the catalogue; they are polled at once. Those that are followed already are told."""
    try:
        return await add_named(site_of(request), wanted.names)
    except NotFoundError as error:  # the body names it, not the path
        raise InvalidError(str(error), key="names") from error


def _row(row: CatalogueRow) -> dict[str, Any]:
    entry = asdict(row.entry)
    return {**entry, "country": row.entry.country or None, "outlet": row.outlet or None}
