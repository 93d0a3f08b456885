"""Folders: what belongs to one matter, and all of it as one archive."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from service.actions.errors import InvalidError
from service.actions.folders import (
    ShownFolder,
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
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import ListPage, WholeList, whole
from service.web.api.shapes.folders import (
    FolderChange,
    FolderClosing,
    FolderIn,
    FolderItemIn,
    FolderListed,
    FolderNoteIn,
    FolderOut,
)
from service.web.folding import archive_on, as_archive, file_address_on
from service.web.numbers import Number
from service.web.site import site_of
from storage.language import _

UTC = ZoneInfo("UTC")
router = APIRouter(route_class=ApiRoute, tags=["folders"])


@router.get("/folders", responses=READING, response_model=ListPage[FolderListed])
async def list_folders(request: Request, _caller: ReadCaller, _known: IfNoneMatch = None) -> WholeList:
    """Return the folders, open ones first."""
    return whole([asdict(one) for one in await site_of(request).database.reading(folders_shown)])


@router.post("/folders", status_code=201, responses=WRITING, response_model=FolderOut)
async def make(
    request: Request, caller: WriteCaller, wanted: FolderIn, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Make a folder."""
    site = site_of(request)
    made = await site.database.writing(
        make_folder, name=wanted.name, about=wanted.about, caller=caller.name, now=site.now()
    )
    return _folder(made)


@router.get("/folders/{number}", responses=READING, response_model=FolderOut)
async def show(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> dict[str, Any]:
    """Return a folder with what it holds, its notes and its timeline."""
    return _folder(await site_of(request).database.reading(folder_shown, which=number))


@router.patch("/folders/{number}", responses=WRITING, response_model=FolderOut)
async def change(
    request: Request, _caller: WriteCaller, number: Number, wanted: FolderChange
) -> dict[str, Any]:
    """Change a folder's name or what it is about."""
    changed = await site_of(request).database.writing(
        change_folder, which=number, name=wanted.name, about=wanted.about
    )
    return _folder(changed)


@router.delete("/folders/{number}", status_code=204, responses=WRITING)
async def remove(request: Request, _caller: WriteCaller, number: Number) -> Response:
    """Remove a folder with its notes and pages. Alerts and articles stay."""
    await site_of(request).database.writing(remove_folder, which=number)
    return Response(status_code=204)


@router.post("/folders/{number}/items", responses=WRITING, response_model=FolderOut)
async def put_in(
    request: Request, caller: WriteCaller, number: Number, wanted: FolderItemIn, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Put something into a folder. A page is fetched as outlets' pages are: politely, and as robots.txt allows."""
    site = site_of(request)
    if wanted.url is not None:
        await file_address_on(site, number, wanted.url, caller=caller.name)
    elif wanted.number is None:
        raise InvalidError(_("Give a number, or an address."), key="number")
    else:
        await site.database.writing(
            file_item,
            which=number,
            kind=wanted.kind,
            number=wanted.number,
            caller=caller.name,
            now=site.now(),
        )
    return _folder(await site.database.reading(folder_shown, which=number))


@router.delete("/folder-items/{number}", responses=WRITING, response_model=FolderOut)
async def take(request: Request, _caller: WriteCaller, number: Number) -> dict[str, Any]:
    """Take an item out of its folder."""
    return _folder(await site_of(request).database.writing(take_out, item_id=number))


@router.post("/folders/{number}/notes", responses=WRITING, response_model=FolderOut)
async def write_note(
    request: Request, caller: WriteCaller, number: Number, wanted: FolderNoteIn, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Add a note."""
    site = site_of(request)
    noted = await site.database.writing(
        write_folder_note, which=number, text=wanted.text, caller=caller.name, now=site.now()
    )
    return _folder(noted)


@router.post("/folders/{number}/close", responses=WRITING, response_model=FolderOut)
async def close(
    request: Request, caller: WriteCaller, number: Number, wanted: FolderClosing
) -> dict[str, Any]:
    """Close a folder with a reason."""
    site = site_of(request)
    closed = await site.database.writing(
        close_folder, which=number, reason=wanted.reason, caller=caller.name, now=site.now()
    )
    return _folder(closed)


@router.post("/folders/{number}/reopen", responses=WRITING, response_model=FolderOut)
async def reopen(request: Request, _caller: WriteCaller, number: Number) -> dict[str, Any]:
    """Open a folder again."""
    return _folder(await site_of(request).database.writing(reopen_folder, which=number))


@router.get("/folders/{number}/archive", responses=READING, response_class=Response)
async def archive(request: Request, _caller: ReadCaller, number: Number) -> Response:
    """Return a folder as one archive (ZIP): printed, as data, its pages as they were sent, and a manifest."""
    return as_archive(*await archive_on(site_of(request), number, UTC))


def _folder(shown: ShownFolder) -> dict[str, Any]:
    return {
        **{key: value for key, value in asdict(shown.listed).items() if key != "items"},
        "items": [asdict(item) for item in shown.items],
        "notes": [asdict(note) for note in shown.notes],
        "timeline": [
            {"at": moment.at, "kind": moment.kind, "words": moment.words, "by": moment.by}
            for moment in shown.timeline
        ],
    }
