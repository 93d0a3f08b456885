"""How the service is."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request

from service.web.api.callers import READING, IfNoneMatch, ReadCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.state import FailureOut, QueueOut, StageOut, StatusOut
from service.web.site import site_of
from service.web.state import read_state

router = APIRouter(route_class=ApiRoute, tags=["health"])


@router.get("/status", responses=READING)
async def status(request: Request, _caller: ReadCaller, _known: IfNoneMatch = None) -> StatusOut:
    """Says how each stage is, what waits, and what went wrong last."""
    site = site_of(request)
    state = await site.database.reading(partial(read_state, site=site))
    return StatusOut(
        version=state.version,
        database=state.database,
        database_bytes=state.database_bytes,
        stages=[
            StageOut(
                name=stage.name,
                well=stage.well,
                silent_seconds=stage.silent_for.total_seconds(),
                error=stage.error,
            )
            for stage in state.stages
        ],
        queues={
            name: QueueOut(length=length, oldest=state.gauges.oldest.get(name))
            for name, length in state.gauges.queues.items()
        },
        notifications=state.gauges.notifications,
        feeds=state.gauges.feeds,
        failures=[FailureOut(at=at, error=error) for at, error in state.failures],
    )
