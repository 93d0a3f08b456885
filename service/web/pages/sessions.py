"""Browsers that are signed in: one's own, and for an admin everybody's."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.actions.sessions import end_session, end_sessions, list_sessions
from service.web.access import Reader, ReaderForm
from service.web.numbers import Number
from service.web.render import render
from service.web.site import site_of

router = APIRouter(include_in_schema=False)


@router.get("/sessions")
async def show_sessions(request: Request, caller: Reader, user: str = "") -> Response:
    """The sessions of who asks; an admin may see a user's, or with `*` everybody's."""
    site = site_of(request)
    whose = user if user and caller.may("admin") else caller.name
    found = await site.database.reading(list_sessions, which=None if whose == "*" else whose, now=site.now())
    return render(request, "sessions.html", caller, sessions=found, whose=whose)


@router.post("/sessions/{number}/end")
async def end(request: Request, caller: Reader, form: ReaderForm, number: Number) -> Response:
    """End a session: one's own, or as an admin anybody's."""
    owner = None if caller.may("admin") else caller.name
    await site_of(request).database.writing(end_session, number=number, owner=owner)
    return RedirectResponse("/sessions?user=*" if form.flag("all") else "/sessions", 303)


@router.post("/sessions/end-others")
async def end_others(request: Request, caller: Reader, _form: ReaderForm) -> Response:
    """End all of one's own sessions but this one."""
    await site_of(request).database.writing(end_sessions, which=caller.name, but=caller.session_id)
    return RedirectResponse("/sessions", 303)
