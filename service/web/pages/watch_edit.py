"""Editing watch lists: their settings, one actor, one topic; importing, removing, alerts from the archive."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.actions import actors as actor_actions
from service.actions import topics as topic_actions
from service.actions import watch_lists
from service.actions.backfill import backfill
from service.actions.errors import ActionError, ConflictError, InvalidError
from service.actions.list_access import AccessSettings, share
from service.actions.lookup import editable_list
from service.actions.reading import read_input
from service.actions.saved import save_off_loop
from service.actions.suggestions import ProposedSpelling, ask_wikidata, look_up, proposed
from service.actions.topics import check_query
from service.settings.watch_models import ActorSettings, TopicSettings
from service.web.access import Caller, Editor, EditorForm, Form
from service.web.alias_lines import format_aliases, parse_aliases
from service.web.form_faults import FormFault
from service.web.list_form import ListForm, list_fault
from service.web.pages.watch import list_page
from service.web.render import render
from service.web.site import site_of
from service.web.uploads import import_file, packed, unpacked
from service.wikidata import WikidataError
from storage.language import _
from storage.stores.watch.watch_lists import WatchedActor, facts_named
from storage.stores.watch.watch_pages import channels_to_choose
from storage.watched import Alias, Topic

router = APIRouter(include_in_schema=False)

ACCESS_KEYS = dict.fromkeys(("owner", "editors", "readers"), "access")
MOST_BAD_ROWS = 20
MOST_ROWS = 200
"""Of a file, shown before it is imported; those that can't be used come first."""


@router.get("/watch/new")
async def new_list(request: Request, caller: Editor) -> Response:
    """Ask for a new list's name and settings."""
    channels = await site_of(request).database.reading(channels_to_choose)
    return await _new(request, caller, ListForm(routes={name: {} for name in channels}))


