"""Watch lists: all of them, and one with what it tracks. Those of the settings file are shown and not edited."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.actions.errors import NotFoundError
from service.watching.editing import facts_of
from service.web.access import Reader
from service.web.feed_links import feed_links
from service.web.numbers import read_number
from service.web.render import render
from service.web.site import site_of
from storage.stores.alerts.alert_counts import alerts_by_list
from storage.stores.watch.watch_lists import Size, WatchedTopic, WatchFacts, sizes, stream_topics, watch_facts
from storage.stores.watch.watch_pages import ListedActor, actor_page, channel_names

router = APIRouter(include_in_schema=False)

PAGE = 100
MOST_TOPICS = 500


@router.get("/watch")
async def list_watch_lists(request: Request, caller: Reader) -> Response:
    """The watch lists."""
    site = site_of(request)

    def read(session: Session) -> tuple[list[WatchFacts], dict[int, Size], dict[int, int]]:
        return watch_facts(session), sizes(session), alerts_by_list(session, now=site.now())

    lists, counts, alerts = await site.database.reading(read)
    return render(
        request,
        "watch_lists.html",
        caller,
        lists=lists,
        sizes=counts,
        alerts=alerts,
        settings_file=site.settings_file,
        nothing=Size(0, 0),
    )


@router.get("/watch/list")
async def show_watch_list(
    request: Request, caller: Reader, name: str = "", search: str = "", after: str = ""
) -> Response:
    """One watch list."""
    site = site_of(request)
    start = read_number(after) or 0

    def read(
        session: Session,
    ) -> tuple[WatchFacts, Size, list[ListedActor], list[WatchedTopic], list[str]]:
        facts = next((facts for facts in watch_facts(session) if facts.name == name), None)
        if facts is None:
            raise NotFoundError(f"There is no watch list {name!r}.")
        actors = actor_page(session, facts.id, search=search, after=start, limit=PAGE + 1)
        topics = [
            topic for topic, _place in zip(stream_topics(session, facts.id), range(MOST_TOPICS), strict=False)
        ]
        size = sizes(session, only=[facts.id]).get(facts.id, Size(0, 0))
        return facts, size, actors, topics, channel_names(session)

    facts, size, actors, topics, channels = await site.database.reading(read)
    feeds = await feed_links(request, facts)
    filters = {"name": name, **({"search": search} if search else {})}
    more = (
        f"/watch/list?{urlencode({**filters, 'after': actors[PAGE - 1].id})}" if len(actors) > PAGE else None
    )
    return render(
        request,
        "watch_list.html",
        caller,
        facts=facts,
        size=size,
        actors=actors[:PAGE],
        topics=topics,
        channels=channels,
        feeds=feeds,
        search=search,
        more=more,
        settings_file=site.settings_file,
        may_edit=caller.may("write") and not facts.provisioned,
    )


async def facts_for(request: Request, name: str) -> WatchFacts:
    """Gives a list's facts. Raises `WatchError` where there is none of that name."""
    return await site_of(request).database.reading(partial(facts_of, name=name))
