"""What a review's own recipients reach without an account, by the links in their mails: reading an edition, and opting out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from alerts.delivery.links import Purpose, verify
from alerts.review.printing.making import Printed
from service.actions.acting import Person, act_as
from service.actions.errors import NotFoundError
from service.actions.review_recipients import leave_review, reader_of, recipient_shown, rejoin_review
from service.actions.reviews import review_shown
from service.web.onlookers import by_its_address
from service.web.reviewing import MAIL_POLICY, download, file_on, html_on
from service.web.site import Site
from service.web.unsubscribe import HEADERS, UNKNOWN, plain_page
from storage.language import _
from storage.stores.outbox.channels import signing_key


def build_router(site: Site) -> APIRouter:
    """Return the routes over this site. A POST opts out (RFC 8058 §3.2); a GET only asks, since mail scanners follow links."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(by_its_address)])

    def value_of(session: Session, purpose: Purpose, token: str) -> tuple[int, str] | None:
        value = verify(signing_key(session, now=site.now()), purpose, token)
        if value is None:
            return None
        number, _newline, address = value.partition("\n")
        return int(number), address

    @router.get("/review/{token}")
    async def read(token: str, kind: Annotated[Printed | None, Query(alias="format")] = None) -> Response:
        def wanted(session: Session) -> tuple[int, str | None] | None:
            value = value_of(session, "read", token)
            reader = None if value is None else reader_of(session, *value)
            return None if value is None or reader is None else (value[0], reader.language)

        found = await site.database.writing(wanted)
        if found is None:
            return plain_page(_("Press review"), _(UNKNOWN), status=404)
        number, language = found
        if kind is not None:
            name, body = await file_on(site, number, kind, language)
            return download(name, kind, body)
        page = await html_on(site, number, language)
        return HTMLResponse(page, headers={**HEADERS, "Content-Security-Policy": MAIL_POLICY})

    @router.get("/review/leave/{token}")
    async def ask_to_leave(token: str) -> HTMLResponse:
        def named(session: Session) -> tuple[str, str] | None:
            value = value_of(session, "leave", token)
            try:
                if value is not None:
                    recipient_shown(session, *value)
                    return review_shown(session, value[0]).name, value[1]
            except NotFoundError:  # who is none any more gets none
                pass
            return None

        found = await site.database.writing(named)
        if found is None:
            return plain_page(_("Unsubscribe"), _(UNKNOWN), status=404)
        return plain_page(
            _("Unsubscribe"),
            _("{address}: no more mail from “{channel}”?", address=found[1], channel=found[0]),
            button=_("Unsubscribe"),
        )

    def left(session: Session, token: str, *, back: bool) -> tuple[str, str] | None:
        """Opt out, or take that back; return the review's name and the address, None where the link is not ours."""
        value = value_of(session, "leave", token)
        if value is None:
            return None
        act_as(Person(value[1], "link"))
        try:
            name = rejoin_review(session, *value) if back else leave_review(session, *value, now=site.now())
        except NotFoundError:
            return None
        return name, value[1]

    @router.post("/review/leave/{token}")
    async def leave(token: str) -> HTMLResponse:
        found = await site.database.writing(left, token=token, back=False)
        if found is None:
            return plain_page(_("Unsubscribe"), _(UNKNOWN), status=404)
        words = _("{address} gets no more mail from “{channel}”.", address=found[1], channel=found[0])
        return plain_page(_("Unsubscribed"), words, button=_("Undo"), action=f"{token}/undo")

    @router.post("/review/leave/{token}/undo")
    async def undo(token: str) -> HTMLResponse:
        found = await site.database.writing(left, token=token, back=True)
        if found is None:
            return plain_page(_("Unsubscribe"), _(UNKNOWN), status=404)
        words = _("{address} gets mail from “{channel}” again.", address=found[1], channel=found[0])
        return plain_page(_("Subscribed"), words)

    return router
