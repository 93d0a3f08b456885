"""Alerts are dealt with on the page: one, or those that are selected; what was done can be undone."""

from __future__ import annotations

import re
from functools import partial
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service.actions.dismissals import dismissal_kind
from service.actions.triage import AlertChange, By, read_due, see, triage, undo, unsee
from service.web.access import Caller, EditorForm, Form, Reader, ReaderForm
from service.web.numbers import Number, read_number
from service.web.pages.alerts import row_in_place
from service.web.site import site_of
from service.web.zones import zone_of

router = APIRouter(include_in_schema=False)


def by_of(caller: Caller) -> By:
    """Return whose act it is that comes by the page."""
    return By(caller.name, "page", is_user=True)


@router.post("/alerts/triage")
async def deal_with_alerts(request: Request, caller: Reader, form: EditorForm) -> Response:
    """Change how the alerts are dealt with; go back to where they stood."""
    site = site_of(request)
    numbers = [number for text in form.all("alert") if (number := read_number(text)) is not None]
    act = partial(triage, numbers=numbers, change=_change(request, form), by=by_of(caller), now=site.now())
    done = await site.database.writing(act)
    site.hints.wake()
    if "hx-request" in request.headers and form.flag("in_list") and len(numbers) == 1:
        return await row_in_place(request, caller, numbers[0], act=done.id)
    return RedirectResponse(_back(form.text("here"), done.id), 303)


@router.post("/alerts/acts/{number}/undo")
async def undo_act(request: Request, caller: Reader, form: EditorForm, number: Number) -> Response:
    """Take an act back; go back to where it was done."""
    site = site_of(request)
    done = await site.database.writing(undo, act_id=number, by=by_of(caller), now=site.now())
    site.hints.wake()
    if "hx-request" in request.headers and form.flag("in_list") and len(done.changed) == 1:
        return await row_in_place(request, caller, done.changed[0])
    return RedirectResponse(_back(form.text("here"), None), 303)


@router.post("/alerts/seen")
async def mark_as_seen(request: Request, caller: Reader, form: ReaderForm) -> Response:
    """Mark alerts as opened by the one who asks, or take that back; go back to the list."""
    site, unread = site_of(request), form.flag("undo")
    said = " ".join(form.all("alert")).split()  # those of a whole page stand in one field
    numbers = [number for text in said if (number := read_number(text)) is not None]

    def mark(session: Session) -> None:
        for number in numbers:
            if unread:
                unsee(session, number, caller.name)
            else:
                see(session, number, caller.name, now=site.now())

    await site.database.writing(mark)
    if "hx-request" in request.headers and form.flag("in_list") and len(numbers) == 1:
        return await row_in_place(request, caller, numbers[0])
    return RedirectResponse(_back(form.text("here"), None), 303)


@router.post("/alerts/{number}/unseen")
async def mark_as_unseen(request: Request, caller: Reader, _form: ReaderForm, number: Number) -> Response:
    """Mark an alert as not seen by the one who asks; go back to the list, since to look at it is to see it."""
    await site_of(request).database.writing(unsee, number=number, person=caller.name)
    return RedirectResponse("/alerts", 303)


def _change(request: Request, form: Form) -> AlertChange:
    """Read what is to change: a field that was left as it stood changes nothing."""
    due, had_due = form.text("due_at"), form.text("had_due_at")
    tags, had_tags = (_tags(form.text(name)) for name in ("tags", "had_tags"))
    assignee = form.text("assignee")
    return AlertChange(
        state=form.text("quick") or form.text("state") or None,
        because=dismissal_kind(form.text("because")),
        assignee=None if not assignee else "" if assignee == "-" else assignee.removeprefix("="),
        due_at=read_due(due, zone_of(request)) if due and due != had_due else None,
        no_due=not due and bool(had_due),
        add_tags=tuple(tag for tag in tags if tag not in had_tags),
        remove_tags=tuple(tag for tag in had_tags if tag not in tags),
        note=form.text("note"),
    )


def _tags(text: str) -> list[str]:
    return [tag.strip() for tag in text.split(",") if tag.strip()]


def _back(here: str, act: int | None) -> str:
    """Return the address to go back to: a list of alerts, or one; with the act, so that it can be undone."""
    if not re.match(r"/alerts(/\d{1,10})?(\?|$)", here):
        here = "/alerts"
    parts = urlsplit(here)
    query = [(key, value) for key, value in parse_qsl(parts.query) if key != "act"]
    if act is not None:
        query.append(("act", str(act)))
    return f"{parts.path}?{urlencode(query)}" if query else parts.path
