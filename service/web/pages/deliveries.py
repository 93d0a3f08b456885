"""Deliveries: what was to be told to whom, each attempt with the answer, and sending again."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service.actions.deliveries import deliveries_to_export, delivery_shown, retry, retry_dead
from service.actions.views import ViewFormat, deliveries_view
from service.web.access import EditorForm, Reader
from service.web.downloads import as_file, links_to_save
from service.web.numbers import Number, read_number
from service.web.render import render
from service.web.site import site_of
from storage.stores.outbox.channels import list_of_channels
from storage.stores.outbox.deliveries import ListedDelivery, delivery_page
from storage.tables import NotificationState

router = APIRouter(include_in_schema=False)

PAGE = 50


@router.get("/deliveries")
async def list_deliveries(
    request: Request, caller: Reader, state: str = "", channel: str = "", before: str = ""
) -> Response:
    """Notifications, newest first."""
    wanted = NotificationState(state) if state in set(NotificationState) else None
    start = read_number(before)

    def read(session: Session) -> tuple[list[ListedDelivery], list[str]]:
        found = delivery_page(session, state=wanted, channel=channel or None, before=start, limit=PAGE + 1)
        return found, [known.name for known in list_of_channels(session)]

    found, channels = await site_of(request).database.reading(read)
    filters = {key: value for key, value in (("state", state), ("channel", channel)) if value}
    more = (
        f"/deliveries?{urlencode({**filters, 'before': found[PAGE - 1].id})}" if len(found) > PAGE else None
    )
    return render(
        request,
        "deliveries.html",
        caller,
        items=found[:PAGE],
        channels=channels,
        states=[state.value for state in NotificationState],
        filters=filters,
        more=more,
        exports=links_to_save("/deliveries/export", filters),
    )


@router.get("/deliveries/export")
async def export(
    request: Request,
    _caller: Reader,
    state: str = "",
    channel: str = "",
    format: ViewFormat = ViewFormat.CSV,
) -> Response:
    """Return the deliveries that fit the filters as a file."""
    site = site_of(request)
    wanted = NotificationState(state) if state in set(NotificationState) else None
    found = await site.database.reading(deliveries_to_export, state=wanted, channel=channel or None)
    return await as_file(site, deliveries_view(found), format)


@router.get("/deliveries/{number}")
async def show_delivery(request: Request, caller: Reader, number: Number) -> Response:
    """One notification, with its attempts."""
    found = await site_of(request).database.reading(delivery_shown, number=number)
    payload = json.dumps(found.payload, ensure_ascii=False, indent=2)
    return render(
        request, "delivery.html", caller, item=found.facts, attempts=found.attempts, payload=payload
    )


@router.post("/deliveries/{number}/retry")
async def retry_one(request: Request, _form: EditorForm, number: Number) -> Response:
    """Send a dead notification again, under the same id."""
    site = site_of(request)
    await site.database.writing(retry, number=number, now=site.now())
    site.hints.wake()
    return RedirectResponse(f"/deliveries/{number}", 303)


@router.post("/deliveries/retry")
async def retry_all(request: Request, form: EditorForm) -> Response:
    """Send everything again that was given up, on one channel or on all."""
    site = site_of(request)
    channel = form.text("channel") or None
    await site.database.writing(retry_dead, channel=channel, now=site.now())
    site.hints.wake()
    return RedirectResponse("/deliveries", 303)
