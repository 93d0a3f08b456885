"""Subscriptions of the user whose token it is."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request, Response

from service.actions.subscriptions import (
    change_subscription,
    end_subscription,
    own_subscriptions,
    pause_subscription,
    resume_subscription,
    subscribe,
)
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import ListPage, WholeList, whole
from service.web.api.shapes.subscriptions import SubscriptionIn, SubscriptionOut
from service.web.asking import asker_of
from service.web.numbers import Number
from service.web.site import site_of

router = APIRouter(route_class=ApiRoute, tags=["subscriptions"])


@router.get("/subscriptions", responses=READING, response_model=ListPage[SubscriptionOut])
async def list_subscriptions(request: Request, _caller: ReadCaller, _known: IfNoneMatch = None) -> WholeList:
    """Return one's own subscriptions. The token must be a user's. Secrets are never shown."""
    found = await site_of(request).database.reading(own_subscriptions)
    return whole([asdict(each) for each in found])


@router.post("/subscriptions", status_code=201, responses=WRITING)
async def add_subscription(
    request: Request,
    response: Response,
    caller: ReadCaller,
    wanted: SubscriptionIn,
    _key: IdempotencyKey = None,
) -> SubscriptionOut:
    """Have the alerts of lists sent to oneself."""
    site = site_of(request)
    made = await site.database.writing(subscribe, wanted=wanted, asker=asker_of(site, caller), now=site.now())
    site.hints.wake()
    response.headers["Location"] = f"/api/v1/subscriptions/{made.id}"
    return SubscriptionOut.model_validate(asdict(made))


@router.patch("/subscriptions/{number}", responses=WRITING)
async def edit_subscription(
    request: Request, caller: ReadCaller, number: Number, wanted: SubscriptionIn
) -> SubscriptionOut:
    """Change what is given of a subscription; of `keys`, what is left out stays."""
    site = site_of(request)
    asker = asker_of(site, caller)
    made = await site.database.writing(
        change_subscription, number=number, wanted=wanted, asker=asker, now=site.now()
    )
    site.hints.wake()
    return SubscriptionOut.model_validate(asdict(made))


@router.post("/subscriptions/{number}/pause", status_code=204, responses=WRITING)
async def stop(
    request: Request, _caller: ReadCaller, number: Number, _key: IdempotencyKey = None
) -> Response:
    """Send nothing until it is resumed; what comes meanwhile waits."""
    await site_of(request).database.writing(pause_subscription, number=number)
    return Response(status_code=204)


@router.post("/subscriptions/{number}/resume", status_code=204, responses=WRITING)
async def go_on(
    request: Request, _caller: ReadCaller, number: Number, _key: IdempotencyKey = None
) -> Response:
    """Send again, and what waited."""
    site = site_of(request)
    await site.database.writing(resume_subscription, number=number)
    site.hints.wake()
    return Response(status_code=204)


@router.delete("/subscriptions/{number}", status_code=204, responses=WRITING)
async def end(request: Request, _caller: ReadCaller, number: Number) -> Response:
    """End a subscription; what waits of it is not sent."""
    site = site_of(request)
    await site.database.writing(end_subscription, number=number, now=site.now())
    return Response(status_code=204)
