"""Channels: where alerts go, how each fares, which watch lists use it, and a real test. `channel_edit` makes and changes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.delivery.channels import channel_plugins
from alerts.delivery.channels.base import TrialStep
from service.actions.channel_edits import resume_channel
from service.actions.channel_trials import send_test
from service.actions.channels import channel_shown, resubscribe
from service.channels import destinations
from service.web.access import Caller, EditorForm, Reader
from service.web.numbers import Number
from service.web.render import render
from service.web.site import site_of
from storage.stores.outbox.channels import ListedChannel, list_of_channels
from storage.stores.outbox.own_channels import OwnChannel, own_channels
from storage.stores.watch.watch_lists import watch_facts

router = APIRouter(include_in_schema=False)


@router.get("/channels")
async def list_channels(request: Request, caller: Reader) -> Response:
    """The channels."""
    return await _page(request, caller)


@router.post("/channels/{number}/test")
async def test(request: Request, caller: Reader, _form: EditorForm, number: Number) -> Response:
    """Send a test message; show what each step gave."""
    site = site_of(request)
    channel = await site.database.reading(channel_shown, which=number)
    steps = await send_test(site.database, site.settings, channel.name, now=site.now())
    return await _page(request, caller, tested=channel.name, steps=steps)


@router.post("/channels/{number}/enable")
async def enable(request: Request, _form: EditorForm, number: Number) -> Response:
    """Switch a channel on again that was paused, or switched off for failing; what is queued for it is then sent."""
    site = site_of(request)
    await site.database.writing(resume_channel, which=number)
    site.hints.wake()
    return RedirectResponse("/channels", 303)


@router.post("/channels/{number}/resubscribe")
async def take_back(request: Request, form: EditorForm, number: Number) -> Response:
    """Take a recipient's unsubscription back."""
    await site_of(request).database.writing(resubscribe, which=number, address=form.text("address"))
    return RedirectResponse("/channels", 303)


async def _page(
    request: Request, caller: Caller, *, tested: str | None = None, steps: Sequence[TrialStep] = ()
) -> Response:
    site = site_of(request)

    def read(session: Session) -> tuple[list[ListedChannel], Mapping[str, list[str]], list[OwnChannel]]:
        uses = defaultdict(list)
        for facts in watch_facts(session):
            for name in facts.channels:
                uses[name].append(facts.name)
        return list_of_channels(session), uses, own_channels(session)

    rows, uses, own = await site.database.reading(read)
    return render(
        request,
        "channels.html",
        caller,
        channels=rows,
        uses=uses,
        goes_to=destinations(site.settings, own),
        titles={name: plugin.title or name for name, plugin in channel_plugins().items()},
        settings_file=site.settings_file,
        tested=tested,
        steps=steps,
    )
