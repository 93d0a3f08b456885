"""A review's own recipients: who is sent it by mail, and what became of it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service.actions.errors import ActionError
from service.actions.review_recipients import (
    FORMS,
    SPOKEN,
    RecipientChange,
    add_recipients,
    addresses_in,
    change_recipient,
    recipients_shown,
    remove_recipient,
    try_recipient_again,
)
from service.actions.reviews import ShownReview, mail_channel, review_shown
from service.web.access import Caller, Editor, EditorForm, Form, Reader
from service.web.form_faults import FormFault
from service.web.numbers import Number
from service.web.render import render
from service.web.site import site_of
from storage.stores.outbox.channels import list_of_channels
from storage.stores.reviews.recipients import StoredRecipient

router = APIRouter(include_in_schema=False)


@router.get("/reviews/{number}/recipients")
async def show(request: Request, caller: Reader, number: Number) -> Response:
    """A review's own recipients."""
    return await _page(request, caller, number)


@router.post("/reviews/{number}/recipients")
async def add(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Add recipients."""
    site = site_of(request)
    try:
        await site.database.writing(
            add_recipients,
            which=number,
            addresses=addresses_in(form.text("address")),
            language=form.text("language"),
            form=form.text("form", "html"),
            now=site.now(),
        )
    except ActionError as error:
        return await _page(request, caller, number, error=error, form=form)
    return _back(number)


@router.post("/reviews/recipients/{number}")
async def change(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Change what a recipient is sent."""
    wanted = RecipientChange(language=form.text("language"), form=form.text("form"))
    changed = await site_of(request).database.writing(change_recipient, recipient_id=number, change=wanted)
    return _back(changed.review_id)


@router.post("/reviews/recipients/{number}/again")
async def again(request: Request, number: Number, _form: EditorForm) -> Response:
    """Send a recipient the next edition again."""
    changed = await site_of(request).database.writing(try_recipient_again, recipient_id=number)
    return _back(changed.review_id)


@router.post("/reviews/recipients/{number}/remove")
async def remove(request: Request, number: Number, _form: EditorForm) -> Response:
    """Remove a recipient."""
    removed = await site_of(request).database.writing(remove_recipient, recipient_id=number)
    return _back(removed.review_id)


def _back(review_id: int) -> Response:
    return RedirectResponse(f"/reviews/{review_id}/recipients", 303)


async def _page(
    request: Request,
    caller: Caller,
    number: int,
    *,
    error: ActionError | None = None,
    form: Form | None = None,
) -> Response:
    site = site_of(request)

    def read(session: Session) -> tuple[ShownReview, list[StoredRecipient], str]:
        review = review_shown(session, number)
        mail = mail_channel(list_of_channels(session), review.keys)
        return review, recipients_shown(session, number), "" if mail is None else mail.name

    review, recipients, mail = await site.database.reading(read)
    fields = ("address", "language", "form")
    return render(
        request,
        "review_recipients.html",
        caller,
        status=200 if error is None else 422,
        review=review,
        recipients=recipients,
        mail=mail,
        links=bool(site.settings.web.public_url),
        forms=FORMS,
        spoken=SPOKEN,
        fault=FormFault.of(error),
        typed={} if form is None else {name: form.text(name) for name in fields},
    )
