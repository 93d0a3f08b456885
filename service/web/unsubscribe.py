"""The links in mails: unsubscribe, "not relevant", and the buttons that deal with an alert.

A POST is enough (RFC 8058 §3.2); a GET only asks, since mail scanners follow every link.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from html import escape

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse
from sqlmodel import Session

from alerts.delivery.links import LinkedAlert, Purpose, linked_alert, verify
from service.actions.acting import Person, act_as
from service.actions.channels import resubscribe, unsubscribe
from service.actions.dismissals import dismiss, restore
from service.actions.errors import ConflictError, NotFoundError
from service.actions.triage import AlertChange, By, triage, undo
from service.web.numbers import Number
from service.web.onlookers import by_its_address
from storage.engine import Database
from storage.language import N_, _, speaker
from storage.stores.alerts.triage import act_of
from storage.stores.outbox.channels import signing_key

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
OVER = N_("This link has expired: such links work for 30 days. Sign in to deal with the alert.")
QUESTIONS = {"in-hand": N_("Mark alert {number} as in hand?"), "done": N_("Mark alert {number} as done?")}
BUTTONS = {"in-hand": N_("In hand"), "done": N_("Done")}
ANSWERS = {"in-hand": N_("Alert {number} is in hand."), "done": N_("Alert {number} is done.")}
UNKNOWN = N_("This link is not valid. It may have been cut off in the mail: copy it whole.")


def build_router(database: Database, *, clock: Callable[[], datetime]) -> APIRouter:
    """Return the routes over this database."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(by_its_address)])

    def value_of(session: Session, purpose: Purpose, token: str) -> str | None:
        return verify(signing_key(session, now=clock()), purpose, token)

    @router.get("/unsubscribe/{token}")
    async def ask_to_unsubscribe(token: str) -> HTMLResponse:
        value = await database.writing(lambda session: value_of(session, "unsubscribe", token))
        if value is None:
            return plain_page(_("Unsubscribe"), _(UNKNOWN), status=404)
        channel, _newline, address = value.partition("\n")
        return plain_page(
            _("Unsubscribe"),
            _("{address}: no more mail from “{channel}”?", address=address, channel=channel),
            button=_("Unsubscribe"),
        )

    async def done(token: str, act: Callable[[Session, str, str], None]) -> tuple[str, str] | None:
        """Do something about the channel and recipient of a link, and return both; None where the link is not ours."""

        def work(session: Session) -> tuple[str, str] | None:
            value = value_of(session, "unsubscribe", token)
            if value is None:
                return None
            name, _newline, address = value.partition("\n")
            act_as(Person("", "link"))
            try:
                act(session, name, address)
            except NotFoundError as error:
                if error.key != "address":  # to take back what was taken back is to have it so
                    return None
            return name, address

        return await database.writing(work)

    async def judged(token: str, act: Callable[[Session, LinkedAlert], object]) -> HTMLResponse | None:
        """Do something about the alert of a link; return the page that says why not, where that can't be."""

        def work(session: Session) -> HTMLResponse | None:
            value = value_of(session, "dismiss", token)
            if value is None:
                return plain_page(_("Not relevant"), _(UNKNOWN), status=404)
            alert = linked_alert(value)
            if alert.is_over(clock()):
                return plain_page(_("Not relevant"), _(OVER), status=410)
            act_as(Person(alert.recipient, "link"))
            try:
                act(session, alert)
            except NotFoundError:
                return plain_page(_("Not relevant"), _(UNKNOWN), status=404)
            return None

        return await database.writing(work)

    @router.post("/unsubscribe/{token}")
    async def do_unsubscribe(token: str) -> HTMLResponse:
        found = await done(token, partial(unsubscribe, now=clock()))
        if found is None:
            return plain_page(_("Unsubscribe"), _(UNKNOWN), status=404)
        words = _("{address} gets no more mail from “{channel}”.", address=found[1], channel=found[0])
        return plain_page(_("Unsubscribed"), words, button=_("Undo"), action=f"{token}/undo")

    @router.post("/unsubscribe/{token}/undo")
    async def undo_unsubscribe(token: str) -> HTMLResponse:
        found = await done(token, resubscribe)
        if found is None:
            return plain_page(_("Unsubscribe"), _(UNKNOWN), status=404)
        return plain_page(
            _("Subscribed"),
            _("{address} gets mail from “{channel}” again.", address=found[1], channel=found[0]),
        )

    @router.get("/dismiss/{token}")
    async def ask_to_dismiss(token: str) -> HTMLResponse:
        value = await database.writing(lambda session: value_of(session, "dismiss", token))
        if value is None:
            return plain_page(_("Not relevant"), _(UNKNOWN), status=404)
        alert = linked_alert(value)
        if alert.is_over(clock()):
            return plain_page(_("Not relevant"), _(OVER), status=410)
        return plain_page(
            _("Not relevant"),
            _("Is alert {number} not what this watch list is for?", number=alert.alert_id),
            button=_("Not relevant"),
        )

    @router.post("/dismiss/{token}")
    async def do_dismiss(token: str) -> HTMLResponse:
        def said(session: Session, alert: LinkedAlert) -> None:
            dismiss(session, alert.alert_id, via="link", caller=alert.recipient, now=clock())

        refused = await judged(token, said)
        if refused is not None:
            return refused
        words = _("Noted. It counts where the precision of names and outlets is shown.")
        return plain_page(_("Thank you"), words, button=_("Undo"), action=f"{token}/undo")

    @router.post("/dismiss/{token}/undo")
    async def undo_dismiss(token: str) -> HTMLResponse:
        def taken_back(session: Session, alert: LinkedAlert) -> None:
            restore(session, alert.alert_id, via="link", caller=alert.recipient, now=clock())

        refused = await judged(token, taken_back)
        if refused is not None:
            return refused
        return plain_page(_("Undone"), _("The alert counts as relevant again."))

    _add_buttons(router, database, value_of, clock=clock)

    return router


