"""Channels: where alerts go, how each fares, which watch lists use it, and a real test."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.delivery.channels.base import TrialStep
from service.actions.errors import NotFoundError
from service.channels import trial_steps
from service.web.access import Caller, EditorForm, Reader
from service.web.numbers import Number
from service.web.render import render
from service.web.site import site_of
from storage.stores.outbox.channels import (
    ListedChannel,
    list_of_channels,
    switch_on,
    take_back_unsubscription,
)
from storage.stores.watch.watch_lists import watch_facts
from storage.tables import Channel

router = APIRouter(include_in_schema=False)


@router.get("/channels")
async def list_channels(request: Request, caller: Reader) -> Response:
    """The channels."""
    return await _page(request, caller)


@router.post("/channels/{number}/test")
async def test(request: Request, caller: Reader, _form: EditorForm, number: Number) -> Response:
    """Sends a test message; says what each step gave."""
    site = site_of(request)
    row = await site.database.reading(lambda session: session.get(Channel, number))
    if row is None:
        raise NotFoundError(f"There is no channel {number}.")
    steps = [step async for step in trial_steps(site.settings, row.name, now=site.now())]
    return await _page(request, caller, tested=row.name, steps=steps)


@router.post("/channels/{number}/enable")
async def enable(request: Request, _form: EditorForm, number: Number) -> Response:
    """Switches a channel on again that was switched off for failing; what is queued for it is then sent."""
    site = site_of(request)
    if not await site.database.writing(partial(switch_on, channel_id=number)):
        raise NotFoundError(f"There is no channel {number}.")
    site.hints.wake()
    return RedirectResponse("/channels", 303)


@router.post("/channels/{number}/resubscribe")
async def resubscribe(request: Request, form: EditorForm, number: Number) -> Response:
    """Takes a recipient's unsubscription back."""
    address = form.text("address")
    if not await site_of(request).database.writing(
        partial(take_back_unsubscription, channel_id=number, address=address)
    ):
        raise NotFoundError(f"{address} has not unsubscribed from channel {number}.")
    return RedirectResponse("/channels", 303)


async def _page(
    request: Request, caller: Caller, *, tested: str | None = None, steps: Sequence[TrialStep] = ()
) -> Response:
    site = site_of(request)

    def read(session: Session) -> tuple[list[ListedChannel], Mapping[str, list[str]]]:
        uses = defaultdict(list)
        for facts in watch_facts(session):
            for name in facts.channels:
                uses[name].append(facts.name)
        return list_of_channels(session), uses

    rows, uses = await site.database.reading(read)
    return render(
        request,
        "channels.html",
        caller,
        channels=rows,
        uses=uses,
        settings_file=site.settings_file,
        tested=tested,
        steps=steps,
    )
