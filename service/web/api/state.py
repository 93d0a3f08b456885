"""How the service is."""

from __future__ import annotations

from fastapi import APIRouter, Request

from service.web.api.callers import READING, IfNoneMatch, ReadCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.state import StatusOut
from service.web.site import site_of
from service.web.state import ServiceState, read_state

router = APIRouter(route_class=ApiRoute, tags=["health"])


@router.get("/status", responses=READING, response_model=StatusOut)
async def status(request: Request, _caller: ReadCaller, _known: IfNoneMatch = None) -> ServiceState:
    """Say how each stage is, what waits, and what went wrong last."""
    site = site_of(request)
    return await site.database.reading(read_state, site=site)
