"""Channels: how they fare, what kinds there are; made, changed, tried, paused, removed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from service.actions.channel_edits import (
    ShownChannel,
    change_channel,
    channel_edited,
    make_channel,
    pause_channel,
    remove_channel,
    resume_channel,
)
from service.actions.channel_kinds import channel_kinds
from service.actions.channel_trials import send_test
from service.actions.channels import channel_shown, resubscribe, unsubscribe
from service.channels import destinations
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.channels import (
    ChannelChange,
    ChannelIn,
    ChannelKindOut,
    ChannelOut,
    ChannelSettingsOut,
    StepOut,
    TestOut,
)
from service.web.api.shapes.common import Line, ListPage, WholeList, whole
from service.web.asking import asker_of
from service.web.numbers import Number
from service.web.site import site_of
from storage.stores.outbox.channels import ListedChannel, list_of_channels
from storage.stores.outbox.own_channels import OwnChannel, own_channels

router = APIRouter(route_class=ApiRoute, tags=["channels"])


@router.get("/channels", responses=READING, response_model=ListPage[ChannelOut])
async def list_channels(request: Request, _caller: ReadCaller, _known: IfNoneMatch = None) -> WholeList:
    """Return the channels, by name, how each fares, and where it sends to. Secrets are never shown."""
    site = site_of(request)

    def read(session: Session) -> tuple[list[ListedChannel], list[OwnChannel]]:
        return list_of_channels(session), own_channels(session)

    rows, own = await site.database.reading(read)
    goes_to = destinations(site.settings, own)
    return whole(
        [{**asdict(row), "paused": row.paused, "goes_to": goes_to.get(row.name, "")} for row in rows]
    )


@router.post("/channels/{number}/enable", status_code=204, responses=WRITING)
async def enable(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> Response:
    """Switch a channel on again that was paused, or switched off for failing; what is queued for it is then sent."""
    site = site_of(request)
    await site.database.writing(resume_channel, which=number)
    site.hints.wake()
    return Response(status_code=204)


@router.put("/channels/{number}/unsubscriptions", status_code=204, responses=WRITING)
async def stop_mail(
    request: Request,
    _caller: WriteCaller,
    number: Number,
    address: Annotated[Line, Query(description="The recipient.", examples=["leila@press.example"])],
) -> Response:
    """Send a recipient no more mail of a channel, as the link in its mails does."""
    site = site_of(request)
    await site.database.writing(unsubscribe, which=number, address=address, now=site.now())
    return Response(status_code=204)


@router.delete("/channels/{number}/unsubscriptions", status_code=204, responses=WRITING)
async def take_back(
    request: Request,
    _caller: WriteCaller,
    number: Number,
    address: Annotated[Line, Query(description="The recipient.", examples=["leila@press.example"])],
) -> Response:
    """Take a recipient's unsubscription back."""
    await site_of(request).database.writing(resubscribe, which=number, address=address)
    return Response(status_code=204)


@router.post("/channels/{number}/test", responses=WRITING)
async def try_channel(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> TestOut:
    """Send a test message on a channel; return what each step gave."""
    site = site_of(request)
    channel = await site.database.reading(channel_shown, which=number)
    steps = await send_test(site.database, site.settings, channel.name, now=site.now())
    return TestOut(
        sent=steps[-1].ok,
        steps=[
            StepOut(step=step.name, ok=step.ok, words=step.words, ms=round(1000 * step.seconds))
            for step in steps
        ],
    )


@router.get("/channels/types", responses=READING, response_model=ListPage[ChannelKindOut])
async def list_kinds(_caller: ReadCaller, _known: IfNoneMatch = None) -> WholeList:
    """Return the types of channels that can be made here, and the keys of each."""
    return whole([asdict(kind) for kind in channel_kinds()])


@router.post("/channels", status_code=201, responses=WRITING)
async def make(
    request: Request, caller: WriteCaller, wanted: ChannelIn, _key: IdempotencyKey = None
) -> ChannelSettingsOut:
    """Make a channel."""
    site = site_of(request)
    made = await site.database.writing(
        make_channel,
        name=wanted.name,
        kind=wanted.type,
        keys=wanted.settings,
        asker=asker_of(site, caller),
        now=site.now(),
    )
    site.hints.wake()
    return _settings(made)


@router.get("/channels/{number}/settings", responses=READING)
async def show_settings(
    request: Request, _caller: WriteCaller, number: Number, _known: IfNoneMatch = None
) -> ChannelSettingsOut:
    """Return the settings of a channel that can be edited, with `***` for each secret."""
    return _settings(await site_of(request).database.reading(channel_edited, which=number))


@router.patch("/channels/{number}/settings", responses=WRITING)
async def change(
    request: Request, caller: WriteCaller, number: Number, wanted: ChannelChange
) -> ChannelSettingsOut:
    """Change what is given of a channel's settings; null takes a key's value away, `***` keeps a secret."""
    site = site_of(request)
    changed = await site.database.writing(
        change_channel,
        which=number,
        keys=wanted.settings,
        name=wanted.name,
        asker=asker_of(site, caller),
        now=site.now(),
    )
    site.hints.wake()
    return _settings(changed)


@router.post("/channels/{number}/pause", status_code=204, responses=WRITING)
async def pause(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> Response:
    """Send nothing on a channel until it is switched on again; what comes for it is queued."""
    await site_of(request).database.writing(pause_channel, which=number)
    return Response(status_code=204)


@router.delete("/channels/{number}", status_code=204, responses=WRITING)
async def remove(request: Request, _caller: WriteCaller, number: Number) -> Response:
    """Remove a channel, with its deliveries and its place in watch lists."""
    site = site_of(request)
    await site.database.writing(remove_channel, which=number, now=site.now())
    return Response(status_code=204)


def _settings(shown: ShownChannel) -> ChannelSettingsOut:
    return ChannelSettingsOut(id=shown.id, name=shown.name, type=shown.kind.type, settings=dict(shown.keys))
