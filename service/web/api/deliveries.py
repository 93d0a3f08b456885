"""Deliveries."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from alerts.delivery.payload import payload_schema
from service.actions.deliveries import deliveries_to_export, delivery_shown, retry, retry_dead
from service.actions.views import ViewFormat, deliveries_view
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.problems import documented
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import Cursor, Filter, Limit, ListPage, read_cursor, write_cursor
from service.web.api.shapes.deliveries import (
    DeliveryOut,
    DeliveryWhole,
    RetryIn,
    RetryOut,
)
from service.web.downloads import as_file
from service.web.numbers import LARGEST, Number
from service.web.site import site_of
from storage.stores.outbox.deliveries import delivery_page
from storage.tables import NotificationState

router = APIRouter(route_class=ApiRoute, tags=["deliveries"])


@router.get("/schemas/webhook", responses=documented(422))
async def webhook_schema() -> dict[str, Any]:
    """Return the JSON Schema of `data` in a webhook's body."""
    return payload_schema()


@router.get("/deliveries", responses=READING, response_model=ListPage[DeliveryOut])
async def list_deliveries(
    request: Request,
    _caller: ReadCaller,
    state: Literal["queued", "sending", "sent", "failed", "suppressed"] | None = None,
    channel: Filter = None,
    alert: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    _known: IfNoneMatch = None,
) -> dict[str, Any]:
    """Return notifications, newest first."""
    found = await site_of(request).database.reading(
        delivery_page,
        state=None if state is None else NotificationState(state),
        channel=channel,
        alert_id=alert,
        before=read_cursor(cursor),
        limit=limit + 1,
    )
    more = write_cursor(found[limit - 1].id) if len(found) > limit else None
    return {"items": found[:limit], "next": more}


@router.get(
    "/deliveries/export",
    response_class=Response,
    responses={**READING, 200: {"description": "A file: a row for each delivery, newest first."}},
)
async def export(
    request: Request,
    _caller: ReadCaller,
    format: Annotated[ViewFormat, Query(description="Of the file; `html` is to print.")] = ViewFormat.JSON,
    state: Literal["queued", "sending", "sent", "failed", "suppressed"] | None = None,
    channel: Filter = None,
) -> Response:
    """Return the newest 10,000 deliveries that fit the filters as a file."""
    site = site_of(request)
    wanted = None if state is None else NotificationState(state)
    found = await site.database.reading(deliveries_to_export, state=wanted, channel=channel)
    return await as_file(site, deliveries_view(found), format)


@router.get("/deliveries/{number}", responses=READING)
async def show_delivery(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> DeliveryWhole:
    """Return a notification with every attempt, and what it tells."""
    found = await site_of(request).database.reading(delivery_shown, number=number)
    more = {"tries": found.attempts, "payload": found.payload}
    return DeliveryWhole.model_validate({**asdict(found.facts), **more}, from_attributes=True)


@router.post("/deliveries/{number}/retry", status_code=202, response_class=Response, responses=WRITING)
async def retry_one(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> Response:
    """Send a notification again that was given up or suppressed, or send one now that waits; under the same id."""
    site = site_of(request)
    await site.database.writing(retry, number=number, now=site.now())
    site.hints.wake()
    return Response(status_code=202)


@router.post("/deliveries/retry", status_code=202, responses=WRITING)
async def retry_all(
    request: Request, _caller: WriteCaller, wanted: RetryIn, _key: IdempotencyKey = None
) -> RetryOut:
    """Send everything again that was given up, on one channel or on all, each under the same id."""
    site = site_of(request)
    queued = await site.database.writing(retry_dead, channel=wanted.channel, now=site.now())
    site.hints.wake()
    return RetryOut(queued=queued)
