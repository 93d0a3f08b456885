"""A reader's word on stories, from an alert's page: an article tells another event, or two alerts tell the same."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service.actions.errors import InvalidError, NotFoundError
from service.actions.stories import StoryChange, put_together, take_apart
from service.web.access import EditorForm, Reader
from service.web.numbers import Number
from service.web.site import site_of
from storage.language import _
from storage.stores.alerts.standing import alerts_of_ids

router = APIRouter(include_in_schema=False)


@router.post("/alerts/{number}/apart")
async def another_story(request: Request, caller: Reader, form: EditorForm, number: Number) -> Response:
    """Take an article out of the story of an alert."""
    article = form.number("article")
    if article is None:
        raise InvalidError(_("say which article tells another story"), key="article")
    site = site_of(request)
    act = partial(take_apart, article_ids=[article], caller=caller.name, now=site.now())
    await site.database.writing(act)
    return RedirectResponse(f"/alerts/{number}", 303)


@router.post("/alerts/{number}/same")
async def same_story(request: Request, caller: Reader, form: EditorForm, number: Number) -> Response:
    """Make the stories of two alerts one."""
    other = form.number("alert")
    if other is None:
        raise InvalidError(_("give the number of the alert that tells the same story"), key="alert")
    site = site_of(request)

    def act(session: Session) -> StoryChange:
        stories = {alert.id: alert.story_id for alert in alerts_of_ids(session, [number, other])}
        for one in (number, other):
            if one not in stories:
                raise NotFoundError(_("there is no alert {one}", one=one), key="alert")
        return put_together(session, stories[number], stories[other], caller=caller.name, now=site.now())

    await site.database.writing(act)
    return RedirectResponse(f"/alerts/{number}", 303)
