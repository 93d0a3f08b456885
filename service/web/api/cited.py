"""Outlets that tracked stories cite and that are not followed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request

from service.actions.citations import FEWEST
from service.actions.errors import InvalidError, NotFoundError
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.cited import CitedAddedOut, CitedAddIn, CitedOut
from service.web.api.shapes.common import ListPage, WholeList, whole
from service.web.citing import add_on, cited_on
from service.web.site import site_of

router = APIRouter(route_class=ApiRoute, prefix="/cited-outlets", tags=["outlets"])


@router.get("", responses=READING, response_model=ListPage[CitedOut])
async def show_cited(
    request: Request,
    _caller: ReadCaller,
    days: Annotated[int, Query(ge=1, le=90, description="The last so many days.")] = 7,
    fewest: Annotated[int, Query(ge=1, le=1000, description="Cited by so many articles at least.")] = FEWEST,
    _known: IfNoneMatch = None,
) -> WholeList:
    """Return the sites that articles in alerts link to or are copies of and that are not followed, the most cited first."""
    return whole(await cited_on(site_of(request), days=days, fewest=fewest))


@router.post("/add", responses=WRITING, response_model=CitedAddedOut)
async def add(
    request: Request, _caller: WriteCaller, wanted: CitedAddIn, _key: IdempotencyKey = None
) -> dict[str, str]:
    """Add a cited outlet: its feed, sitemap or list is looked for on its site; 409 says what was tried where none was found."""
    try:
        return {"outlet": await add_on(site_of(request), wanted.host)}
    except NotFoundError as error:  # the body names it, not the path
        raise InvalidError(str(error), key="host") from error
