"""Silences: those that stand, making one, ending one."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.actions.errors import ActionError, InvalidError
from service.actions.silences import Muted, add_silence, end_silence
from service.web.access import Caller, EditorForm, Form, Reader
from service.web.form_faults import FormFault
from service.web.numbers import Number, read_number
from service.web.own_paths import own_path
from service.web.render import render
from service.web.site import site_of
from storage.language import _
from storage.stores.alerts.silences import list_silences
from storage.stores.feeds.outlets import outlet_names
from storage.stores.watch.watch_lists import list_names

router = APIRouter(include_in_schema=False)

KINDS = ("story", "watch", "actor", "outlet")
FIELDS = {"watch_list": "watch", "length": "hours"}
"""Fields that are called otherwise than the key at fault."""


@router.get("/silences")
async def show_silences(request: Request, caller: Reader) -> Response:
    """The silences that stand, and those that ended."""
    return await _page(request, caller)


@router.post("/silences")
async def silence(request: Request, caller: Reader, form: EditorForm) -> Response:
    """Mutes a watch list, actor, outlet or story for a time."""
    site = site_of(request)
    length = timedelta(hours=form.number("hours") or 0)
    try:
        muted = _muted(form)
        add = partial(add_silence, muted=muted, length=length, reason=form.text("reason"), now=site.now())
        await site.database.writing(add)
    except ActionError as error:
        return await _page(request, caller, error=error, form=form)
    return RedirectResponse(own_path(form.text("back", "/silences")), 303)


@router.post("/silences/{number}/end")
async def end(request: Request, _form: EditorForm, number: Number) -> Response:
    """End a silence now."""
    site = site_of(request)
    await site.database.writing(end_silence, number=number, now=site.now())
    return RedirectResponse("/silences", 303)


async def _page(
    request: Request, caller: Caller, *, error: ActionError | None = None, form: Form | None = None
) -> Response:
    site = site_of(request)
    now = site.now()
    found = await site.database.reading(list_silences, now=now, all_=True)
    fault = FormFault.of(error, FIELDS)
    return render(
        request,
        "silences.html",
        caller,
        status=200 if error is None else 422,
        standing=[silence for silence in found if silence.ends_at > now],
        ended=[silence for silence in found if silence.ends_at <= now][:50],
        lists=await site.database.reading(list_names),
        outlets=await site.database.reading(outlet_names),
        fault=fault,
        typed={} if form is None else {name: form.text(name) for name in (*KINDS, "hours", "reason")},
    )


def _muted(form: Form) -> Muted:
    """Read what is muted: one `target` (kind:value), or a field for each kind, which must then all fit."""
    chosen = {kind: form.text(kind) for kind in KINDS}
    kind, colon, value = form.text("target").partition(":")
    if colon and kind in KINDS:
        chosen[kind] = value
    story = chosen["story"]
    if story and read_number(story) is None:
        raise InvalidError(_("a story has a number, not {story!r}", story=story), key="story")
    return Muted(
        chosen["watch"] or None,
        chosen["actor"] or None,
        chosen["outlet"] or None,
        int(story) if story else None,
    )
