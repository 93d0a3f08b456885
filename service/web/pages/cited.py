"""Outlets that tracked stories cite and that are not followed: one click adds one."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.actions.citations import FEWEST
from service.actions.errors import ActionError
from service.web.access import Caller, EditorForm, Reader
from service.web.citing import add_on, cited_on
from service.web.render import render
from service.web.site import site_of

router = APIRouter(include_in_schema=False)

SPANS = (7, 30, 90)


@router.get("/outlets/cited")
async def show_cited(request: Request, caller: Reader, days: str = "") -> Response:
    """What is cited and not followed, the most cited first."""
    return await _page(request, caller, days)


@router.post("/outlets/cited")
async def add(request: Request, caller: Reader, form: EditorForm) -> Response:
    """Add one; where nothing is found that can be followed, say what was tried."""
    try:
        name = await add_on(site_of(request), form.text("host"))
    except ActionError as error:
        return await _page(request, caller, form.text("days"), error=str(error), host=form.text("host"))
    return RedirectResponse(f"/outlets/one?{urlencode({'name': name})}", 303)


async def _page(request: Request, caller: Caller, days: str, *, error: str = "", host: str = "") -> Response:
    span = int(days) if days in map(str, SPANS) else SPANS[0]
    return render(
        request,
        "cited.html",
        caller,
        status=422 if error else 200,
        cited=await cited_on(site_of(request), days=span, fewest=FEWEST),
        span=span,
        spans=SPANS,
        error=error,
        host=host,
    )
