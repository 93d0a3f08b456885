"""A review's editions as feeds, `/review-feeds/{number}.atom` and `.json`: a token in the address stands for a login."""

from __future__ import annotations

import hmac
from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import HTMLResponse, Response
from sqlmodel import Session

from alerts.delivery.feeds import FeedItem, OutFeed, as_atom, as_json_feed
from alerts.delivery.links import review_feed_token
from alerts.delivery.review_view import ReviewView, review_view
from service.actions.edition_archive import search_editions
from service.actions.edition_words import edition_data
from service.actions.editions import edition_shown
from service.actions.errors import NotFoundError
from service.actions.reviews import ShownReview, review_shown
from service.locale import translator
from service.web.feeds_out import TYPES
from service.web.numbers import Number
from service.web.onlookers import by_its_address
from service.web.reviewing import MAIL_POLICY, html_on
from service.web.site import Site
from service.web.unsubscribe import HEADERS
from storage.language import speaking
from storage.stores.outbox.channels import signing_key

ITEMS = 20


def build_router(site: Site) -> APIRouter:
    """Return the routes over this site."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(by_its_address)])

    @router.get("/review-feeds/{number}.{form}")
    async def feed(
        request: Request,
        number: Number,
        form: str,
        token: str = "",
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        public = site.settings.web.public_url
        base = (public or str(request.base_url)).rstrip("/")
        key = await site.database.writing(signing_key, now=site.now())
        made = None
        if form in TYPES and _is_ours(key, number, token):
            made = await site.database.reading(_feed, number=number, base=base, key=key, form=form)
        if made is None:
            return Response("There is no such feed.\n", status_code=404, media_type="text/plain")
        body = as_atom(made) if form == "atom" else as_json_feed(made)
        etag = f'"{sha256(body).hexdigest()[:32]}"'
        headers = {"ETag": etag, "Cache-Control": "private, max-age=60", "Referrer-Policy": "no-referrer"}
        known = {part.strip().removeprefix("W/") for part in (if_none_match or "").split(",")}
        if etag in known:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=TYPES[form], headers=headers)

    @router.get("/review-feeds/{number}/{edition_id}")
    async def read(number: Number, edition_id: Number, token: str = "") -> Response:
        """An edition that a review's feed names."""
        key = await site.database.writing(signing_key, now=site.now())

        def is_sent(session: Session) -> bool:
            try:
                listed = edition_shown(session, edition_id).listed
            except NotFoundError:
                return False
            return (listed.state, listed.review_id) == ("sent", number)

        if not _is_ours(key, number, token) or not await site.database.reading(is_sent):
            return Response("There is no such edition.\n", status_code=404, media_type="text/plain")
        page = await html_on(site, edition_id)
        return HTMLResponse(page, headers={**HEADERS, "Content-Security-Policy": MAIL_POLICY})

    return router


def _is_ours(key: bytes, number: int, token: str) -> bool:
    return hmac.compare_digest(token.encode(), review_feed_token(key, number).encode())


def _feed(session: Session, *, number: int, base: str, key: bytes, form: str) -> OutFeed | None:
    """Return the feed of a review; None where there is none."""
    try:
        review = review_shown(session, number)
    except NotFoundError:
        return None
    token = review_feed_token(key, number)
    here = hmac.new(key, b"instance", sha256).hexdigest()[:12]
    found = search_editions(session, review=number, only_sent=True, limit=ITEMS)
    items = [
        _item(
            session,
            one.listed.id,
            review,
            here,
            f"{base}/review-feeds/{number}/{one.listed.id}?token={token}",
        )
        for one in found
    ]
    newest = max((item.updated_at for item in items), default=review.created_at)
    url = f"{base}/review-feeds/{number}.{form}?token={token}"
    return OutFeed(f"tag:tocsin,2026:{here}:review:{number}", review.name, url, newest, items)


def _item(session: Session, edition_id: int, review: ShownReview, here: str, url: str) -> FeedItem:
    edition = edition_shown(session, edition_id)
    with speaking(translator(review.keys.language)):
        view = review_view(edition_data(edition, review))
    at = edition.listed.sent_at or edition.listed.due_at
    return FeedItem(
        id=f"tag:tocsin,2026:{here}:edition:{edition_id}",
        title=view.title,
        url=url,
        outlet=review.name,
        created_at=at,
        updated_at=at,
        paragraphs=_paragraphs(view),
        names=tuple(part.title for part in view.parts),
        language=review.keys.language,
    )


def _paragraphs(view: ReviewView) -> tuple[str, ...]:
    """Return what a feed says of an edition: what it corrects, its first lines, its headlines."""
    changes = (view.changes_title, *view.changes) if view.changes_title else ()
    parts = (
        "\n".join((part.title, *(f"– {item.headline} ({item.outlet})" for item in part.items)))
        for part in view.parts
    )
    return (*changes, *view.intro, *parts)
