"""The links in mails: unsubscribe, and "not relevant".

A POST is enough (RFC 8058 §3.2); a GET only asks, since mail scanners follow every link.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import escape

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from alerts.delivery.links import Purpose, verify
from service.actions.channels import resubscribe, unsubscribe
from service.actions.dismissals import dismiss, restore
from service.actions.errors import NotFoundError
from storage.engine import Database
from storage.stores.outbox.channels import signing_key

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
UNKNOWN = "This link is not valid. It may have been cut off in the mail: copy it whole."


def build_router(database: Database, *, clock: Callable[[], datetime]) -> APIRouter:
    """Return the routes over this database."""
    router = APIRouter(include_in_schema=False)

    def value_of(session: Session, purpose: Purpose, token: str) -> str | None:
        return verify(signing_key(session, now=clock()), purpose, token)

    @router.get("/unsubscribe/{token}")
    async def ask_to_unsubscribe(token: str) -> HTMLResponse:
        value = await database.writing(lambda session: value_of(session, "unsubscribe", token))
        if value is None:
            return _page("Unsubscribe", UNKNOWN, status=404)
        channel, _, address = value.partition("\n")
        return _page("Unsubscribe", f"{address}: no more mail from “{channel}”?", button="Unsubscribe")

    def addressed(session: Session, token: str) -> tuple[str, str] | None:
        """Return channel and recipient of a link; None for one that is not ours."""
        value = value_of(session, "unsubscribe", token)
        if value is None:
            return None
        name, _, address = value.partition("\n")
        return name, address

    @router.post("/unsubscribe/{token}")
    async def do_unsubscribe(token: str) -> HTMLResponse:
        def work(session: Session) -> str | None:
            found = addressed(session, token)
            if found is None:
                return None
            name, address = found
            try:
                unsubscribe(session, name, address, now=clock())
            except NotFoundError:
                return None
            return f"{address} gets no more mail from “{name}”."

        told = await database.writing(work)
        if told is None:
            return _page("Unsubscribe", UNKNOWN, status=404)
        return _page("Unsubscribed", told, button="Undo", action=f"{token}/undo")

    @router.post("/unsubscribe/{token}/undo")
    async def undo_unsubscribe(token: str) -> HTMLResponse:
        def work(session: Session) -> str | None:
            found = addressed(session, token)
            if found is None:
                return None
            name, address = found
            try:
                resubscribe(session, name, address)
            except NotFoundError as error:
                if error.key != "address":  # pressed twice is undone too
                    return None
            return f"{address} gets mail from “{name}” again."

        told = await database.writing(work)
        return _page("Subscribed", told) if told else _page("Unsubscribe", UNKNOWN, status=404)

    @router.get("/dismiss/{token}")
    async def ask_to_dismiss(token: str) -> HTMLResponse:
        value = await database.writing(lambda session: value_of(session, "dismiss", token))
        if value is None:
            return _page("Not relevant", UNKNOWN, status=404)
        return _page(
            "Not relevant", f"Is alert {value} not what this watch list is for?", button="Not relevant"
        )

    @router.post("/dismiss/{token}")
    async def do_dismiss(token: str) -> HTMLResponse:
        def work(session: Session) -> bool:
            value = value_of(session, "dismiss", token)
            if value is None:
                return False
            try:
                dismiss(session, int(value), via="link", now=clock())
            except NotFoundError:
                return False
            return True

        if not await database.writing(work):
            return _page("Not relevant", UNKNOWN, status=404)
        words = "Noted. It counts where the precision of names and outlets is shown."
        return _page("Thank you", words, button="Undo", action=f"{token}/undo")

    @router.post("/dismiss/{token}/undo")
    async def undo_dismiss(token: str) -> HTMLResponse:
        def work(session: Session) -> bool:
            value = value_of(session, "dismiss", token)
            if value is None:
                return False
            try:
                restore(session, int(value))
            except NotFoundError:
                return False
            return True

        if not await database.writing(work):
            return _page("Not relevant", UNKNOWN, status=404)
        return _page("Undone", "The alert counts as relevant again.")

    return router


def _page(
    title: str, words: str, *, button: str | None = None, action: str | None = None, status: int = 200
) -> HTMLResponse:
    """Return a page of one sentence and at most one button, which posts to this address or, relative to it, to `action`."""
    form = ""
    if button is not None:
        place = f' action="{escape(action)}"' if action is not None else ""
        form = f'<form method="post"{place}><button>{escape(button)}</button></form>'
    return HTMLResponse(
        f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{escape(title)} - Tocsin</title>
<style>body {{ font: 18px/1.5 system-ui, sans-serif; max-width: 34em; margin: 15vh auto; padding: 0 1.2em; }}
button {{ font: inherit; padding: .4em 1.2em; }}</style></head>
<body><h1>{escape(title)}</h1><p>{escape(words)}</p>{form}</body></html>
""",
        status_code=status,
        headers=HEADERS,
    )