def _add_buttons(
    router: APIRouter,
    database: Database,
    value_of: Callable[[Session, Purpose, str], str | None],
    *,
    clock: Callable[[], datetime],
) -> None:
    """Add the routes of the buttons that deal with an alert: one link, one alert, one state."""

    def read(session: Session, token: str) -> tuple[str, LinkedAlert] | HTMLResponse:
        value = value_of(session, "act", token)
        if value is None:
            return plain_page(_("Alert"), _(UNKNOWN), status=404)
        state, _newline, rest = value.partition("\n")
        alert = linked_alert(rest)
        if alert.is_over(clock()):
            return plain_page(_("Alert"), _(OVER), status=410)
        return state, alert

    @router.get("/act/{token}")
    async def ask_to_act(token: str) -> HTMLResponse:
        found = await database.writing(read, token=token)
        if isinstance(found, HTMLResponse):
            return found
        state, alert = found
        return plain_page(
            _(BUTTONS[state]), _(QUESTIONS[state], number=alert.alert_id), button=_(BUTTONS[state])
        )

    @router.post("/act/{token}")
    async def do_act(token: str) -> HTMLResponse:
        def work(session: Session) -> HTMLResponse:
            found = read(session, token)
            if isinstance(found, HTMLResponse):
                return found
            state, alert = found
            act_as(Person(alert.recipient, "link"))
            try:
                act = triage(
                    session,
                    [alert.alert_id],
                    AlertChange(state=state),
                    by=By(alert.recipient, "link"),
                    now=clock(),
                )
            except NotFoundError:
                return plain_page(_("Alert"), _(UNKNOWN), status=404)
            words = _(ANSWERS[state], number=alert.alert_id)
            if act.id is None:
                return plain_page(_(BUTTONS[state]), words)
            return plain_page(_(BUTTONS[state]), words, button=_("Undo"), action=f"{token}/undo/{act.id}")

        return await database.writing(work)

    @router.post("/act/{token}/undo/{act_id}")
    async def undo_act(token: str, act_id: Number) -> HTMLResponse:
        def work(session: Session) -> HTMLResponse:
            found = read(session, token)
            if isinstance(found, HTMLResponse):
                return found
            _state, alert = found
            act_as(Person(alert.recipient, "link"))
            act = act_of(session, act_id)
            if (
                act is None
                or act.via != "link"
                or act.by != alert.recipient
                or set(act.changes) != {alert.alert_id}
            ):
                return plain_page(_("Alert"), _(UNKNOWN), status=404)
            try:
                undo(session, act_id, by=By(alert.recipient, "link"), now=clock())
            except ConflictError as error:
                return plain_page(_("Alert"), str(error), status=409)
            return plain_page(_("Undone"), _("Alert {number} stands as before.", number=alert.alert_id))

        return await database.writing(work)


STYLE = """
body { font: 18px/1.5 system-ui, sans-serif; max-width: 34em; margin: 12vh auto; padding: 0 1.2em;
  background: #fbfaf8; color: #1d1f23; }
main { background: #fff; border: 1px solid #dcd9d3; border-radius: 8px; padding: .5em 1.5em 1.5em; overflow-wrap: anywhere; }
h1 { font-size: 1.3em; line-height: 1.25; margin: 0 0 .5em; }
.of { color: #595f69; font-size: .85em; font-weight: 600; }
button { font: inherit; font-weight: 600; padding: .4em 1.2em; border: 0; border-radius: 6px; background: #9a3412; color: #fff; }
@media (prefers-color-scheme: dark) {
  body { background: #16171a; color: #e7e6e3; }
  main { background: #1e2024; border-color: #383b41; }
  .of { color: #a8acb4; }
  button { background: #f0a07c; color: #2b0f03; }
}
"""
"""Within the page, which fetches nothing; the colours are those of `tocsin.css`."""


def plain_page(
    title: str, words: str, *, button: str | None = None, action: str | None = None, status: int = 200
) -> HTMLResponse:
    """Return a page of one sentence and at most one button, which posts to this address or, relative to it, to `action`."""
    form = ""
    if button is not None:
        place = f' action="{escape(action)}"' if action is not None else ""
        form = f'<form method="post"{place}><button>{escape(button)}</button></form>'
    return HTMLResponse(
        f"""<!doctype html>
<html lang="{speaker().code}" dir="{speaker().direction}"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{escape(title)} - Tocsin</title>
<style>{STYLE}</style></head>
<body><main><p class="of">Tocsin</p><h1>{escape(title)}</h1><p>{escape(words)}</p>{form}</main></body></html>
""",
        status_code=status,
        headers=HEADERS,
    )
