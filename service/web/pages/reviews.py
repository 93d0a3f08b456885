"""Press reviews: what there are, and an edition as its editor works on it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, get_args

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlmodel import Session

from service.actions.corrections import correct_edition
from service.actions.edition_pictures import fetch_picture_again, picture_shown, remove_picture
from service.actions.editions import (
    ByHand,
    EditedMeanwhileError,
    ItemWords,
    Step,
    add_by_address,
    add_by_hand,
    approve_edition,
    drop_edition,
    edit_head,
    edit_item,
    edition_shown,
    item_shown,
    move_item,
    remove_item,
    reopen_edition,
    restore_item,
)
from service.actions.errors import ActionError
from service.actions.reviews import ShownReview, review_shown, rights_of, shown_reviews
from service.reports.values import ReportFormat
from service.web.access import Caller, Editor, EditorForm, Form, Reader
from service.web.form_faults import FormFault
from service.web.numbers import Number
from service.web.render import render
from service.web.reviewing import MAIL_POLICY, download, draft_on, file_on, html_on
from service.web.site import site_of
from storage.stores.reviews.editions import ListedEdition, StoredItem, list_editions

router = APIRouter(include_in_schema=False)

LISTED = 50
By = Literal["address", "hand"]


@router.get("/reviews")
async def show_reviews(request: Request, caller: Reader) -> Response:
    """The reviews, and their newest editions."""

    def read(session: Session) -> tuple[list[ShownReview], list[ListedEdition]]:
        return shown_reviews(session), list_editions(session, limit=LISTED)

    reviews, editions = await site_of(request).database.reading(read)
    return render(request, "reviews.html", caller, reviews=reviews, editions=editions)


@router.post("/reviews/{number}/draft")
async def draft(request: Request, number: Number, _form: EditorForm) -> Response:
    """Draft an edition now."""
    made = await draft_on(site_of(request), number)
    return RedirectResponse(f"/reviews/editions/{made}", 303)


@router.get("/reviews/editions/{number}")
async def show_edition(request: Request, caller: Reader, number: Number) -> Response:
    """An edition, to be edited until it is approved."""
    return await _page(request, caller, number)


@router.get("/reviews/editions/{number}/preview")
async def preview(request: Request, _caller: Reader, number: Number) -> Response:
    """An edition as its mail has it."""
    page = await html_on(site_of(request), number)
    return HTMLResponse(page, headers={"content-security-policy": MAIL_POLICY})


@router.get("/reviews/editions/{number}/file")
async def show_file(
    request: Request,
    _caller: Reader,
    number: Number,
    kind: Annotated[ReportFormat, Query(alias="format")] = "pdf",
) -> Response:
    """An edition as PDF or Word document."""
    name, body = await file_on(site_of(request), number, kind)
    return download(name, kind, body)


@router.post("/reviews/editions/{number}/head")
async def change_head(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Change title and introduction."""
    try:
        await site_of(request).database.writing(
            edit_head,
            number=number,
            version=form.number("version") or 1,
            title=form.text("title"),
            intro=form.text("intro"),
        )
    except ActionError as error:
        return await _page(request, caller, number, error=error, form=form)
    return _back(number)


