"""Press reviews made, changed, copied, paused and removed."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service.actions.errors import ActionError
from service.actions.reviews import (
    MAIL_TYPE,
    ShownReview,
    change_review,
    copy_review,
    drop_review,
    make_review,
    pause_review,
    resume_review,
    review_shown,
)
from service.web.access import Caller, Editor, EditorForm, Reader
from service.web.numbers import Number
from service.web.render import render
from service.web.review_form import FORMATS, ORDERS, ReviewForm, fault_of
from service.web.sending import zone_names
from service.web.site import site_of
from service.web.zones import zone_of
from storage.language import speaker
from storage.stores.outbox.channels import ListedChannel, list_of_channels
from storage.stores.watch.watch_lists import list_names

router = APIRouter(include_in_schema=False)


@router.get("/reviews/new")
async def new(request: Request, caller: Editor) -> Response:
    """Ask what a new review is to be."""

    def proposed(session: Session) -> ReviewForm:
        channels = [channel.name for channel in list_of_channels(session) if channel.active]
        here = zone_of(request).key
        return ReviewForm.new(list_names(session), channels, speaker().code, here=here)

    return await _form(request, caller, await site_of(request).database.reading(proposed))


@router.post("/reviews/new")
async def make(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Make a review, or take a step with its sections."""
    site, typed = site_of(request), ReviewForm.typed(form)
    stepped = typed.stepped(form.text("do"))
    if stepped is not None:
        return await _form(request, caller, stepped)
    try:
        keys = {key: value for key, value in typed.keys.items() if value is not None}
        await site.database.writing(make_review, name=typed.name, keys=keys, now=site.now())
    except ActionError as error:
        return await _form(request, caller, typed, error=error)
    site.hints.wake()
    return RedirectResponse("/reviews", 303)


@router.get("/reviews/{number}")
async def show(request: Request, caller: Reader, number: Number) -> Response:
    """What a review is: to be changed, or only read where the settings file declares it."""
    shown = await site_of(request).database.reading(review_shown, which=number)
    return await _form(
        request, caller, ReviewForm.of(shown.name, shown.keys, here=zone_of(request).key), shown=shown
    )


@router.post("/reviews/{number}")
async def change(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Change a review, or take a step with its sections."""
    site, typed = site_of(request), ReviewForm.typed(form)
    shown = await site.database.reading(review_shown, which=number)
    stepped = typed.stepped(form.text("do"))
    if stepped is not None:
        return await _form(request, caller, stepped, shown=shown)
    try:
        await site.database.writing(
            change_review, which=number, keys=typed.keys, name=typed.name, now=site.now()
        )
    except ActionError as error:
        return await _form(request, caller, typed, shown=shown, error=error)
    site.hints.wake()
    return RedirectResponse("/reviews", 303)


@router.post("/reviews/{number}/copy")
async def copy(request: Request, number: Number, _form: EditorForm) -> Response:
    """Make another review of one's settings, to be changed."""
    site = site_of(request)
    made = await site.database.writing(copy_review, which=number, now=site.now())
    return RedirectResponse(f"/reviews/{made.id}", 303)


@router.post("/reviews/{number}/pause")
async def pause(request: Request, number: Number, _form: EditorForm) -> Response:
    """Draft nothing by a review's time until it is resumed."""
    site = site_of(request)
    await site.database.writing(pause_review, which=number, now=site.now())
    return RedirectResponse("/reviews", 303)


@router.post("/reviews/{number}/resume")
async def resume(request: Request, number: Number, _form: EditorForm) -> Response:
    """Draft by a review's time again."""
    site = site_of(request)
    await site.database.writing(resume_review, which=number, now=site.now())
    site.hints.wake()
    return RedirectResponse("/reviews", 303)


@router.post("/reviews/{number}/remove")
async def remove(request: Request, number: Number, _form: EditorForm) -> Response:
    """Remove a review with its editions."""
    await site_of(request).database.writing(drop_review, which=number)
    return RedirectResponse("/reviews", 303)


async def _form(
    request: Request,
    caller: Caller,
    form: ReviewForm,
    *,
    shown: ShownReview | None = None,
    error: ActionError | None = None,
) -> Response:
    site = site_of(request)

    def read(session: Session) -> tuple[list[ListedChannel], list[str]]:
        return list_of_channels(session), list_names(session)

    channels, lists = await site.database.reading(read)
    named = dict.fromkeys([*lists, *(name for section in form.sections for name in section.watch)])
    return render(
        request,
        "review_form.html",
        caller,
        status=200 if error is None else 422,
        form=form,
        shown=shown,
        fault=fault_of(error),
        channels=list(dict.fromkeys([*(channel.name for channel in channels), *form.channels])),
        mails=[channel.name for channel in channels if channel.type == MAIL_TYPE],
        lists=list(named),
        zones=zone_names(),
        orders=ORDERS,
        formats=FORMATS,
        spoken=("en", "fr", "es", "ar"),
        edits=caller.may("write") and not (shown is not None and shown.provisioned),
        settings_file=site.settings_file,
    )
