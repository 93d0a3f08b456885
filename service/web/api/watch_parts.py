"""What watch lists track: actors and topics, checking queries, trying drafts, alerts from the archive."""

from __future__ import annotations

import asyncio
from functools import partial
from io import BytesIO
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator
from sqlmodel import Session

from alerts.errors import QueryError
from alerts.values import Clause, Topic, WatchList
from alerts.watchlists import to_actor
from crawler.pool import WorkFailedError
from service.actions.errors import InvalidError
from service.watching import Trial, backfill, explain_article, remove
from service.watching.previewing import preview, preview_stored
from service.watching.saving import check_actor, check_query, save_actor, save_topic
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import (
    Cursor,
    Filter,
    Limit,
    Line,
    Page,
    read_cursor,
    storable,
    takes_file,
    write_cursor,
)
from service.web.api.shapes.watch import (
    ActorShape,
    AliasShape,
    BackfillIn,
    BackfillOut,
    ClauseOut,
    DayCount,
    DraftIn,
    ExampleOut,
    ExplanationOut,
    ImportOut,
    PlaceOut,
    QueryChecked,
    QueryFault,
    QueryIn,
    RowFault,
    RuleOut,
    TopicShape,
    TrialOut,
    WhyOut,
)
from service.web.api.watch import facts_numbered
from service.web.numbers import Number
from service.web.site import site_of
from service.web.uploads import import_file
from storage.stores.watch.watch_lists import (
    WatchedActor,
    WatchedAlias,
    WatchedTopic,
    actors_named,
    stream_topics,
)
from storage.stores.watch.watch_pages import actor_page
from storage.tables import AlertPolicy

router = APIRouter(route_class=ApiRoute, tags=["watch lists"])

MOST_FAULTS = 1_000
"""Told of an import."""

Named = Annotated[Line, Query(description="Its name.")]


@router.get("/watch-lists/{number}/actors", responses=READING)
async def list_actors(
    request: Request,
    _caller: ReadCaller,
    number: Number,
    search: Annotated[str, Query(max_length=200, description="Something that one of the names holds.")] = "",
    cursor: Cursor = None,
    limit: Limit = 50,
    _known: IfNoneMatch = None,
) -> Page[ActorShape]:
    """Gives the actors of a list in the order they came."""
    site = site_of(request)
    facts = await facts_numbered(site, number)
    after = read_cursor(cursor) or 0

    def read(session: Session) -> Page[ActorShape]:
        found = actor_page(session, facts.id, search=search, after=after, limit=limit + 1)
        more = write_cursor(found[limit - 1].id) if len(found) > limit else None
        whole = {
            actor.name: actor for actor in actors_named(session, facts.id, [a.name for a in found[:limit]])
        }
        return Page(items=[_actor_out(whole[actor.name]) for actor in found[:limit]], next=more)

    return await site.database.reading(read)


@router.put("/watch-lists/{number}/actors", status_code=204, responses=WRITING)
async def put_actor(request: Request, _caller: WriteCaller, number: Number, actor: ActorShape) -> Response:
    """Puts an actor into a list; one of the same name is replaced."""
    site = site_of(request)
    facts = await facts_numbered(site, number)
    wanted = _actor_in(actor)
    await site.database.writing(
        lambda session: save_actor(
            session,
            facts.name,
            wanted,
            old=wanted.name if actors_named(session, facts.id, [wanted.name]) else None,
            now=site.now(),
        )
    )
    return Response(status_code=204)


@router.delete("/watch-lists/{number}/actors", status_code=204, responses=WRITING)
async def drop_actor(request: Request, _caller: WriteCaller, number: Number, name: Named) -> Response:
    """Removes an actor from a list."""
    site = site_of(request)
    facts = await facts_numbered(site, number)
    await site.database.writing(partial(remove, name=facts.name, actors=[name], now=site.now()))
    return Response(status_code=204)