@router.post("/reviews/editions/{number}/approve")
async def approve(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Approve an edition, to be sent at its time or now."""
    site = site_of(request)
    try:
        await site.database.writing(
            approve_edition,
            number=number,
            caller=caller.name,
            now=site.now(),
            send_now=form.flag("send_now"),
        )
    except ActionError as error:
        return await _page(request, caller, number, error=error)
    site.hints.wake()
    return _back(number)


@router.post("/reviews/editions/{number}/reopen")
async def reopen(request: Request, caller: Editor, number: Number, _form: EditorForm) -> Response:
    """Take an approval back."""
    try:
        await site_of(request).database.writing(reopen_edition, number=number)
    except ActionError as error:
        return await _page(request, caller, number, error=error)
    return _back(number)


@router.post("/reviews/editions/{number}/correct")
async def correct(request: Request, caller: Editor, number: Number, _form: EditorForm) -> Response:
    """Draft a correction of an edition that was sent."""
    site = site_of(request)
    try:
        made = await site.database.writing(correct_edition, number=number, now=site.now())
    except ActionError as error:
        return await _page(request, caller, number, error=error)
    return _back(made)


@router.post("/reviews/editions/{number}/drop")
async def drop(request: Request, caller: Editor, number: Number, _form: EditorForm) -> Response:
    """Drop an edition."""
    try:
        await site_of(request).database.writing(drop_edition, number=number)
    except ActionError as error:
        return await _page(request, caller, number, error=error)
    return _back(number)


@router.post("/reviews/editions/{number}/add")
async def add(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Add an article by its address, or by hand."""
    site = site_of(request)
    rights, section = rights_of(site.settings), form.text("section")
    by: By = "address" if form.text("by") == "address" else "hand"
    try:
        if by == "address":
            item = await site.database.writing(
                add_by_address,
                number=number,
                url=form.text("url"),
                section=section,
                rights=rights,
                now=site.now(),
            )
        else:
            given = ByHand(
                form.text("outlet"),
                form.text("headline"),
                form.text("excerpt"),
                form.text("note"),
                form.text("url"),
            )
            item = await site.database.writing(
                add_by_hand, number=number, given=given, section=section, rights=rights, caller=caller.name
            )
    except ActionError as error:
        return await _page(request, caller, number, error=error, form=form)
    return _back(number, item.id)


@router.post("/reviews/items/{number}/words")
async def change_words(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Change an item's words. Where somebody else did meanwhile, both texts are shown."""
    site = site_of(request)
    edition, item = await site.database.reading(item_shown, item_id=number)
    words = ItemWords(form.text("headline"), form.text("excerpt"), form.text("note"))
    try:
        await site.database.writing(
            edit_item,
            item_id=number,
            words=words,
            version=form.number("version") or item.version,
            rights=rights_of(site.settings),
            caller=caller.name,
        )
    except EditedMeanwhileError as error:
        return await _page(request, caller, edition.listed.id, meanwhile=error)
    except ActionError as error:
        return await _page(request, caller, edition.listed.id, error=error, item=item, words=words)
    return _back(edition.listed.id, number)


@router.post("/reviews/items/{number}/move")
async def move(request: Request, number: Number, _caller: Editor, form: EditorForm) -> Response:
    """Move an item a step, or to a place of a section."""
    wanted = form.text("step")
    step: Step | None = next((one for one in get_args(Step) if one == wanted), None)
    moved = await site_of(request).database.writing(
        move_item,
        item_id=number,
        step=step,
        section=form.text("section") or None,
        place=form.number("place"),
    )
    return _back(moved.listed.id, number)


@router.post("/reviews/items/{number}/remove")
async def remove(request: Request, number: Number, _form: EditorForm) -> Response:
    """Take an item out."""
    edition = await site_of(request).database.writing(remove_item, item_id=number)
    return _back(edition.listed.id)


@router.post("/reviews/items/{number}/restore")
async def restore(request: Request, number: Number, _form: EditorForm) -> Response:
    """Put an item back."""
    edition = await site_of(request).database.writing(restore_item, item_id=number)
    return _back(edition.listed.id, number)


@router.get("/reviews/items/{number}/picture")
async def show_picture(request: Request, _caller: Reader, number: Number) -> Response:
    """An item's picture."""
    body = await site_of(request).database.reading(picture_shown, item_id=number)
    return Response(body, media_type="image/jpeg")


@router.post("/reviews/items/{number}/picture")
async def fetch_again(request: Request, caller: Editor, number: Number, _form: EditorForm) -> Response:
    """Have an item's picture fetched again."""
    site = site_of(request)
    edition, _item = await site.database.reading(item_shown, item_id=number)
    try:
        await site.database.writing(
            fetch_picture_again, item_id=number, rights=rights_of(site.settings), now=site.now()
        )
    except ActionError as error:
        return await _page(request, caller, edition.listed.id, error=error)
    site.hints.wake()
    return _back(edition.listed.id, number)


@router.post("/reviews/items/{number}/picture/remove")
async def take_picture(request: Request, caller: Editor, number: Number, _form: EditorForm) -> Response:
    """Take an item's picture away."""
    site = site_of(request)
    edition, _item = await site.database.reading(item_shown, item_id=number)
    try:
        await site.database.writing(remove_picture, item_id=number)
    except ActionError as error:
        return await _page(request, caller, edition.listed.id, error=error)
    return _back(edition.listed.id, number)


def _back(number: int, item: int | None = None) -> Response:
    place = "" if item is None else f"#item-{item}"
    return RedirectResponse(f"/reviews/editions/{number}{place}", 303)


async def _page(
    request: Request,
    caller: Caller,
    number: int,
    *,
    error: ActionError | None = None,
    meanwhile: EditedMeanwhileError | None = None,
    item: StoredItem | None = None,
    words: ItemWords | None = None,
    form: Form | None = None,
) -> Response:
    """Show an edition; `error` stands above all, or at the `item` whose `words` were refused."""
    site = site_of(request)
    edition = await site.database.reading(edition_shown, number=number)
    review = await site.database.reading(review_shown, which=edition.listed.review_id)
    rights = rights_of(site.settings)
    fields = ("by", "section", "url", "outlet", "headline", "excerpt", "note", "title", "intro")
    return render(
        request,
        "edition.html",
        caller,
        status=409 if meanwhile is not None else 200 if error is None else 422,
        edition=edition,
        listed=edition.listed,
        is_report=review.keys.report is not None,
        parts=[
            ("event", None, [one for one in edition.shown if one.section == "event"]),
            *(
                (str(place), title, [one for one in edition.shown if one.section == str(place)])
                for place, title in enumerate(edition.sections)
            ),
            ("brief", None, [one for one in edition.shown if one.section == "brief"]),
        ],
        removed=[one for one in edition.items if one.removed],
        edits=edition.is_open and caller.may("write"),
        rights=rights.of,
        fault=FormFault.of(error),
        at=item.id if item is not None else None,
        words=words,
        meanwhile=meanwhile,
        typed={} if form is None else {name: form.text(name) for name in fields},
        is_late=_is_late(edition.listed.due_at, site.now()),
    )


def _is_late(due_at: datetime, now: datetime) -> bool:
    return due_at <= now
