"""Press reviews and their editions: drafted, edited, approved, counted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from service.actions.copies import copies_csv, copies_of_month
from service.actions.corrections import correct_edition
from service.actions.edition_archive import search_editions
from service.actions.edition_pictures import fetch_picture_again, picture_shown, remove_picture
from service.actions.editions import (
    ByHand,
    EditedMeanwhileError,
    ItemWords,
    add_by_address,
    add_by_hand,
    approve_edition,
    drop_edition,
    edit_head,
    edit_item,
    edition_shown,
    move_item,
    remove_item,
    reopen_edition,
    restore_item,
)
from service.actions.reviews import (
    ShownReview,
    change_review,
    copy_review,
    drop_review,
    make_review,
    pause_review,
    resume_review,
    review_shown,
    rights_of,
    shown_reviews,
)
from service.reports.values import ReportFormat
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.problems import problem
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import (
    Cursor,
    Limit,
    ListPage,
    Since,
    Until,
    WholeList,
    read_cursor,
    whole,
    write_cursor,
)
from service.web.api.shapes.reviews import (
    ApprovalIn,
    EditionChange,
    EditionFound,
    EditionItemOut,
    EditionOut,
    ItemChange,
    ItemIn,
    ItemMove,
    OutletCopiesOut,
    ReviewChange,
    ReviewCopyIn,
    ReviewIn,
    ReviewOut,
)
from service.web.api.shapes.watch import FeedsOut
from service.web.feed_links import review_feed_links
from service.web.numbers import LARGEST, Number
from service.web.reviewing import MAIL_POLICY, download, draft_on, file_on, html_on
from service.web.site import site_of
from storage.stores.reviews.editions import ListedEdition, StoredEdition, StoredItem

router = APIRouter(route_class=ApiRoute, tags=["reviews"])

Month = Annotated[str, Query(max_length=7, description="A month (UTC).", examples=["2026-03"])]


@router.get("/reviews", responses=READING, response_model=ListPage[ReviewOut])
async def list_reviews(request: Request, _caller: ReadCaller, _known: IfNoneMatch = None) -> WholeList:
    """Return the press reviews, by name."""
    return whole([_review(one) for one in await site_of(request).database.reading(shown_reviews)])


@router.post("/reviews", status_code=201, responses=WRITING, response_model=ReviewOut)
async def make(
    request: Request, _caller: WriteCaller, wanted: ReviewIn, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Make a review."""
    site = site_of(request)
    made = await site.database.writing(make_review, name=wanted.name, keys=wanted.settings, now=site.now())
    return _review(made)


@router.get("/reviews/copies", responses=READING, response_model=ListPage[OutletCopiesOut])
async def count_copies(
    request: Request, _caller: ReadCaller, month: Month, _known: IfNoneMatch = None
) -> WholeList:
    """Return the copies of each outlet's articles that reviews sent in a month, for the licence's report."""
    site = site_of(request)
    return whole(await site.database.reading(copies_of_month, month=month, rights=rights_of(site.settings)))


@router.get("/reviews/copies.csv", responses=READING, response_class=Response)
async def count_copies_as_csv(request: Request, _caller: ReadCaller, month: Month) -> Response:
    """Return the same as CSV."""
    site = site_of(request)
    rows = await site.database.reading(copies_of_month, month=month, rights=rights_of(site.settings))
    return Response(copies_csv(month, rows), media_type="text/csv; charset=utf-8")


