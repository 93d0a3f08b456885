"""What watch lists track: actors and topics, checking queries, trying drafts, alerts from the archive."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from functools import partial
from io import BytesIO
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator

from service.actions import actors as actor_actions
from service.actions import topics as topic_actions
from service.actions.backfill import BackfillReport, backfill
from service.actions.errors import InvalidError, NotFoundError
from service.actions.imports import ImportReport
from service.actions.previews import preview, preview_proposals, preview_stored
from service.actions.proposals import apply_proposal, in_words
from service.actions.saved import Saved, save_off_loop
from service.actions.suggestions import ask_wikidata, look_up, proposed
from service.actions.topics import check_query
from service.actions.trials import Trial
from service.actions.why import explain_article
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import (
    Cursor,
    Filter,
    Limit,
    Line,
    ListPage,
    WholeList,
    read_cursor,
    storable,
    takes_file,
    whole,
    write_cursor,
)
from service.web.api.shapes.watch import (
    ActorIn,
    ActorShape,
    BackfillIn,
    BackfillOut,
    DraftIn,
    ImportOut,
    ProposalIn,
    ProposalOut,
    QueryChecked,
    QueryIn,
    SpellingsOut,
    TopicIn,
    TopicShape,
    TrialOut,
    WarningsOut,
    WhyOut,
)
from service.web.numbers import Number
from service.web.site import site_of
from service.web.uploads import import_file
from service.wikidata import WikidataError
from storage.language import N_
from storage.tables import AlertPolicy

router = APIRouter(route_class=ApiRoute, tags=["watch lists"])

Named = Annotated[Line, Query(description="Its name.")]
Old = Annotated[Line | None, Query(description="Its name so far, where this renames it.")]
SAVING: dict[int | str, dict[str, Any]] = {
    **WRITING,
    200: {"model": WarningsOut, "description": N_("Saved, with warnings.")},
    204: {"description": "Saved."},
}


@router.get("/watch-lists/{number}/actors", responses=READING, response_model=ListPage[ActorShape])
async def list_actors(
    request: Request,
    _caller: ReadCaller,
    number: Number,
    search: Annotated[str, Query(max_length=200, description="Something that one of the names holds.")] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
    _known: IfNoneMatch = None,
) -> dict[str, object]:
    """Return the actors of a list in the order they came."""
    read = partial(
        actor_actions.page_of_actors,
        which=number,
        search=search,
        after=read_cursor(cursor) or 0,
        limit=limit,
    )
    found = await site_of(request).database.reading(read)
    return {"items": found.actors, "next": None if found.more is None else write_cursor(found.more)}


@router.put("/watch-lists/{number}/actors", status_code=204, responses=SAVING)
async def put_actor(
    request: Request, _caller: WriteCaller, number: Number, actor: ActorIn, old: Old = None
) -> Response:
    """Put an actor into a list; one of the same name is replaced."""
    site = site_of(request)
    edit = partial(actor_actions.put_actor, which=number, actor=actor, old=old, now=site.now())
    return _answer(await save_off_loop(site.database, edit))


@router.delete("/watch-lists/{number}/actors", status_code=204, responses=WRITING)
async def drop_actor(request: Request, _caller: WriteCaller, number: Number, name: Named) -> Response:
    """Remove an actor from a list."""
    site = site_of(request)
    drop = partial(actor_actions.remove_actors, which=number, names=[name], now=site.now())
    await site.database.writing(drop)
    return Response(status_code=204)


@router.get("/watch-lists/{number}/spellings", responses=READING, response_model=SpellingsOut)
async def propose_spellings(
    request: Request, _caller: ReadCaller, number: Number, name: Named
) -> dict[str, object]:
    """Propose spellings of a name, with where each is from. Nothing is added."""
    site = site_of(request)
    asked = await site.database.reading(look_up, name=name, watch=number)
    try:
        named, warnings = await ask_wikidata(site.settings, asked), []
    except WikidataError as error:
        named, warnings = [], [str(error)]
    return {"spellings": proposed(asked, named), "warnings": warnings}


@router.get("/watch-lists/{number}/proposals", responses=READING, response_model=ListPage[ProposalOut])
async def show_proposals(request: Request, _caller: ReadCaller, number: Number) -> WholeList:
    """Return the changes of a list that its dismissed alerts suggest, with the effect of each; nothing is changed."""
    site = site_of(request)
    async with site.trials:
        found = await preview_proposals(site.pool, site.database, number)
    return whole([{**asdict(each), "change": in_words(each)} for each in found])


@router.post("/watch-lists/{number}/proposals", status_code=204, responses=SAVING)
async def make_proposed(
    request: Request, _caller: WriteCaller, number: Number, wanted: ProposalIn
) -> Response:
    """Make a change that was proposed."""
    site = site_of(request)
    change = partial(
        apply_proposal,
        which=number,
        kind=wanted.kind,
        actor=wanted.actor,
        terms=wanted.terms,
        now=site.now(),
    )
    return _answer(await save_off_loop(site.database, change))


@router.get("/watch-lists/{number}/topics", responses=READING, response_model=ListPage[TopicShape])
async def list_topics(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> WholeList:
    """Return the topics of a list."""
    return whole(await site_of(request).database.reading(topic_actions.list_topics, which=number))


@router.put("/watch-lists/{number}/topics", status_code=204, responses=SAVING)
async def put_topic(
    request: Request, _caller: WriteCaller, number: Number, topic: TopicIn, old: Old = None
) -> Response:
    """Put a topic into a list; one of the same name is replaced."""
    site = site_of(request)
    edit = partial(topic_actions.put_topic, which=number, topic=topic, old=old, now=site.now())
    return _answer(await save_off_loop(site.database, edit))


@router.delete("/watch-lists/{number}/topics", status_code=204, responses=WRITING)
async def drop_topic(request: Request, _caller: WriteCaller, number: Number, name: Named) -> Response:
    """Remove a topic from a list."""
    site = site_of(request)
    drop = partial(topic_actions.remove_topics, which=number, names=[name], now=site.now())
    await site.database.writing(drop)
    return Response(status_code=204)


@router.post("/watch-lists/{number}/backfill", responses=WRITING, response_model=BackfillOut)
async def make_alerts(
    request: Request, _caller: WriteCaller, number: Number, wanted: BackfillIn, _key: IdempotencyKey = None
) -> BackfillReport:
    """Make the alerts that a list would have made in the last days. No notifications are sent; running it again is safe."""
    site = site_of(request)
    async with site.trials:
        report = await asyncio.to_thread(
            backfill, site.database, number, days=wanted.days, send=False, now=site.now()
        )
    site.trends.forget()
    return report


@router.post(
    "/watch-lists/{number}/import",
    responses=WRITING,
    response_model=ImportOut,
    openapi_extra=takes_file(
        "A CSV file or Excel spreadsheet (XLSX) with a header (`name`; `aliases` separated by `;`; also in French, Spanish or "
        "Arabic), or FollowTheMoney JSON lines.",
        "name,aliases\nLeila Benali,ليلى بنعلي; L. Benali\n",
    ),
)
async def import_actors(
    request: Request,
    _caller: WriteCaller,
    number: Number,
    dry_run: Annotated[
        bool, Query(description="Save nothing; say in `rows` what would become of each row.")
    ] = False,
    _key: IdempotencyKey = None,
) -> ImportReport:
    """Add the people and organisations of a file to a list. The same file again changes nothing."""
    return await import_file(site_of(request), number, BytesIO(await request.body()), dry_run=dry_run)


@router.post("/watch-lists/{number}/preview", responses=WRITING, response_model=TrialOut)
async def try_stored_list(request: Request, _caller: ReadCaller, number: Number) -> Trial:
    """Try a whole stored list on the newest articles of the last 30 days."""
    site = site_of(request)
    async with site.trials:
        return await preview_stored(site.pool, site.database, number, now=site.now())


@router.get("/why", responses=READING, response_model=WhyOut)
async def why(
    request: Request,
    _caller: ReadCaller,
    article: Annotated[
        str,
        Query(max_length=2_000, description="An article's number or address.", examples=["41"]),
        AfterValidator(storable),
    ],
    watch_list: Filter = None,
    limit: Limit = 50,
    _known: IfNoneMatch = None,
) -> dict[str, object]:
    """Explain why an article matches, or doesn't, clause by clause: of one list, or of all. What matches comes first."""
    try:
        found = await site_of(request).database.reading(explain_article, article=article, watch=watch_list)
    except NotFoundError as error:  # a parameter names it, not the path
        raise InvalidError(str(error), key=error.key) from error
    ordered = sorted(found.explanations, key=lambda item: not item.true)
    return {
        "article": found.article.id,
        "title": found.article.title,
        "url": found.article.url,
        "considered": len(ordered),
        "explanations": ordered[:limit],
    }


@router.post("/queries/check", responses=WRITING, response_model=QueryChecked)
async def check(_caller: ReadCaller, wanted: QueryIn) -> dict[str, object]:
    """Return what is wrong with a query, where, and what it is warned of. A token with the scope `read` is enough."""
    fault, warnings = check_query(wanted.query)
    return {"fault": fault, "warnings": warnings}


@router.post("/previews", responses=WRITING, response_model=TrialOut)
async def try_draft(request: Request, _caller: ReadCaller, draft: DraftIn) -> Trial:
    """Try a draft on the newest articles of the last 30 days. Nothing is stored."""
    site = site_of(request)
    policy = AlertPolicy(draft.alert)
    async with site.trials:
        return await preview(site.pool, site.database, draft.value(), policy, now=site.now())


def _answer(saved: Saved) -> Response:
    if not saved.warnings:
        return Response(status_code=204)
    return JSONResponse({"warnings": list(saved.warnings)})
