"""For machines: whether the process lives, whether every stage works, and the metrics."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from service.web.access import Caller, api_caller
from service.web.api.problems import documented
from service.web.readiness import readiness
from service.web.site import site_of
from storage.stores.gauges import gauges
from storage.viewers import looking_as

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process lives."""

    status: str = Field(examples=["ok"])


class Ready(BaseModel):
    """Whether each part works: `ok`, or what is wrong with it."""

    status: str = Field(examples=["ok"], description="`ok` where every part is.")
    database: str = Field(examples=["ok"])
    crawler: str = Field(examples=["ok"])
    matching: str = Field(examples=["ok"])
    sender: str = Field(examples=["ok"])
    queues: str = Field(
        examples=["ok"], description="Which queue, or the event loop, is behind, and how far."
    )


@router.get("/healthz")
async def healthz() -> Alive:
    """Say that the process lives."""
    return Alive(status="ok")


@router.get("/readyz", responses={503: {"model": Ready, "description": "A part does not work."}})
async def readyz(request: Request, response: Response) -> Ready:
    """Say whether database, crawler, matcher and sender work, and whether every queue is kept up with."""
    found = await readiness(site_of(request))
    response.status_code = 200 if found["status"] == "ok" else 503
    return Ready(**found)


@router.get(
    "/metrics",
    response_class=Response,
    responses={
        200: {"description": "Prometheus' text format.", "content": {"text/plain": {}}},
        **documented(401, 403),
    },
)
async def metrics(request: Request, _caller: Annotated[Caller, Depends(api_caller("read"))]) -> Response:
    """Return the metrics for Prometheus; it sends a token with the scope `read`."""
    site = site_of(request)
    now = site.now()
    with looking_as(None):  # lengths of queues, whoever's they are
        counted = await site.database.reading(gauges, now=now)
    return Response(site.metrics.text(counted, now), media_type="text/plain; version=0.0.4; charset=utf-8")
