"""Deliveries and channels."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response

from alerts.delivery.payload import payload_schema
from service.actions.errors import InvalidError, NotFoundError
from service.channels import trial_steps
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.problems import documented
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import Cursor, Filter, Limit, Line, Page, read_cursor, write_cursor
from service.web.api.shapes.deliveries import (
    AttemptOut,
    ChannelOut,
    DeliveryOut,
    DeliveryWhole,
    RetryIn,
    RetryOut,
    StepOut,
    TestOut,
)
from service.web.numbers import LARGEST, Number
from service.web.site import site_of
from storage.stores.outbox.channels import list_of_channels, switch_on, take_back_unsubscription
from storage.stores.outbox.deliveries import (
    ListedDelivery,
    delivery,
    delivery_page,
    send_again,
    send_dead_again,
)
from storage.tables import Channel, NotificationState

router = APIRouter(route_class=ApiRoute, tags=["deliveries"])


@router.get("/schemas/webhook", responses=documented(422))
async def webhook_schema() -> dict[str, Any]:
    """Gives the JSON Schema of `data` in a webhook's body."""
    return payload_schema()


@router.get("/deliveries", responses=READING)
async def list_deliveries(
    request: Request,
    _caller: ReadCaller,
    state: Literal["queued", "sending", "sent", "failed", "suppressed"] | None = None,
    channel: Filter = None,
    alert: Annotated[int | None, Query(ge=1, le=LARGEST)] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
    _known: IfNoneMatch = None,
) -> Page[DeliveryOut]:
    """Gives notifications, newest first."""
    found = await site_of(request).database.reading(
        partial(
            delivery_page,
            state=None if state is None else NotificationState(state),
            channel=channel,
            alert_id=alert,
            before=read_cursor(cursor),
            limit=limit + 1,
        )
    )
    more = write_cursor(found[limit - 1].id) if len(found) > limit else None
    return Page(items=[DeliveryOut(**_facts(item)) for item in found[:limit]], next=more)


@router.get("/deliveries/{number}", responses=READING)
async def show_delivery(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> DeliveryWhole:
    """Gives a notification with every attempt, and what it tells."""
    found = await site_of(request).database.reading(partial(delivery, number=number))
    if found is None:
        raise NotFoundError(f"There is no delivery {number}.")
    tries = [
        AttemptOut(
            number=attempt.number,
            started_at=attempt.started_at,
            duration_ms=attempt.duration_ms,
            outcome=attempt.outcome.value,
            status=attempt.status,
            response=attempt.response,
            error=attempt.error,
        )
        for attempt in found.attempts
    ]
    return DeliveryWhole(**_facts(found.facts), tries=tries, payload=found.payload)


@router.post("/deliveries/{number}/retry", status_code=202, response_class=Response, responses=WRITING)
async def retry(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> Response:
    """Sends a notification again that was given up or suppressed, or sends one now that waits; under the same id."""
    site = site_of(request)
    queued = await site.database.writing(partial(send_again, number=number, now=site.now()))
    if queued is None:
        raise NotFoundError(f"There is no delivery {number}.")
    if not queued:
        raise InvalidError("What has been sent, or is on its way, is not sent again.")
    site.hints.wake()
    return Response(status_code=202)


@router.post("/deliveries/retry", status_code=202, responses=WRITING)
async def retry_all(
    request: Request, _caller: WriteCaller, wanted: RetryIn, _key: IdempotencyKey = None
) -> RetryOut:
    """Sends everything again that was given up, on one channel or on all, each under the same id."""
    site = site_of(request)
    queued = await site.database.writing(partial(send_dead_again, channel=wanted.channel, now=site.now()))
    site.hints.wake()
    return RetryOut(queued=queued)


@router.get("/channels", responses=READING)
async def list_channels(
    request: Request, _caller: ReadCaller, _known: IfNoneMatch = None
) -> list[ChannelOut]:
    """Gives the channels, by name, and how each fares. Their secrets stay in the settings file."""
    found = await site_of(request).database.reading(list_of_channels)
    return [
        ChannelOut(
            id=channel.id,
            name=channel.name,
            type=channel.type,
            send=channel.send,
            active=channel.active,
            disabled_reason=channel.disabled_reason,
            failing_since=channel.failing_since,
            failures=channel.failures,
            rests_until=channel.rests_until,
            fallback=channel.fallback,
            unsubscribed=list(channel.unsubscribed),
        )
        for channel in found
    ]


@router.post("/channels/{number}/enable", status_code=204, responses=WRITING)
async def enable(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> Response:
    """Switches a channel on again that was switched off for failing; what is queued for it is then sent."""
    site = site_of(request)
    if not await site.database.writing(partial(switch_on, channel_id=number)):
        raise NotFoundError(f"There is no channel {number}.")
    site.hints.wake()
    return Response(status_code=204)


@router.delete("/channels/{number}/unsubscriptions", status_code=204, responses=WRITING)
async def resubscribe(
    request: Request,
    _caller: WriteCaller,
    number: Number,
    address: Annotated[Line, Query(description="The recipient.", examples=["leila@press.example"])],
) -> Response:
    """Takes a recipient's unsubscription back."""
    if not await site_of(request).database.writing(
        partial(take_back_unsubscription, channel_id=number, address=address)
    ):
        raise NotFoundError(f"{address} has not unsubscribed from channel {number}.")
    return Response(status_code=204)


@router.post("/channels/{number}/test", responses=WRITING)
async def try_channel(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> TestOut:
    """Sends a test message on a channel; says what each step gave."""
    site = site_of(request)
    row = await site.database.reading(lambda session: session.get(Channel, number))
    if row is None:
        raise NotFoundError(f"There is no channel {number}.")
    steps = [step async for step in trial_steps(site.settings, row.name, now=site.now())]
    return TestOut(
        sent=steps[-1].ok,
        steps=[
            StepOut(step=step.name, ok=step.ok, words=step.words, ms=round(1000 * step.seconds))
            for step in steps
        ],
    )


def _facts(item: ListedDelivery) -> dict[str, Any]:
    return {
        "id": item.id,
        "uid": item.uid,
        "channel": item.channel,
        "kind": item.kind,
        "state": item.state.value,
        "alert": item.alert_id,
        "digest": item.digest_id,
        "attempts": item.attempts,
        "created_at": item.created_at,
        "due_at": item.due_at,
        "sent_at": item.sent_at,
        "last_error": item.last_error,
    }
