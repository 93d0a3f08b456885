"""A person's own subscriptions: which lists' alerts come to them, where and when."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.delivery.channels.webpush.keys import public_key
from service.actions.errors import ActionError, InvalidError
from service.actions.subscriptions import (
    OwnSubscription,
    SubscriptionSettings,
    change_subscription,
    end_subscription,
    own_subscriptions,
    pause_subscription,
    resume_subscription,
    subscribe,
)
from service.locale import LANGUAGES
from service.web.access import Caller, Form, Reader, ReaderForm
from service.web.asking import asker_of
from service.web.form_faults import FormFault
from service.web.numbers import Number
from service.web.render import render
from service.web.sending import SendingForm, zone_names
from service.web.site import site_of
from service.web.zones import zone_of
from storage.language import _
from storage.stores.outbox.channels import signing_key
from storage.stores.watch.watch_lists import list_names

router = APIRouter(include_in_schema=False)

BROWSER = ("endpoint", "p256dh", "auth")
"""Of a subscription that a browser gave."""
FIELDS = ("to", "language", "min_score")
"""Fields of plain text."""


@router.get("/account/alerts")
async def show(request: Request, caller: Reader) -> Response:
    """My alerts."""
    return await _page(request, caller)


@router.post("/account/alerts")
async def save(request: Request, caller: Reader, form: ReaderForm) -> Response:
    """Make a subscription, or change one."""
    site = site_of(request)
    number = form.number("number")
    asker = asker_of(site, caller)
    try:
        wanted = _wanted(form)
        if number is None:
            await site.database.writing(subscribe, wanted=wanted, asker=asker, now=site.now())
        else:
            await site.database.writing(
                change_subscription, number=number, wanted=wanted, asker=asker, now=site.now()
            )
    except ActionError as error:
        return await _page(request, caller, fault=FormFault.of(error), typed=form, at=number or 0)
    site.hints.wake()
    return RedirectResponse("/account/alerts", 303)


@router.post("/account/alerts/{number}/pause")
async def pause(request: Request, _caller: Reader, form: ReaderForm, number: Number) -> Response:
    """Send nothing until it is resumed, or send again."""
    site = site_of(request)
    act = resume_subscription if form.flag("undo") else pause_subscription
    await site.database.writing(act, number=number)
    site.hints.wake()
    return RedirectResponse("/account/alerts", 303)


@router.post("/account/alerts/{number}/end")
async def end(request: Request, _caller: Reader, _form: ReaderForm, number: Number) -> Response:
    """End a subscription."""
    site = site_of(request)
    await site.database.writing(end_subscription, number=number, now=site.now())
    return RedirectResponse("/account/alerts", 303)


def _wanted(form: Form) -> SubscriptionSettings:
    """Return what was typed. Raise `InvalidError`."""
    score = form.text("min_score")
    try:
        least = float(score or 0)
    except ValueError as error:
        raise InvalidError(_("{score!r} is not a number", score=score), key="min_score") from error
    if not 0 <= least <= 100:
        raise InvalidError(_("Relevance is a number from 0 to 100."), key="min_score")
    sending = SendingForm.typed(form)
    keys: dict[str, Any] = {
        "send": sending.send_text,
        "zone": sending.zone,
        "language": form.text("language"),
        "quiet": sending.quiet_texts,
    }
    if form.text("to"):
        keys["to"] = [form.text("to")]
    browser = {name: text for name in BROWSER if (text := form.text(name))}
    kind = "webpush" if browser else "email"
    return SubscriptionSettings(type=kind, keys=keys | browser, lists=form.all("lists"), min_score=least)


async def _page(
    request: Request,
    caller: Caller,
    *,
    fault: FormFault | None = None,
    typed: Form | None = None,
    at: int = 0,
) -> Response:
    """Show the page; what was refused stands in the form that asked for it, number 0 being the new one's."""

    def read(session: Session) -> tuple[list[OwnSubscription], list[str]]:
        return own_subscriptions(session), list_names(session)

    site = site_of(request)
    found, lists = await site.database.reading(read)
    key = await site.database.writing(signing_key, now=site.now()) if find_spec("pywebpush") else None
    here = zone_of(request).key
    forms = {each.id: _filled(each, here) for each in found}
    forms[0] = {**dict.fromkeys(FIELDS, ""), "lists": [], "sending": SendingForm(zone=here)}
    if typed is not None:
        texts = {name: typed.text(name) for name in FIELDS}
        forms[at] = texts | {"lists": typed.all("lists"), "sending": SendingForm.typed(typed)}
    return render(
        request,
        "subscriptions.html",
        caller,
        found=found,
        lists=lists,
        forms=forms,
        fault=fault,
        at=at,
        languages=LANGUAGES,
        zones=zone_names(),
        push_key=None if key is None else public_key(key),
        status=200 if fault is None else 422,
    )


def _filled(one: OwnSubscription, here: str) -> dict[str, Any]:
    to, quiet = one.keys.get("to"), one.keys.get("quiet")
    return {
        "to": ", ".join(to) if isinstance(to, list) else "",
        "language": one.keys.get("language", ""),
        "sending": SendingForm.of(
            one.send, quiet if isinstance(quiet, list) else (), one.keys.get("zone") or "", here=here
        ),
        "lists": list(one.lists),
        "min_score": f"{one.min_score:g}" if one.min_score else "",
    }
