"""The archive of press reviews: the editions that were sent, searched."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.actions.edition_archive import search_editions
from service.actions.errors import ActionError
from service.actions.reviews import ShownReview, shown_reviews
from service.web.access import Reader
from service.web.days import day_of
from service.web.feed_links import FeedLinks, review_feed_links
from service.web.form_faults import FormFault
from service.web.numbers import read_number
from service.web.render import render
from service.web.site import site_of
from service.web.zones import zone_of
from storage.stores.reviews.archive import FoundEdition

router = APIRouter(include_in_schema=False)

LISTED = 30


@router.get("/reviews/archive")
async def show(
    request: Request,
    caller: Reader,
    q: str = "",
    review: str = "",
    since: str = "",
    until: str = "",
    before: str = "",
) -> Response:
    """Editions that were sent, by words, review and days."""
    site, zone = site_of(request), zone_of(request)
    number = read_number(review)

    def read(session: Session) -> tuple[list[ShownReview], list[FoundEdition], ActionError | None]:
        reviews = shown_reviews(session)
        try:
            found = search_editions(
                session,
                words=q,
                review=number,
                since=day_of(since, zone=zone),
                until=day_of(until, after=True, zone=zone),
                only_sent=True,
                before=read_number(before),
                limit=LISTED + 1,
            )
        except ActionError as error:
            return reviews, [], error
        return reviews, found, None

    reviews, found, error = await site.database.reading(read)
    feeds: list[tuple[ShownReview, FeedLinks]] = [
        (one, await review_feed_links(request, one.id)) for one in reviews
    ]
    return render(
        request,
        "edition_archive.html",
        caller,
        status=200 if error is None else 422,
        reviews=reviews,
        found=found[:LISTED],
        older=found[LISTED - 1].listed.id if len(found) > LISTED else None,
        feeds=feeds,
        filters={"q": q, "review": review, "since": since, "until": until},
        is_filtered=any((q, review, since, until, before)),
        fault=FormFault.of(error),
    )
