"""New alerts as they come: server-sent events. The page follows them too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from service.web.access import is_still_caller
from service.web.api.alerts import alert_line
from service.web.api.callers import ReadCaller
from service.web.api.problems import documented
from service.web.numbers import LARGEST, read_number
from service.web.site import Site, site_of
from storage.stores.alerts.alert_pages import ListedAlert, alerts_after, newest_alert_id

router = APIRouter(tags=["alerts"])

AT_ONCE = 100
ASKED_EVERY = 0.8
"""Seconds: so soon a stream ends after its token was revoked or its user removed, by whichever process."""
QUIET = 15.0
"""Seconds after which a comment is sent, so that proxies keep the connection."""


@router.get(
    "/alerts/stream",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events called `alert`: the id is the alert's, the data an alert as in the list, as JSON.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **documented(401, 403, 422),
    },
)
async def follow(
    request: Request,
    _caller: ReadCaller,
    after: Annotated[
        int | None, Query(ge=0, le=LARGEST, description="An alert's number: those after it come first.")
    ] = None,
    last: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            max_length=100,
            description="The last event that you had: those after it come first.",
        ),
    ] = None,
) -> StreamingResponse:
    """Return new alerts as they come, and first those after `Last-Event-ID`."""
    site = site_of(request)
    start = read_number(last or "")
    start = after if start is None else start
    if start is None:
        start = await site.database.reading(newest_alert_id)
    return StreamingResponse(
        _events(site, start, partial(is_still_caller, request, "read")),
        media_type="text/event-stream",
        headers={"X-Accel-Buffering": "no"},
    )


async def _events(site: Site, after: int, may_go_on: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
    """Give new alerts, until the service stops or whoever reads may no longer."""
    tick = site.hints.register()
    loop = asyncio.get_running_loop()
    tick.set()
    try:
        yield "retry: 2000\n\n"
        quiet = loop.time()
        while not site.stopping.is_set() and await may_go_on():
            found: list[ListedAlert] = []
            if tick.is_set():
                tick.clear()
                found = await site.database.reading(alerts_after, after=after, limit=AT_ONCE)
            for alert in found:
                after = alert.id
                yield f"id: {alert.id}\nevent: alert\ndata: {alert_line(alert).model_dump_json()}\n\n"
            if found:
                quiet = loop.time()
            elif loop.time() - quiet > QUIET:
                quiet = loop.time()
                yield ": nothing new\n\n"
            await first_of(tick, site.stopping, seconds=ASKED_EVERY)
    finally:
        site.hints.forget(tick)


async def first_of(*events: asyncio.Event, seconds: float | None = None) -> None:
    """Wait for the first of these, at most so long; no task of it is left, also where the reader leaves meanwhile."""
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED, timeout=seconds)
    finally:
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
