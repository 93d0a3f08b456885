"""Editing watch lists: their facts, one actor, one topic; importing, removing, alerts from the archive."""

from __future__ import annotations

import asyncio
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.errors import QueryError
from service.actions.errors import InvalidError, NotFoundError
from service.watching import WatchError, backfill, remove
from service.watching.alias_lines import AliasLineError, format_aliases, parse_aliases
from service.watching.saving import (
    ListFacts,
    check_query,
    editable,
    make_list,
    save_actor,
    save_facts,
    save_topic,
)
from service.web.access import Caller, Editor, EditorForm, Form
from service.web.render import render
from service.web.site import site_of
from service.web.uploads import import_file
from storage.stores.watch.watch_lists import (
    WatchedActor,
    WatchedAlias,
    WatchedTopic,
    actors_named,
    topics_named,
)
from storage.stores.watch.watch_pages import channel_names
from storage.tables import AlertPolicy

router = APIRouter(include_in_schema=False)

MOST_BAD_ROWS = 20


@router.get("/watch/new")
async def new_list(request: Request, caller: Editor) -> Response:
    """Asks for a new list's name and facts."""
    return await _new(request, caller, error=None, form=None)


@router.post("/watch/new")
async def make(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Makes a list."""
    site = site_of(request)
    try:
        await site.database.writing(
            partial(make_list, name=form.text("name"), wanted=_facts(form), now=site.now())
        )
    except WatchError as error:
        return await _new(request, caller, error=str(error), form=form)
    return _to_list(form.text("name"))


@router.post("/watch/facts")
async def facts(request: Request, form: EditorForm) -> Response:
    """Sets a list's channels, languages and policy."""
    site = site_of(request)
    await site.database.writing(
        partial(save_facts, name=form.text("list"), wanted=_facts(form), now=site.now())
    )
    return _to_list(form.text("list"))


@router.post("/watch/remove")
async def remove_list(request: Request, form: EditorForm) -> Response:
    """Removes a list, or an actor or topic of one."""
    site = site_of(request)
    name = form.text("list")
    actors, topics = form.all("actor"), form.all("topic")
    await site.database.writing(partial(remove, name=name, actors=actors, topics=topics, now=site.now()))
    return _to_list(name) if actors or topics else RedirectResponse("/watch", 303)


@router.get("/watch/actor")
async def edit_actor(request: Request, caller: Editor, list: str = "", name: str = "") -> Response:
    """One actor's form; a new one's where no name is given."""

    def read(session: Session) -> WatchedActor:
        facts = editable(session, list)
        if not name:
            return WatchedActor("", ())
        found = actors_named(session, facts.id, [name])
        if not found:
            raise NotFoundError(f"{list!r} has no actor {name!r}.")
        return found[0]

    actor = await site_of(request).database.reading(read)
    return _actor_page(request, caller, list, name, actor, error=None)


@router.post("/watch/actor")
async def put_actor(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Saves an actor."""
    site = site_of(request)
    list_name, old = form.text("list"), form.text("old")
    actor = WatchedActor(form.text("name"), ())
    try:
        actor = read_actor(form)
        await site.database.writing(
            partial(save_actor, name=list_name, actor=actor, old=old or None, now=site.now())
        )
    except (WatchError, AliasLineError) as error:
        return _actor_page(request, caller, list_name, old, actor, error=str(error), form=form)
    return _to_list(list_name)


@router.get("/watch/topic")
async def edit_topic(
    request: Request,
    caller: Editor,
    list: str = "",
    name: str = "",
    query: str = "",
) -> Response:
    """One topic's form; a new one's where no name is given, with this query."""

    def read(session: Session) -> WatchedTopic:
        facts = editable(session, list)
        if not name:
            return WatchedTopic("", query)
        found = topics_named(session, facts.id, [name])
        if not found:
            raise NotFoundError(f"{list!r} has no topic {name!r}.")
        return found[0]

    topic = await site_of(request).database.reading(read)
    return _topic_page(request, caller, list, name, topic, error=None)


@router.post("/watch/topic")
async def put_topic(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Saves a topic."""
    site = site_of(request)
    list_name, old = form.text("list"), form.text("old")
    topic = WatchedTopic(form.text("name"), form.text("query"))
    try:
        await site.database.writing(
            partial(save_topic, name=list_name, topic=topic, old=old or None, now=site.now())
        )
    except WatchError as error:
        return _topic_page(request, caller, list_name, old, topic, error=str(error))
    except QueryError:
        return _topic_page(request, caller, list_name, old, topic, error=None)
    return _to_list(list_name)


@router.post("/watch/import")
async def take_file(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Adds the people and organisations of a CSV or FollowTheMoney file."""
    site = site_of(request)
    name, upload = form.text("list"), form.file("file")
    if upload is None:
        raise InvalidError("Choose a file to import.")
    report = await import_file(site, name, upload.file)
    return render(request, "imported.html", caller, name=name, report=report, most=MOST_BAD_ROWS)


@router.post("/watch/backfill")
async def from_archive(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Makes the alerts that a list would have made in the last days; nobody is told."""
    site = site_of(request)
    name, days = form.text("list"), form.number("days") or 30
    if not 1 <= days <= 366:
        raise InvalidError("Choose 1 to 366 days.")
    async with site.trials:
        report = await asyncio.to_thread(backfill, site.database, name, days=days, send=False, now=site.now())
    site.trends.forget()
    return render(request, "backfilled.html", caller, report=report, days=days)


def read_actor(form: Form) -> WatchedActor:
    """Gives the actor that a form holds. Raises `AliasLineError`."""
    name = form.text("name")
    own, *others = parse_aliases([form.text("own") or name, *form.lines("aliases")])
    if own.text != name:
        own, others = WatchedAlias(name), [own, *others]
    return WatchedActor(
        name=name,
        names=(own, *(alias for alias in others if alias.text != name)),
        surname=form.text("surname_text") or form.flag("surname"),
        context=form.lines("context"),
        exclude=form.lines("exclude"),
        any_order=form.flag("any_order"),
        forms=not form.flag("stiff"),
        alone={"yes": True, "no": False}.get(form.text("alone")),
        note=form.text("note")[:2_000],
        language=form.text("language") or None,
    )


async def _new(request: Request, caller: Caller, *, error: str | None, form: Form | None) -> Response:
    channels = await site_of(request).database.reading(channel_names)
    chosen = channels if form is None else form.all("channels")
    return render(
        request,
        "watch_new.html",
        caller,
        status=200 if error is None else 422,
        error=error,
        name="" if form is None else form.text("name"),
        languages="" if form is None else form.text("languages"),
        article=form is not None and form.text("alert") == "article",
        channels=channels,
        chosen=chosen,
    )


def _actor_page(
    request: Request,
    caller: Caller,
    list_name: str,
    old: str,
    actor: WatchedActor,
    *,
    error: str | None,
    form: Form | None = None,
) -> Response:
    own = actor.names[0] if actor.names else WatchedAlias("")
    aliases = format_aliases(actor.names[1:]) if form is None else form.text("aliases")
    return render(
        request,
        "actor.html",
        caller,
        status=200 if error is None else 422,
        list_name=list_name,
        old=old,
        actor=actor,
        own=format_aliases([own]) if own.text and own != WatchedAlias(own.text) else "",
        aliases=aliases,
        error=error,
    )


def _topic_page(
    request: Request, caller: Caller, list_name: str, old: str, topic: WatchedTopic, *, error: str | None
) -> Response:
    fault, warnings = check_query(topic.query) if topic.query else (None, ())
    return render(
        request,
        "topic.html",
        caller,
        status=200 if error is None and fault is None else 422,
        list_name=list_name,
        old=old,
        topic=topic,
        error=error,
        fault=fault,
        warnings=warnings,
        query=topic.query,
    )


def _facts(form: Form) -> ListFacts:
    return ListFacts(
        form.all("channels"),
        form.text("languages").replace(",", " ").split(),
        AlertPolicy.ARTICLE if form.text("alert") == "article" else AlertPolicy.STORY,
    )


def _to_list(name: str) -> Response:
    return RedirectResponse(f"/watch/list?{urlencode({'name': name})}", 303)
