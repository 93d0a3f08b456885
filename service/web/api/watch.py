"""Watch lists: their facts."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.actions.errors import NotFoundError
from service.watching import remove
from service.watching.saving import ListFacts, make_list, save_facts
from service.web.api.callers import (
    READING,
    WRITING,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    ReadCaller,
    WriteCaller,
)
from service.web.api.problems import documented, problem
from service.web.api.routing import ApiRoute, etag_of
from service.web.api.shapes.watch import FeedsOut, WatchChange, WatchIn, WatchOut
from service.web.feed_links import feed_links
from service.web.numbers import Number
from service.web.site import Site, site_of
from storage.stores.watch.watch_lists import Size, WatchFacts, sizes, watch_facts
from storage.tables import AlertPolicy

router = APIRouter(route_class=ApiRoute, tags=["watch lists"])


@router.get("/watch-lists", responses=READING)
async def list_watch_lists(
    request: Request, _caller: ReadCaller, _known: IfNoneMatch = None
) -> list[WatchOut]:
    """Gives the watch lists, by name."""

    def read(session: Session) -> list[WatchOut]:
        counts = sizes(session)
        return [_shape(facts, counts.get(facts.id, Size(0, 0))) for facts in watch_facts(session)]

    return await site_of(request).database.reading(read)


@router.post("/watch-lists", status_code=201, responses=WRITING)
async def add_watch_list(
    request: Request, response: Response, _caller: WriteCaller, wanted: WatchIn, _key: IdempotencyKey = None
) -> WatchOut:
    """Makes a watch list that tracks nothing yet."""
    site = site_of(request)
    await site.database.writing(
        partial(
            make_list,
            name=wanted.name,
            wanted=ListFacts(wanted.channels, wanted.languages, AlertPolicy(wanted.alert)),
            now=site.now(),
        )
    )
    facts = await site.database.reading(partial(_named, name=wanted.name))
    response.headers["Location"] = f"/api/v1/watch-lists/{facts.id}"
    return facts


@router.get("/watch-lists/{number}", responses=READING)
async def show_watch_list(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> WatchOut:
    """Gives one watch list."""
    return await site_of(request).database.reading(partial(watch_out, number=number))


@router.patch("/watch-lists/{number}", responses={**WRITING, **documented(412)})
async def change_watch_list(
    request: Request, _caller: WriteCaller, number: Number, wanted: WatchChange, expected: IfMatch = None
) -> WatchOut:
    """Changes a list's channels, languages or policy; what is left out stays."""
    site = site_of(request)
    present = await site.database.reading(partial(watch_out, number=number))
    if expected is not None and expected != "*" and expected != etag_of(present.model_dump_json().encode()):
        return problem(412, "It was edited meanwhile: read it again, and send the change once more.")  # type: ignore[return-value]
    await site.database.writing(
        partial(
            save_facts,
            name=present.name,
            wanted=ListFacts(
                present.channels if wanted.channels is None else wanted.channels,
                present.languages if wanted.languages is None else wanted.languages,
                AlertPolicy(wanted.alert or present.alert),
            ),
            now=site.now(),
        )
    )
    return await site.database.reading(partial(watch_out, number=number))


@router.delete("/watch-lists/{number}", status_code=204, responses=WRITING)
async def remove_watch_list(request: Request, _caller: WriteCaller, number: Number) -> Response:
    """Removes a list with all that it tracks. Its alerts stay."""
    site = site_of(request)
    facts = await facts_numbered(site, number)
    await site.database.writing(partial(remove, name=facts.name, now=site.now()))
    return Response(status_code=204)


@router.get("/watch-lists/{number}/feeds", responses=READING)
async def show_feeds(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> FeedsOut:
    """Gives the addresses of a list's feeds out. Whoever has one may read it."""
    site = site_of(request)
    facts = await facts_numbered(site, number)
    links = await feed_links(request, facts)
    return FeedsOut(atom=links.atom, json=links.json)


async def facts_numbered(site: Site, number: int) -> WatchFacts:
    """Gives the facts of a list. Raises `NotFoundError`."""
    return await site.database.reading(partial(_facts, number=number))


def watch_out(session: Session, number: int) -> WatchOut:
    """Gives a list as the API tells it. Raises `NotFoundError`."""
    facts = _facts(session, number)
    return _shape(facts, sizes(session, only=[facts.id]).get(facts.id, Size(0, 0)))


def _facts(session: Session, number: int) -> WatchFacts:
    for facts in watch_facts(session):
        if facts.id == number:
            return facts
    raise NotFoundError(f"There is no watch list {number}.")


def _named(session: Session, name: str) -> WatchOut:
    facts = next(facts for facts in watch_facts(session) if facts.name == name)
    return _shape(facts, Size(0, 0))


def _shape(facts: WatchFacts, size: Size) -> WatchOut:
    return WatchOut(
        id=facts.id,
        name=facts.name,
        channels=list(facts.channels),
        languages=list(facts.languages),
        alert="story" if facts.alert is AlertPolicy.STORY else "article",
        provisioned=facts.provisioned,
        actors=size.actors,
        topics=size.topics,
    )
