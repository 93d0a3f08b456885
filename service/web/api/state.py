"""How the service is."""

from __future__ import annotations

from fastapi import APIRouter, Request

from service.actions.first_steps import first_steps
from service.web.api.callers import READING, IfNoneMatch, ReadCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.state import FirstStepsOut, StatusOut
from service.web.site import site_of
from service.web.state import ServiceState, read_state

router = APIRouter(route_class=ApiRoute, tags=["health"])


@router.get("/status", responses=READING, response_model=StatusOut)
async def status(request: Request, _caller: ReadCaller, _known: IfNoneMatch = None) -> ServiceState:
    """Say how each stage is, what waits, and what went wrong last."""
    site = site_of(request)
    return await site.database.reading(read_state, site=site)


@router.get("/first-steps", responses=READING, response_model=FirstStepsOut)
async def show_first_steps(
    request: Request, _caller: ReadCaller, _known: IfNoneMatch = None
) -> dict[str, object]:
    """Say how far the service is set up: what is done, and what comes next."""
    site = site_of(request)
    steps = await site.database.reading(first_steps, failures=site.settings.service.failures)
    return {
        "outlets": steps.outlets,
        "failing_outlets": steps.failing_outlets,
        "watch_lists": [each.name for each in steps.lists],
        "channels": steps.channels,
        "done": sorted(steps.done),
        "next": steps.next,
    }
