"""Stories: their articles, and a reader's word on which of them tell one event."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request

from service.actions.stories import StoryChange, put_together, story_members, take_apart
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.stories import ApartIn, SameIn, StoryChangeOut, StoryMemberOut, StoryOut
from service.web.numbers import Number
from service.web.site import site_of

router = APIRouter(route_class=ApiRoute, tags=["stories"])


@router.get("/stories/{number}", responses=READING)
async def show_story(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> StoryOut:
    """Return a story with its articles; one that was found to be another is that one."""
    found = await site_of(request).database.reading(story_members, story_id=number)
    return StoryOut(
        id=found[0].story_id,
        language=found[0].shard or None,
        articles=[
            StoryMemberOut(id=one.article_id, outlet=one.outlet, title=one.title, url=one.url)
            for one in found
        ],
    )


@router.post("/stories/apart", responses=WRITING)
async def articles_apart(
    request: Request, caller: WriteCaller, wanted: ApartIn, _key: IdempotencyKey = None
) -> StoryChangeOut:
    """Take articles out of their story: they tell another event, and stay out. Watch lists that they match are notified."""
    site = site_of(request)
    act = partial(take_apart, article_ids=wanted.articles, caller=caller.name, now=site.now())
    return _changed(await site.database.writing(act))


@router.post("/stories/{number}/same", responses=WRITING)
async def same_story(
    request: Request, caller: WriteCaller, number: Number, wanted: SameIn, _key: IdempotencyKey = None
) -> StoryChangeOut:
    """Make two stories one, and their alerts too; the older one goes on, and their articles stay together."""
    site = site_of(request)
    act = partial(put_together, story_id=number, other_id=wanted.story, caller=caller.name, now=site.now())
    return _changed(await site.database.writing(act))


def _changed(change: StoryChange) -> StoryChangeOut:
    return StoryChangeOut(story=change.story_id, other=change.other_id)
