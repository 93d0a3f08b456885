"""Silences: those that stand, making one, ending one."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.actions.errors import InvalidError, NotFoundError
from service.web.access import EditorForm, Form, Reader
from service.web.numbers import Number, read_number
from service.web.render import render
from service.web.signin import own_path
from service.web.silencing import add_silence
from service.web.site import site_of
from storage.stores.alerts.silences import end_silence, list_silences
from storage.stores.feeds.outlets import outlet_names
from storage.stores.watch.watch_lists import watch_facts

router = APIRouter(include_in_schema=False)

LONGEST = 24 * 365
KINDS = ("story", "watch", "actor", "outlet")


@router.get("/silences")
async def show_silences(request: Request, caller: Reader) -> Response:
    """The silences that stand, and those that ended."""
    site = site_of(request)
    now = site.now()
    found = await site.database.reading(partial(list_silences, now=now, all_=True))
    lists = await site.database.reading(watch_facts)
    return render(
        request,
        "silences.html",
        caller,
        standing=[silence for silence in found if silence.ends_at > now],
        ended=[silence for silence in found if silence.ends_at <= now][:50],
        lists=[facts.name for facts in lists],
        outlets=await site.database.reading(outlet_names),
    )


@router.post("/silences")
async def silence(request: Request, _caller: Reader, form: EditorForm) -> Response:
    """Mutes a watch list, actor, outlet or story for a time."""
    site = site_of(request)
    hours = form.number("hours")
    if hours is None or not 1 <= hours <= LONGEST:
        raise InvalidError(f"A silence lasts 1 to {LONGEST} hours.")
    now = site.now()
    watch_list, actor, outlet, story = _target(form)
    try:
        await site.database.writing(
            partial(
                add_silence,
                watch_list=watch_list,
                actor=actor,
                outlet=outlet,
                story=story,
                starts_at=now,
                ends_at=now + timedelta(hours=hours),
                reason=form.text("reason")[:300],
            )
        )
    except LookupError as error:
        raise InvalidError(str(error)) from error
    return RedirectResponse(own_path(form.text("back", "/silences")), 303)


@router.post("/silences/{number}/end")
async def end(request: Request, _form: EditorForm, number: Number) -> Response:
    """Ends a silence now."""
    site = site_of(request)
    if not await site.database.writing(partial(end_silence, silence_id=number, now=site.now())):
        raise NotFoundError(f"There is no silence {number}.")
    return RedirectResponse("/silences", 303)


def _target(form: Form) -> tuple[str | None, str | None, str | None, int | None]:
    """Reads what is muted: one `target` (kind:value), or a field for each kind, which must then all fit."""
    chosen = {kind: form.text(kind) for kind in KINDS}
    kind, colon, value = form.text("target").partition(":")
    if colon and kind in KINDS:
        chosen[kind] = value
    if not any(chosen.values()):
        raise InvalidError("Say what is to be muted: a watch list, an actor, an outlet or a story.")
    story = chosen["story"]
    if story and read_number(story) is None:
        raise InvalidError(f"A story has a number, not {story!r}.")
    return (
        chosen["watch"] or None,
        chosen["actor"] or None,
        chosen["outlet"] or None,
        int(story) if story else None,
    )