@router.get("/watch-lists/{number}/topics", responses=READING)
async def list_topics(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> list[TopicShape]:
    """Gives the topics of a list."""
    site = site_of(request)
    facts = await facts_numbered(site, number)
    topics = await site.database.reading(lambda session: list(stream_topics(session, facts.id)))
    return [TopicShape.model_construct(name=topic.name, query=topic.query) for topic in topics]


@router.put("/watch-lists/{number}/topics", status_code=204, responses=WRITING)
async def put_topic(request: Request, _caller: WriteCaller, number: Number, topic: TopicShape) -> Response:
    """Puts a topic into a list; one of the same name is replaced."""
    site = site_of(request)
    facts = await facts_numbered(site, number)
    wanted = WatchedTopic(topic.name, topic.query)

    def save(session: Session) -> None:
        known = any(each.name == wanted.name for each in stream_topics(session, facts.id))
        save_topic(session, facts.name, wanted, old=wanted.name if known else None, now=site.now())

    try:
        await site.database.writing(save)
    except QueryError as error:
        raise InvalidError(f"query, character {error.position}: {error.message}") from error
    return Response(status_code=204)


@router.delete("/watch-lists/{number}/topics", status_code=204, responses=WRITING)
async def drop_topic(request: Request, _caller: WriteCaller, number: Number, name: Named) -> Response:
    """Removes a topic from a list."""
    site = site_of(request)
    facts = await facts_numbered(site, number)
    await site.database.writing(partial(remove, name=facts.name, topics=[name], now=site.now()))
    return Response(status_code=204)


@router.post("/watch-lists/{number}/backfill", responses=WRITING)
async def make_alerts(
    request: Request, _caller: WriteCaller, number: Number, wanted: BackfillIn, _key: IdempotencyKey = None
) -> BackfillOut:
    """Makes the alerts that a list would have made in the last days. Nobody is told; twice makes nothing twice."""
    site = site_of(request)
    facts = await facts_numbered(site, number)
    async with site.trials:
        report = await asyncio.to_thread(
            backfill, site.database, facts.name, days=wanted.days, send=False, now=site.now()
        )
    site.trends.forget()
    return BackfillOut(searched=report.searched, articles=report.articles, new_alerts=report.new_alerts)


@router.post(
    "/watch-lists/{number}/import",
    responses=WRITING,
    openapi_extra=takes_file(
        "A CSV file with a header (`name`; `aliases` parted by `;`), or FollowTheMoney JSON lines.",
        "name,aliases\nLeila Benali,ليلى بنعلي; L. Benali\n",
    ),
)
async def import_actors(
    request: Request, _caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> ImportOut:
    """Adds the people and organisations of a file to a list. The same file again changes nothing."""
    site = site_of(request)
    facts = await facts_numbered(site, number)
    report = await import_file(site, facts.name, BytesIO(await request.body()))
    return ImportOut(
        added=report.added,
        extended=report.extended,
        unchanged=report.unchanged,
        skipped=dict(report.skipped),
        faults=[RowFault(line=fault.line, message=fault.message) for fault in report.errors[:MOST_FAULTS]],
        warnings=list(report.warnings),
    )


@router.post("/watch-lists/{number}/preview", responses=WRITING)
async def try_stored_list(request: Request, _caller: ReadCaller, number: Number) -> TrialOut:
    """Tries a whole stored list on the newest articles of the last 30 days."""
    site = site_of(request)
    facts = await facts_numbered(site, number)
    try:
        async with site.trials:
            trial = await preview_stored(site.pool, site.database, facts.name, now=site.now())
    except WorkFailedError as error:
        raise InvalidError(f"The trial was given up: {error}") from error
    return _trial(trial)


@router.get("/why", responses=READING)
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
) -> WhyOut:
    """Says of an article why it matches, or doesn't, clause by clause: of one list, or of all. What matches comes first."""
    found = await site_of(request).database.reading(
        partial(explain_article, article=article, watch=watch_list)
    )
    ordered = sorted(found.explanations, key=lambda item: not item.true)
    return WhyOut(
        article=found.article.id,
        title=found.article.title,
        url=found.article.url,
        considered=len(ordered),
        explanations=[
            ExplanationOut(
                watch_list=item.watch, actor=item.actor, topic=item.topic, clause=_clause(item.clause)
            )
            for item in ordered[:limit]
        ],
    )


@router.post("/queries/check", responses=WRITING)
async def check(_caller: ReadCaller, wanted: QueryIn) -> QueryChecked:
    """Says of a query what is wrong, where, and what is doubtful. A token with the scope `read` is enough."""
    fault, warnings = check_query(wanted.query)
    return QueryChecked(
        fault=None if fault is None else QueryFault(message=fault.message, position=fault.position),
        warnings=list(warnings),
    )


@router.post("/previews", responses=WRITING)
async def try_draft(request: Request, _caller: ReadCaller, draft: DraftIn) -> TrialOut:
    """Tries a draft on the newest articles of the last 30 days. Nothing is stored."""
    site = site_of(request)
    actors = [_actor_in(actor) for actor in draft.actors]
    for actor in actors:
        check_actor(actor)
    watch = WatchList(
        "draft",
        actors=tuple(map(to_actor, actors)),
        topics=tuple(Topic(topic.name, topic.query) for topic in draft.topics),
        languages=tuple(draft.languages),
    )
    try:
        async with site.trials:
            trial = await preview(site.pool, site.database, watch, AlertPolicy(draft.alert), now=site.now())
    except QueryError as error:
        raise InvalidError(f"query, character {error.position}: {error.message}") from error
    except WorkFailedError as error:
        raise InvalidError(f"The trial was given up: {error}") from error
    return _trial(trial)


def _clause(clause: Clause) -> ClauseOut:
    return ClauseOut(
        text=clause.text,
        true=clause.true,
        places=[
            PlaceOut(field=place.field, start=place.start, end=place.end, surface=place.surface)
            for place in clause.places
        ],
        notes=list(clause.notes),
        parts=[_clause(part) for part in clause.parts],
    )


def _actor_in(actor: ActorShape) -> WatchedActor:
    aliases = {alias.text: _alias_in(alias) for alias in actor.aliases}
    own = aliases.pop(actor.name, WatchedAlias(actor.name))
    return WatchedActor(
        name=actor.name,
        names=(own, *aliases.values()),
        surname=actor.surname,
        context=tuple(actor.context),
        exclude=tuple(actor.exclude),
        any_order=actor.any_order,
        forms=actor.forms,
        alone=actor.alone,
        note=actor.note,
        language=actor.language,
    )


def _alias_in(alias: AliasShape) -> WatchedAlias:
    return WatchedAlias(
        alias.text,
        alias.exact,
        alias.title,
        alias.weak,
        tuple(alias.context),
        tuple(alias.exclude),
        alias.least,
        alias.any_order,
        alias.forms,
        alias.alone,
    )


def _actor_out(actor: WatchedActor) -> ActorShape:
    own, *others = actor.names
    names = others if own == WatchedAlias(own.text) else actor.names
    return ActorShape.model_construct(
        name=actor.name,
        aliases=[
            AliasShape.model_construct(
                text=alias.text,
                exact=alias.exact,
                title=alias.title,
                weak=alias.weak,
                context=list(alias.context),
                exclude=list(alias.exclude),
                least=alias.least,
                any_order=alias.any_order,
                forms=alias.forms,
                alone=alias.alone,
            )
            for alias in names
        ],
        surname=actor.surname,
        context=list(actor.context),
        exclude=list(actor.exclude),
        any_order=actor.any_order,
        forms=actor.forms,
        alone=actor.alone,
        note=actor.note,
        language=actor.language,
    )


def _trial(trial: Trial) -> TrialOut:
    return TrialOut(
        days=trial.days,
        searched=trial.searched,
        articles=trial.articles,
        alerts=trial.alerts,
        per_day=[DayCount(day=day.isoformat(), count=count) for day, count in trial.per_day],
        rules=[RuleOut(name=rule.name, rule=rule.rule, articles=rule.articles) for rule in trial.rules],
        examples=[
            ExampleOut(
                article=example.article_id,
                outlet=example.outlet,
                title=example.title,
                url=example.url,
                name=example.name,
                rule=example.rule,
                sentence=example.sentence,
                start=example.start,
                end=example.end,
            )
            for example in trial.examples
        ],
        warnings=list(trial.warnings),
    )
