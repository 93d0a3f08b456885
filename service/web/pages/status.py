"""Status: whether the service is well, what waits, and what went wrong last."""

from __future__ import annotations

import platform
from importlib.metadata import version

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.web.access import Reader
from service.web.render import render
from service.web.site import site_of
from storage.queries.gauges import Gauges, gauges, last_errors

router = APIRouter(include_in_schema=False)

NEWEST_ERRORS = 10


@router.get("/status")
async def status(request: Request, caller: Reader) -> Response:
    """How the service is."""
    site = site_of(request)
    now = site.now()

    def read(session: Session) -> tuple[Gauges, list[tuple[object, str]]]:
        return gauges(session, now=now), [*last_errors(session, limit=NEWEST_ERRORS)]

    counted, errors = await site.database.reading(read)
    database = "SQLite" if site.database.is_sqlite else "PostgreSQL"
    size = site.database.path.stat().st_size if site.database.path is not None else None
    return render(
        request,
        "status.html",
        caller,
        stages=site.pulse.stages(),
        gauges=counted,
        errors=errors,
        program=version("tocsin"),
        python=platform.python_version(),
        database=database,
        size=size,
    )