@router.post("/watch/new")
async def make(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Make a list."""
    site = site_of(request)
    typed = ListForm.typed(form)
    try:
        edit = partial(
            watch_lists.make_list,
            name=typed.name,
            wanted=typed.settings(),
            private=form.flag("private"),
            now=site.now(),
        )
        saved = await save_off_loop(site.database, edit)
    except ActionError as error:
        return await _new(request, caller, typed, fault=list_fault(error, form))
    if saved.warnings:
        return await list_page(request, caller, typed.name, warnings=saved.warnings)
    return _to_list(typed.name)


@router.post("/watch/facts")
async def facts(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Set a list's name, channels, languages, policy and thresholds."""
    site = site_of(request)
    list_name = form.text("list")
    typed = ListForm.typed(form)
    try:
        edit = partial(
            watch_lists.update,
            which=list_name,
            name=typed.name or None,
            wanted=typed.settings(),
            now=site.now(),
        )
        saved = await save_off_loop(site.database, edit)
    except (InvalidError, ConflictError) as error:
        return await list_page(request, caller, list_name, fault=list_fault(error, form), typed=form)
    if saved.warnings:
        return await list_page(request, caller, saved.name, warnings=saved.warnings)
    return _to_list(saved.name)


@router.post("/watch/access")
async def set_access(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Say who sees and changes a list."""
    site = site_of(request)
    list_name = form.text("list")
    wanted = AccessSettings(
        private=form.flag("private"),
        owner=form.text("owner") or (None if form.flag("private") else ""),
        editors=form.all("edits"),
        readers=[name for name in form.all("reads") if name not in form.all("edits")],
    )
    try:
        await site.database.writing(share, which=list_name, wanted=wanted, now=site.now())
    except InvalidError as error:
        return await list_page(request, caller, list_name, fault=FormFault.of(error, ACCESS_KEYS))
    if await site.database.reading(facts_named, name=list_name) is None:
        return RedirectResponse("/watch", 303)
    return _to_list(list_name)


@router.post("/watch/pause")
async def pause(request: Request, form: EditorForm) -> Response:
    """Pauses a list, or resumes it."""
    site = site_of(request)
    act = watch_lists.resume if form.flag("undo") else watch_lists.pause
    await site.database.writing(act, which=form.text("list"), now=site.now())
    return _to_list(form.text("list"))


@router.post("/watch/copy")
async def copy(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Copy a list, one of the settings file too, into one that can be edited."""
    site = site_of(request)
    name = form.text("name")
    try:
        edit = partial(watch_lists.copy, which=form.text("list"), name=name, now=site.now())
        saved = await save_off_loop(site.database, edit)
    except ActionError as error:
        fault = FormFault.of(error, {"name": "copy"})
        return await list_page(request, caller, form.text("list"), fault=fault, copy_name=name)
    return await list_page(request, caller, saved.name, warnings=saved.warnings)


@router.post("/watch/remove")
async def remove_list(request: Request, form: EditorForm) -> Response:
    """Remove a list, or an actor or topic of one."""
    site = site_of(request)
    name = form.text("list")
    if actors := form.all("actor"):
        act = partial(actor_actions.remove_actors, which=name, names=actors, now=site.now())
    elif topics := form.all("topic"):
        act = partial(topic_actions.remove_topics, which=name, names=topics, now=site.now())
    else:
        await site.database.writing(watch_lists.remove, which=name, now=site.now())
        return RedirectResponse("/watch", 303)
    await site.database.writing(act)
    return _to_list(name)


@router.get("/watch/actor")
async def edit_actor(request: Request, caller: Editor, list: str = "", name: str = "") -> Response:
    """One actor's form; a new one's where no name is given."""
    reading = site_of(request).database.reading
    if name:
        actor = await reading(actor_actions.find_actor, which=list, name=name)
    else:
        await reading(editable_list, which=list)
        actor = WatchedActor("", ())
    return _actor_page(request, caller, list, name, actor)


@router.post("/watch/actor")
async def put_actor(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Save an actor. What is warned of is shown at its form, which stays."""
    site = site_of(request)
    list_name, old = form.text("list"), form.text("old")
    actor = typed_actor(form)
    try:
        wanted = read_actor(form)
        actor = wanted.watched()
        if old:
            edit = partial(actor_actions.put_actor, which=list_name, actor=wanted, old=old, now=site.now())
        else:
            edit = partial(actor_actions.add_actor, which=list_name, actor=wanted, now=site.now())
        saved = await save_off_loop(site.database, edit)
    except ActionError as error:
        return _actor_page(request, caller, list_name, old, actor, fault=FormFault.of(error), form=form)
    if saved.warnings:
        return _actor_page(request, caller, list_name, actor.name, actor, warnings=saved.warnings)
    return _to_list(list_name)


@router.post("/watch/spellings")
async def propose_spellings(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Propose spellings of the actor in the form: what is ticked there is saved with it."""
    site = site_of(request)
    list_name = form.text("list")
    asked = await site.database.reading(look_up, name=form.text("name").strip(), watch=list_name)
    try:
        named, trouble = await ask_wikidata(site.settings, asked), ""
    except WikidataError as error:
        named, trouble = [], str(error)
    typed = form.lines("aliases")
    spellings = [spelling for spelling in proposed(asked, named) if spelling.text not in typed]
    if "hx-request" in request.headers:
        return render(request, "spellings.html", caller, spellings=spellings, trouble=trouble)
    return _actor_page(
        request, caller, list_name, form.text("old"), typed_actor(form), form=form, spellings=spellings
    )


@router.get("/watch/topic")
async def edit_topic(
    request: Request,
    caller: Editor,
    list: str = "",
    name: str = "",
    query: str = "",
) -> Response:
    """One topic's form; a new one's where no name is given, with this query."""
    reading = site_of(request).database.reading
    if name:
        topic = await reading(topic_actions.find_topic, which=list, name=name)
    else:
        await reading(editable_list, which=list)
        topic = Topic("", query)
    return _topic_page(request, caller, list, name, topic)


@router.post("/watch/topic")
async def put_topic(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Save a topic. What is warned of is shown at its form, which stays."""
    site = site_of(request)
    list_name, old = form.text("list"), form.text("old")
    topic = Topic(form.text("name"), form.text("query"))
    try:
        wanted = read_input(TopicSettings, {"name": topic.name, "query": topic.query})
        if old:
            edit = partial(topic_actions.put_topic, which=list_name, topic=wanted, old=old, now=site.now())
        else:
            edit = partial(topic_actions.add_topic, which=list_name, topic=wanted, now=site.now())
        saved = await save_off_loop(site.database, edit)
    except ActionError as error:
        return _topic_page(request, caller, list_name, old, topic, fault=FormFault.of(error))
    if saved.warnings:
        return _topic_page(request, caller, list_name, topic.name, topic, warnings=saved.warnings)
    return _to_list(list_name)


@router.post("/watch/import")
async def take_file(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Show what would become of each row of a file; once that is confirmed, add its people and organisations."""
    site = site_of(request)
    name, upload = form.text("list"), form.file("file")
    if carried := form.text("carried"):
        report = await import_file(site, name, unpacked(carried))
    elif upload is None:
        raise InvalidError(_("Choose a file to import."))
    elif form.flag("confirmed"):
        report = await import_file(site, name, upload.file)
    else:
        report = await import_file(site, name, upload.file, dry_run=True)
        return render(
            request,
            "import_preview.html",
            caller,
            name=name,
            report=report,
            carried=await asyncio.to_thread(packed, upload.file),
            most=MOST_ROWS,
        )
    return render(request, "imported.html", caller, name=name, report=report, most=MOST_BAD_ROWS)


@router.post("/watch/backfill")
async def from_archive(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Make the alerts that a list would have made in the last days; no notifications are sent."""
    site = site_of(request)
    name, days = form.text("list"), form.number("days") or 30
    async with site.trials:
        report = await asyncio.to_thread(backfill, site.database, name, days=days, send=False, now=site.now())
    site.trends.forget()
    return render(request, "backfilled.html", caller, report=report, days=days)


def typed_actor(form: Form) -> WatchedActor:
    """Return what was typed, as far as that can be shown again."""
    return WatchedActor(
        form.text("name"),
        (),
        surname=form.text("surname_text") or form.flag("surname"),
        context=form.lines("context"),
        exclude=form.lines("exclude"),
        any_order=form.flag("any_order"),
        forms=not form.flag("stiff"),
        alone={"yes": True, "no": False}.get(form.text("alone")),
        note=form.text("note"),
    )


def read_actor(form: Form) -> ActorSettings:
    """Return the actor that a form holds. Raises `InvalidError`."""
    name = form.text("name")
    own = parse_aliases([form.text("own")]) if form.text("own") else ()
    return read_input(
        ActorSettings,
        {
            "name": name,
            "aliases": (
                *own,
                *(
                    alias
                    for alias in parse_aliases([*form.lines("aliases"), *form.all("more")])
                    if alias.text != name
                ),
            ),
            "surname": form.text("surname_text") or form.flag("surname"),
            "context": form.lines("context"),
            "exclude": form.lines("exclude"),
            "any_order": form.flag("any_order"),
            "forms": not form.flag("stiff"),
            "alone": {"yes": True, "no": False}.get(form.text("alone")),
            "note": form.text("note"),
            "language": form.text("language") or None,
        },
    )


async def _new(
    request: Request, caller: Caller, form: ListForm, *, fault: FormFault | None = None
) -> Response:
    channels = await site_of(request).database.reading(channels_to_choose)
    return render(
        request,
        "watch_new.html",
        caller,
        status=200 if fault is None else 422,
        form=form,
        channels=channels,
        fault=fault,
    )


def _actor_page(
    request: Request,
    caller: Caller,
    list_name: str,
    old: str,
    actor: WatchedActor,
    *,
    fault: FormFault | None = None,
    warnings: tuple[str, ...] = (),
    form: Form | None = None,
    spellings: Sequence[ProposedSpelling] = (),
) -> Response:
    own = actor.names[0] if actor.names else Alias("")
    aliases = format_aliases(actor.names[1:]) if form is None else form.text("aliases")
    return render(
        request,
        "actor.html",
        caller,
        status=200 if fault is None else 422,
        list_name=list_name,
        old=old,
        actor=actor,
        own=format_aliases([own]) if own.text and own != Alias(own.text) else "",
        aliases=aliases,
        fault=fault,
        warnings=warnings,
        spellings=spellings,
        trouble="",
    )


def _topic_page(
    request: Request,
    caller: Caller,
    list_name: str,
    old: str,
    topic: Topic,
    *,
    fault: FormFault | None = None,
    warnings: tuple[str, ...] = (),
) -> Response:
    query_fault, doubtful = check_query(topic.query) if topic.query else (None, ())
    return render(
        request,
        "topic.html",
        caller,
        status=200 if fault is None else 422,
        list_name=list_name,
        old=old,
        topic=topic,
        form_fault=fault,
        saved_warnings=warnings,
        fault=query_fault,
        warnings=doubtful,
        query=topic.query,
    )


def _to_list(name: str) -> Response:
    return RedirectResponse(f"/watch/list?{urlencode({'name': name})}", 303)
