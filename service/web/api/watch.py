"""Watch lists: who is notified, and what makes them alert."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response

from service.actions import watch_lists
from service.actions.list_access import access_shown, lists_to_take_over, share, take_over
from service.actions.lookup import CountedList, counted_list, counted_lists, find_list
from service.actions.saved import Saved, save_off_loop
from service.web.api.callers import (
    READING,
    WRITING,
    AdminCaller,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    ReadCaller,
    WriteCaller,
)
from service.web.api.problems import documented, problem
from service.web.api.routing import ApiRoute, etag_of
from service.web.api.shapes.common import ListPage, WholeList, whole
from service.web.api.shapes.watch import (
    AccessIn,
    AccessOut,
    CopyIn,
    FeedsOut,
    PrivateOut,
    RouteOut,
    WatchIn,
    WatchListPatch,
    WatchOut,
    WatchSaved,
)
from service.web.feed_links import feed_links
from service.web.numbers import Number
from service.web.site import Site, site_of
from storage.language import _
from storage.units import format_duration

router = APIRouter(route_class=ApiRoute, tags=["watch lists"])


@router.get("/watch-lists", responses=READING)
async def list_watch_lists(
    request: Request, _caller: ReadCaller, _known: IfNoneMatch = None
) -> ListPage[WatchOut]:
    """Return the watch lists, by name."""
    found = await site_of(request).database.reading(counted_lists)
    return ListPage(items=list(map(_shape, found)), next=None)


@router.post("/watch-lists", status_code=201, responses=WRITING)
async def add_watch_list(
    request: Request, response: Response, _caller: WriteCaller, wanted: WatchIn, _key: IdempotencyKey = None
) -> WatchSaved:
    """Make a watch list that tracks nothing yet."""
    site = site_of(request)
    edit = partial(
        watch_lists.make_list, name=wanted.name, wanted=wanted, private=wanted.private, now=site.now()
    )
    saved = await save_off_loop(site.database, edit)
    answer = await _saved(site, wanted.name, saved)
    response.headers["Location"] = f"/api/v1/watch-lists/{answer.id}"
    return answer


@router.get("/watch-lists/{number}", responses=READING)
async def show_watch_list(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> WatchOut:
    """Return one watch list."""
    return _shape(await site_of(request).database.reading(counted_list, which=number))


@router.patch("/watch-lists/{number}", responses={**WRITING, **documented(412)})
async def change_watch_list(
    request: Request, _caller: WriteCaller, number: Number, wanted: WatchListPatch, expected: IfMatch = None
) -> WatchSaved:
    """Change a list: its name, channels, languages, policy, thresholds, or whether it is paused. What is left out stays."""
    site = site_of(request)
    present = _shape(await site.database.reading(counted_list, which=number))
    if expected is not None and expected != "*" and expected != etag_of(present.model_dump_json().encode()):
        return problem(412, _("It was edited meanwhile: read it again, and send the change once more."))  # type: ignore[return-value]
    edit = partial(
        watch_lists.update,
        which=number,
        name=wanted.name,
        wanted=wanted,
        paused=wanted.paused,
        now=site.now(),
    )
    return await _saved(site, number, await save_off_loop(site.database, edit))


@router.post("/watch-lists/{number}/copy", status_code=201, responses=WRITING)
async def copy_watch_list(
    request: Request, _caller: WriteCaller, number: Number, wanted: CopyIn, _key: IdempotencyKey = None
) -> WatchSaved:
    """Copy a list, one of the settings file too, into one that can be edited."""
    site = site_of(request)
    edit = partial(watch_lists.copy, which=number, name=wanted.name, now=site.now())
    return await _saved(site, wanted.name, await save_off_loop(site.database, edit))


@router.delete("/watch-lists/{number}", status_code=204, responses=WRITING)
async def remove_watch_list(request: Request, _caller: WriteCaller, number: Number) -> Response:
    """Remove a list with all that it tracks. Its alerts stay."""
    site = site_of(request)
    await site.database.writing(watch_lists.remove, which=number, now=site.now())
    return Response(status_code=204)


@router.get("/watch-lists/{number}/feeds", responses=READING)
async def show_feeds(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> FeedsOut:
    """Return the addresses of a list's feeds out. Whoever has one may read it."""
    facts = await site_of(request).database.reading(find_list, which=number)
    links = await feed_links(request, facts)
    return FeedsOut(atom=links.atom, json=links.json)


@router.get("/watch-lists/{number}/access", responses=READING)
async def show_access(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> AccessOut:
    """Return who may see and change a list."""
    return AccessOut.model_validate(await site_of(request).database.reading(access_shown, which=number))


@router.put("/watch-lists/{number}/access", responses=WRITING)
async def set_access(request: Request, _caller: WriteCaller, number: Number, wanted: AccessIn) -> AccessOut:
    """Say who may see and change a list: its owner may, and of a list of the team's an admin."""
    site = site_of(request)
    shown = await site.database.writing(share, which=number, wanted=wanted, now=site.now())
    return AccessOut.model_validate(shown)


@router.get("/private-lists", responses=READING, response_model=ListPage[PrivateOut])
async def list_private_lists(request: Request, _caller: AdminCaller, _known: IfNoneMatch = None) -> WholeList:
    """Return the private lists, for admins: whose they are, and nothing of what is in them."""
    return whole(await site_of(request).database.reading(lists_to_take_over))


@router.post("/private-lists/{number}/take-over", responses=WRITING)
async def take_list_over(
    request: Request, _caller: AdminCaller, number: Number, _key: IdempotencyKey = None
) -> AccessOut:
    """Make a private list the admin's whose token this is. Who had it stays an editor; the audit says so."""
    site = site_of(request)
    name = await site.database.writing(take_over, number=number)
    return AccessOut.model_validate(await site.database.reading(access_shown, which=name))


async def _saved(site: Site, which: str | int, saved: Saved) -> WatchSaved:
    shape = _shape(await site.database.reading(counted_list, which=which))
    return WatchSaved(**dict(shape), warnings=list(saved.warnings))


def _shape(counted: CountedList) -> WatchOut:
    facts = counted.facts
    return WatchOut(
        id=facts.id,
        name=facts.name,
        channels=list(facts.channels),
        routes=[RouteOut(channel=route.channel, **route.conditions) for route in facts.routes],
        languages=list(facts.languages),
        alert=facts.alert.value,
        min_score=facts.min_score,
        update_interval=format_duration(facts.update_interval),
        spikes=facts.spikes,
        tags=list(facts.tags),
        paused=facts.paused,
        provisioned=facts.provisioned,
        private=facts.private,
        actors=counted.actors,
        topics=counted.topics,
    )
