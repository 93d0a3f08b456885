"""Browsers that are signed in, for admins."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from service.actions.sessions import end_session, end_sessions, list_sessions
from service.web.api.callers import READING, WRITING, AdminCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import Filter, ListPage, WholeList, whole
from service.web.api.shapes.people import EndedOut, SessionOut
from service.web.numbers import Number
from service.web.site import site_of

router = APIRouter(route_class=ApiRoute, tags=["users"])


@router.get("/sessions", responses=READING, response_model=ListPage[SessionOut])
async def list_all(request: Request, _caller: AdminCaller, user: Filter = None) -> WholeList:
    """Return the browsers that are signed in, as one user or as any; those seen last first."""
    site = site_of(request)
    return whole(await site.database.reading(list_sessions, which=user, now=site.now()))


@router.delete("/sessions/{number}", status_code=204, responses=WRITING)
async def end(request: Request, _caller: AdminCaller, number: Number) -> Response:
    """Sign a browser out."""
    await site_of(request).database.writing(end_session, number=number)
    return Response(status_code=204)


@router.delete("/users/{number}/sessions", responses=WRITING)
async def end_all(request: Request, _caller: AdminCaller, number: Number) -> EndedOut:
    """Sign every browser of a user out."""
    return EndedOut(ended=await site_of(request).database.writing(end_sessions, which=number))
