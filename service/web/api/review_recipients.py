"""A review's own recipients."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter, Request, Response

from service.actions.review_recipients import (
    RecipientChange,
    add_recipients,
    change_recipient,
    recipients_shown,
    remove_recipient,
    try_recipient_again,
)
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import ListPage, WholeList, whole
from service.web.api.shapes.review_recipients import (
    ReviewRecipientChange,
    ReviewRecipientOut,
    ReviewRecipientsIn,
)
from service.web.numbers import Number
from service.web.site import site_of
from storage.stores.reviews.recipients import StoredRecipient

router = APIRouter(route_class=ApiRoute, tags=["reviews"])


@router.get("/reviews/{number}/recipients", responses=READING, response_model=ListPage[ReviewRecipientOut])
async def list_recipients(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> WholeList:
    """Return a review's own recipients, by address."""
    found = await site_of(request).database.reading(recipients_shown, which=number)
    return whole([_recipient(one) for one in found])


@router.post(
    "/reviews/{number}/recipients",
    status_code=201,
    responses=WRITING,
    response_model=ListPage[ReviewRecipientOut],
)
async def add(
    request: Request,
    _caller: WriteCaller,
    number: Number,
    wanted: ReviewRecipientsIn,
    _key: IdempotencyKey = None,
) -> WholeList:
    """Send a review to further addresses: all of them, or none where one can't be used."""
    site = site_of(request)
    added = await site.database.writing(
        add_recipients,
        which=number,
        addresses=wanted.addresses,
        language=wanted.language or "",
        form=wanted.form,
        now=site.now(),
    )
    return whole([_recipient(one) for one in added])


@router.patch("/review-recipients/{number}", responses=WRITING, response_model=ReviewRecipientOut)
async def change(
    request: Request, _caller: WriteCaller, number: Number, wanted: ReviewRecipientChange
) -> dict[str, Any]:
    """Change who a recipient is, or what they are sent."""
    given = RecipientChange(wanted.address, wanted.name, wanted.language, wanted.form)
    changed = await site_of(request).database.writing(change_recipient, recipient_id=number, change=given)
    return _recipient(changed)


@router.delete("/review-recipients/{number}", status_code=204, responses=WRITING)
async def remove(request: Request, _caller: WriteCaller, number: Number) -> Response:
    """Remove a recipient, and all that is known of them."""
    await site_of(request).database.writing(remove_recipient, recipient_id=number)
    return Response(status_code=204)


@router.post("/review-recipients/{number}/again", responses=WRITING, response_model=ReviewRecipientOut)
async def again(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Send a recipient the next edition again whose mail was refused too often."""
    return _recipient(await site_of(request).database.writing(try_recipient_again, recipient_id=number))


def _recipient(stored: StoredRecipient) -> dict[str, Any]:
    return {**asdict(stored), "is_sent": stored.is_sent}