@router.get("/reviews/{number}", responses=READING, response_model=ReviewOut)
async def show_review(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> dict[str, Any]:
    """Return a review."""
    return _review(await site_of(request).database.reading(review_shown, which=number))


@router.patch("/reviews/{number}", responses=WRITING, response_model=ReviewOut)
async def change(
    request: Request, _caller: WriteCaller, number: Number, wanted: ReviewChange
) -> dict[str, Any]:
    """Change what is given of a review."""
    site = site_of(request)
    changed = await site.database.writing(
        change_review, which=number, keys=wanted.settings, name=wanted.name, now=site.now()
    )
    return _review(changed)


@router.delete("/reviews/{number}", status_code=204, responses=WRITING)
async def remove(request: Request, _caller: WriteCaller, number: Number) -> Response:
    """Remove a review with its editions."""
    await site_of(request).database.writing(drop_review, which=number)
    return Response(status_code=204)


@router.post("/reviews/{number}/copy", status_code=201, responses=WRITING, response_model=ReviewOut)
async def copy(
    request: Request, _caller: WriteCaller, number: Number, wanted: ReviewCopyIn, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Make another review of one's settings; it is paused, and has no recipients of its own."""
    site = site_of(request)
    made = await site.database.writing(copy_review, which=number, name=wanted.name, now=site.now())
    return _review(made)


@router.post("/reviews/{number}/pause", responses=WRITING, response_model=ReviewOut)
async def pause(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Draft nothing by a review's time until it is resumed."""
    site = site_of(request)
    return _review(await site.database.writing(pause_review, which=number, now=site.now()))


@router.post("/reviews/{number}/resume", responses=WRITING, response_model=ReviewOut)
async def resume(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Draft by a review's time again."""
    site = site_of(request)
    resumed = await site.database.writing(resume_review, which=number, now=site.now())
    site.hints.wake()
    return _review(resumed)


@router.get("/reviews/{number}/feeds", responses=READING)
async def show_feeds(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> FeedsOut:
    """Return the addresses of the feeds of a review's editions. Whoever has one may read those that were sent."""
    shown = await site_of(request).database.reading(review_shown, which=number)
    links = await review_feed_links(request, shown.id)
    return FeedsOut(atom=links.atom, json=links.json)


@router.post("/reviews/{number}/draft", status_code=201, responses=WRITING, response_model=EditionOut)
async def draft(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Draft an edition now; it is sent once it is approved."""
    site = site_of(request)
    made = await draft_on(site, number)
    return _edition(await site.database.reading(edition_shown, number=made))


@router.get("/editions", responses=READING, response_model=ListPage[EditionFound])
async def list_all_editions(
    request: Request,
    _caller: ReadCaller,
    review: Annotated[int | None, Query(ge=1, le=LARGEST, description="Only those of this review.")] = None,
    q: Annotated[
        str,
        Query(
            max_length=200,
            description="Words that all stand in one headline, excerpt or line, or at its head.",
        ),
    ] = "",
    since: Since = None,
    until: Until = None,
    only_sent: Annotated[bool, Query(description="Only those that were sent.")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
    _known: IfNoneMatch = None,
) -> dict[str, Any]:
    """Return the editions, the newest first; with words, by days (of when they are due), or of a review."""
    found = await site_of(request).database.reading(
        search_editions,
        words=q,
        review=review,
        since=since,
        until=until,
        only_sent=only_sent,
        before=read_cursor(cursor),
        limit=limit + 1,
    )
    onward = write_cursor(found[limit - 1].listed.id) if len(found) > limit else None
    return {
        "items": [{**_listed(one.listed), "found_in": one.items} for one in found[:limit]],
        "next": onward,
    }


@router.get("/editions/{number}", responses=READING, response_model=EditionOut)
async def show_edition(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> dict[str, Any]:
    """Return an edition as it stands."""
    return _edition(await site_of(request).database.reading(edition_shown, number=number))


@router.get("/editions/{number}/html", responses=READING, response_class=HTMLResponse)
async def show_as_html(request: Request, _caller: ReadCaller, number: Number) -> Response:
    """Return an edition as its mail has it."""
    page = await html_on(site_of(request), number)
    return HTMLResponse(page, headers={"content-security-policy": MAIL_POLICY})


@router.get("/editions/{number}/file", responses=READING, response_class=Response)
async def show_as_file(
    request: Request,
    _caller: ReadCaller,
    number: Number,
    kind: Annotated[
        ReportFormat, Query(alias="format", description="pdf or docx; of a report xlsx too.")
    ] = "pdf",
) -> Response:
    """Return an edition as PDF or Word document: as it was sent, else as it stands."""
    name, body = await file_on(site_of(request), number, kind)
    return download(name, kind, body)


@router.patch("/editions/{number}", responses=WRITING, response_model=EditionOut)
async def change_head(
    request: Request, _caller: WriteCaller, number: Number, wanted: EditionChange
) -> dict[str, Any]:
    """Change an edition's title and first lines; 409 where they were changed since the version that is given."""
    changed = await site_of(request).database.writing(
        edit_head, number=number, version=wanted.version, title=wanted.title, intro=wanted.intro
    )
    return _edition(changed)


@router.post("/editions/{number}/approve", responses=WRITING, response_model=EditionOut)
async def approve(
    request: Request, caller: WriteCaller, number: Number, wanted: ApprovalIn, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Approve an edition: it is sent at its time, or now. Of two that do, the second gets 409."""
    site = site_of(request)
    approved = await site.database.writing(
        approve_edition, number=number, caller=caller.name, now=site.now(), send_now=wanted.send_now
    )
    site.hints.wake()
    return _edition(approved)


@router.post("/editions/{number}/reopen", responses=WRITING, response_model=EditionOut)
async def reopen(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Take an approval back, as long as the edition is not sent."""
    return _edition(await site_of(request).database.writing(reopen_edition, number=number))


@router.post("/editions/{number}/correct", status_code=201, responses=WRITING, response_model=EditionOut)
async def correct(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Draft a correction of an edition that was sent: once approved, it goes to those who had it, and says what it changes."""
    site = site_of(request)
    made = await site.database.writing(correct_edition, number=number, now=site.now())
    return _edition(await site.database.reading(edition_shown, number=made))


@router.post("/editions/{number}/drop", responses=WRITING, response_model=EditionOut)
async def drop(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Drop an edition: it is never sent, and the next one covers its time again."""
    return _edition(await site_of(request).database.writing(drop_edition, number=number))


@router.post("/editions/{number}/items", status_code=201, responses=WRITING, response_model=EditionItemOut)
async def add_item(
    request: Request, caller: WriteCaller, number: Number, wanted: ItemIn, _key: IdempotencyKey = None
) -> StoredItem:
    """Add an article: by its address where it is stored, else by hand."""
    site = site_of(request)
    rights = rights_of(site.settings)
    if wanted.url and not wanted.outlet and not wanted.headline:
        return await site.database.writing(
            add_by_address,
            number=number,
            url=wanted.url,
            section=wanted.section,
            rights=rights,
            now=site.now(),
        )
    given = ByHand(
        wanted.outlet,
        wanted.headline,
        wanted.excerpt,
        wanted.note,
        wanted.url,
        tuple(wanted.authors),
        wanted.came_out_at,
    )
    return await site.database.writing(
        add_by_hand, number=number, given=given, section=wanted.section, rights=rights, caller=caller.name
    )


@router.patch("/edition-items/{number}", responses=WRITING, response_model=EditionItemOut)
async def change_item(
    request: Request, caller: WriteCaller, number: Number, wanted: ItemChange
) -> StoredItem | Response:
    """Change an item's words; 409 where somebody changed them since the version that is given: `errors` has theirs."""
    site = site_of(request)
    try:
        return await site.database.writing(
            edit_item,
            item_id=number,
            words=ItemWords(wanted.headline, wanted.excerpt, wanted.note),
            version=wanted.version,
            rights=rights_of(site.settings),
            caller=caller.name,
        )
    except EditedMeanwhileError as error:
        theirs = [
            {"at": f"body.{key}", "message": getattr(error.theirs, key)}
            for key in ("headline", "excerpt", "note")
        ]
        return problem(409, str(error), errors=theirs)


@router.post("/edition-items/{number}/move", responses=WRITING, response_model=EditionOut)
async def move(
    request: Request, _caller: WriteCaller, number: Number, wanted: ItemMove, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Move an item."""
    moved = await site_of(request).database.writing(
        move_item, item_id=number, step=wanted.step, section=wanted.section, place=wanted.place
    )
    return _edition(moved)


@router.delete("/edition-items/{number}", responses=WRITING, response_model=EditionOut)
async def take_out(request: Request, _caller: WriteCaller, number: Number) -> dict[str, Any]:
    """Take an item out of its edition."""
    return _edition(await site_of(request).database.writing(remove_item, item_id=number))


@router.post("/edition-items/{number}/restore", responses=WRITING, response_model=EditionOut)
async def put_back(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Put an item back that was taken out."""
    return _edition(await site_of(request).database.writing(restore_item, item_id=number))


@router.get("/edition-items/{number}/picture", responses=READING, response_class=Response)
async def show_picture(request: Request, _caller: ReadCaller, number: Number) -> Response:
    """Return an item's picture, a JPEG."""
    body = await site_of(request).database.reading(picture_shown, item_id=number)
    return Response(body, media_type="image/jpeg")


@router.post(
    "/edition-items/{number}/picture", status_code=202, responses=WRITING, response_model=EditionItemOut
)
async def fetch_again(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> StoredItem:
    """Have an item's picture fetched again, within seconds; its `state` says what came of it."""
    site = site_of(request)
    item = await site.database.writing(
        fetch_picture_again, item_id=number, rights=rights_of(site.settings), now=site.now()
    )
    site.hints.wake()
    return item


@router.delete("/edition-items/{number}/picture", responses=WRITING, response_model=EditionItemOut)
async def take_picture(request: Request, _caller: WriteCaller, number: Number) -> StoredItem:
    """Take an item's picture away."""
    return await site_of(request).database.writing(remove_picture, item_id=number)


def _review(shown: ShownReview) -> dict[str, Any]:
    return {
        "id": shown.id,
        "name": shown.name,
        "provisioned": shown.provisioned,
        "next_at": shown.next_at,
        "settings": shown.keys.stored(),
    }


def _listed(one: ListedEdition) -> dict[str, Any]:
    return {**asdict(one), "number": one.number, "trouble": one.trouble}


def _edition(edition: StoredEdition) -> dict[str, Any]:
    return {
        "edition": _listed(edition.listed),
        "intro": edition.intro,
        "version": edition.version,
        "sections": edition.sections,
        "items": [asdict(item) for item in edition.items],
    }
