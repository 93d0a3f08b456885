"""Articles brought by a collector of the user's own."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request

from service.actions.pushes import Pushed, find_source, push_articles, read_articles
from service.web.api.callers import WRITING, IdempotencyKey, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.articles import PushedOut, PushIn
from service.web.site import site_of

router = APIRouter(route_class=ApiRoute, tags=["articles"])


@router.post("/articles", responses=WRITING, response_model=PushedOut)
async def push(request: Request, _caller: WriteCaller, wanted: PushIn, _key: IdempotencyKey = None) -> Pushed:
    """Bring articles to an outlet with a source of kind `push`. The same again changes nothing; another text is an edit.

    They go the way of a feed's entries: matched, grouped and alerted; one without a text has its page read.
    """
    site = site_of(request)
    articles = [article.model_dump(exclude_none=True) for article in wanted.articles]
    source = await site.database.reading(find_source, wanted.source)
    document = await asyncio.to_thread(read_articles, source, wanted.source, articles, now=site.now())
    pushed = await site.database.writing(
        push_articles,
        wanted.source,
        document,
        fetch_pages=site.settings.crawler.full_text,
        now=site.now(),
    )
    site.hints.tick()
    return pushed
