"""Folders: what there are, and one with what it holds."""

from __future__ import annotations

from collections.abc import Awaitable

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.actions.errors import ActionError, InvalidError
from service.actions.folders import (
    KINDS,
    change_folder,
    close_folder,
    file_item,
    folder_shown,
    folders_shown,
    make_folder,
    remove_folder,
    reopen_folder,
    take_out,
    write_folder_note,
)
from service.folders.printed import moment_words
from service.web.access import Caller, Editor, EditorForm, Form, Reader
from service.web.folding import archive_on, as_archive, file_address_on
from service.web.form_faults import FormFault
from service.web.numbers import Number
from service.web.render import render
from service.web.site import site_of
from service.web.zones import zone_of
from storage.language import _

router = APIRouter(include_in_schema=False)


@router.get("/folders")
async def list_folders(request: Request, caller: Reader) -> Response:
    """The folders, open ones first."""
    return await _list(request, caller)


@router.post("/folders")
async def make(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Make a folder."""
    site = site_of(request)
    try:
        made = await site.database.writing(
            make_folder,
            name=form.text("name"),
            about=form.text("about"),
            caller=caller.name,
            now=site.now(),
        )
    except ActionError as error:
        return await _list(request, caller, error=error, form=form)
    return RedirectResponse(f"/folders/{made.listed.id}", 303)


@router.get("/folders/{number}")
async def show(request: Request, caller: Reader, number: Number) -> Response:
    """A folder: its timeline, what it holds, its notes."""
    return await _page(request, caller, number)


@router.get("/folders/{number}/archive")
async def archive(request: Request, _caller: Reader, number: Number) -> Response:
    """A folder as one archive."""
    return as_archive(*await archive_on(site_of(request), number, zone_of(request)))


@router.post("/folders/{number}")
async def change(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Change a folder's name or what it is about."""
    act = site_of(request).database.writing(
        change_folder, which=number, name=form.text("name"), about=form.text("about")
    )
    return await _done(request, caller, number, act, form)


@router.post("/folders/{number}/items")
async def put_in(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Put an alert, article, story or address into a folder."""
    return await _done(request, caller, number, _put(request, caller, number, form), form)


@router.post("/folders/{number}/notes")
async def write_note(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Add a note."""
    site = site_of(request)
    act = site.database.writing(
        write_folder_note, which=number, text=form.text("text"), caller=caller.name, now=site.now()
    )
    return await _done(request, caller, number, act, form)


@router.post("/folders/{number}/close")
async def close(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Close a folder with a reason."""
    site = site_of(request)
    act = site.database.writing(
        close_folder, which=number, reason=form.text("reason"), caller=caller.name, now=site.now()
    )
    return await _done(request, caller, number, act, form)


@router.post("/folders/{number}/reopen")
async def reopen(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Open a folder again."""
    act = site_of(request).database.writing(reopen_folder, which=number)
    return await _done(request, caller, number, act, form)


@router.post("/folders/{number}/remove")
async def remove(request: Request, number: Number, _form: EditorForm) -> Response:
    """Remove a folder."""
    await site_of(request).database.writing(remove_folder, which=number)
    return RedirectResponse("/folders", 303)


@router.post("/folders/items/{number}/remove")
async def take(request: Request, number: Number, _form: EditorForm) -> Response:
    """Take an item out of its folder."""
    shown = await site_of(request).database.writing(take_out, item_id=number)
    return RedirectResponse(f"/folders/{shown.listed.id}", 303)


@router.post("/alerts/{number}/file")
async def file_alert(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Put an alert into a folder; go there."""
    site, folder = site_of(request), form.number("folder")
    if folder is None:
        raise InvalidError(_("Choose a folder."), key="folder")
    await site.database.writing(
        file_item, which=folder, kind="alert", number=number, caller=caller.name, now=site.now()
    )
    return RedirectResponse(f"/folders/{folder}", 303)


async def _put(request: Request, caller: Caller, number: int, form: Form) -> None:
    site, kind = site_of(request), form.text("kind")
    if kind not in KINDS:
        await file_address_on(site, number, form.text("what"), caller=caller.name)
        return
    which = form.number("what")
    if which is None:
        raise InvalidError(_("Give its number."), key="what")
    await site.database.writing(
        file_item, which=number, kind=kind, number=which, caller=caller.name, now=site.now()
    )


async def _done(
    request: Request, caller: Caller, number: int, act: Awaitable[object], form: Form
) -> Response:
    try:
        await act
    except ActionError as error:
        return await _page(request, caller, number, error=error, form=form)
    return RedirectResponse(f"/folders/{number}", 303)


async def _list(
    request: Request, caller: Caller, *, error: ActionError | None = None, form: Form | None = None
) -> Response:
    return render(
        request,
        "folders.html",
        caller,
        status=200 if error is None else 422,
        folders=await site_of(request).database.reading(folders_shown),
        fault=FormFault.of(error),
        typed={} if form is None else {name: form.text(name) for name in ("name", "about")},
    )


async def _page(
    request: Request,
    caller: Caller,
    number: int,
    *,
    error: ActionError | None = None,
    form: Form | None = None,
) -> Response:
    shown = await site_of(request).database.reading(folder_shown, which=number)
    fields = ("what", "kind", "text", "reason", "name", "about")
    return render(
        request,
        "folder.html",
        caller,
        status=200 if error is None else 422,
        shown=shown,
        folder=shown.listed,
        moments=[(moment, moment_words(moment)) for moment in shown.timeline],
        edits=caller.may("write") and shown.listed.closed_at is None,
        fault=FormFault.of(
            error,
            {"url": "what", "number": "what", "note": "text" if form and form.text("text") else "about"},
        ),
        typed={} if form is None else {name: form.text(name) for name in fields},
    )
