"""Watch lists: all of them, and one with what it tracks. Those of the settings file are shown and not edited."""

from __future__ import annotations

from itertools import islice
from typing import NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.actions.list_access import EVERYBODY, ShownAccess, access_shown, people_to_choose
from service.actions.lookup import CountedList, counted_list, counted_lists, is_editable
from service.web.access import Caller, Form, Reader
from service.web.access_words import access_words, whom_words
from service.web.feed_links import feed_links
from service.web.form_faults import FormFault
from service.web.list_form import ListForm
from service.web.numbers import read_number
from service.web.render import render
from service.web.site import site_of
from storage.stores.alerts.alert_counts import alerts_by_list
from storage.stores.watch.watch_lists import stream_topics
from storage.stores.watch.watch_pages import ListedActor, actor_page, channels_to_choose
from storage.watched import Topic

router = APIRouter(include_in_schema=False)


class _Access(NamedTuple):
    """Who sees and changes the list, whether who asks changes it, and with whom it can be shared."""

    shown: ShownAccess
    may_edit: bool
    people: list[str]


PAGE = 100
MOST_TOPICS = 500


@router.get("/watch")
async def list_watch_lists(request: Request, caller: Reader, tag: str = "") -> Response:
    """The watch lists; with a tag, those that have it."""
    site = site_of(request)

    def read(session: Session) -> tuple[list[CountedList], dict[int, int]]:
        return counted_lists(session), alerts_by_list(session, now=site.now())

    lists, alerts = await site.database.reading(read)
    return render(
        request,
        "watch_lists.html",
        caller,
        lists=[each for each in lists if not tag or tag in each.facts.tags],
        tags=sorted({each for found in lists for each in found.facts.tags}, key=str.casefold),
        tag=tag,
        alerts=alerts,
        settings_file=site.settings_file,
    )


@router.get("/watch/list")
async def show_watch_list(
    request: Request, caller: Reader, name: str = "", search: str = "", after: str = ""
) -> Response:
    """One watch list."""
    return await list_page(request, caller, name, search=search, after=read_number(after) or 0)


async def list_page(
    request: Request,
    caller: Caller,
    name: str,
    *,
    search: str = "",
    after: int = 0,
    fault: FormFault | None = None,
    typed: Form | None = None,
    copy_name: str = "",
    warnings: tuple[str, ...] = (),
) -> Response:
    """Render one watch list, with what was typed into its forms and what is wrong with it, or what its change is warned of."""
    site = site_of(request)

    def read(session: Session) -> tuple[CountedList, list[ListedActor], list[Topic], dict[str, str], _Access]:
        counted = counted_list(session, name)
        number = counted.facts.id
        actors = actor_page(session, number, search=search, after=after, limit=PAGE + 1)
        topics = list(islice(stream_topics(session, number), MOST_TOPICS))
        access = _Access(
            access_shown(session, number), is_editable(session, counted.facts), people_to_choose(session)
        )
        return counted, actors, topics, channels_to_choose(session), access

    counted, actors, topics, channels, access = await site.database.reading(read)
    facts = counted.facts
    feeds = await feed_links(request, facts)
    filters = {"name": name, **({"search": search} if search else {})}
    more = (
        f"/watch/list?{urlencode({**filters, 'after': actors[PAGE - 1].id})}" if len(actors) > PAGE else None
    )
    return render(
        request,
        "watch_list.html",
        caller,
        status=200 if fault is None else 422,
        copy_name=copy_name,
        facts=facts,
        size=counted,
        actors=actors[:PAGE],
        topics=topics,
        channels=channels,
        feeds=feeds,
        search=search,
        more=more,
        settings_file=site.settings_file,
        may_edit=caller.may("write") and access.may_edit,
        access=access.shown,
        access_words=access_words(access.shown),
        people=[(value, whom_words(value)) for value in access.people],
        users=[value for value in access.people if not value.startswith(EVERYBODY)],
        form=ListForm.of(facts.name, facts.editable) if typed is None else ListForm.typed(typed),
        fault=fault,
        warnings=warnings,
    )
