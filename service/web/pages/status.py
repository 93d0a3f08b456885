"""Status: whether the service is well, what waits, and what went wrong last."""

from __future__ import annotations

import platform

from fastapi import APIRouter, Request, Response

from service.web.access import Reader
from service.web.render import render
from service.web.site import site_of
from service.web.state import read_state

router = APIRouter(include_in_schema=False)


@router.get("/status")
async def status(request: Request, caller: Reader) -> Response:
    """How the service is."""
    site = site_of(request)
    state = await site.database.reading(read_state, site=site)
    return render(request, "status.html", caller, state=state, python=platform.python_version())
