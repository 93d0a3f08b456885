"""Surveys: many addresses looked at before anything is added."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from crawler.surveys.reading import GivenOutlet
from service.actions.surveys import AddedOutlets, Ticked, forget_survey, list_surveys, survey_shown
from service.surveyed import survey_as_json
from service.web.api.callers import READING, WRITING, IdempotencyKey, IfNoneMatch, ReadCaller, WriteCaller
from service.web.api.routing import ApiRoute
from service.web.api.shapes.common import ListPage, WholeList, whole
from service.web.api.shapes.surveys import SurveyAddedOut, SurveyAddIn, SurveyIn, SurveyListed, SurveyOut
from service.web.numbers import Number
from service.web.site import Site, site_of
from service.web.surveying import add_on, again_on, begin_on

router = APIRouter(route_class=ApiRoute, prefix="/surveys", tags=["outlets"])


@router.get("", responses=READING, response_model=ListPage[SurveyListed])
async def show_surveys(request: Request, _caller: ReadCaller, _known: IfNoneMatch = None) -> WholeList:
    """Return the last surveys, the newest first."""
    return whole(await site_of(request).database.reading(list_surveys))


@router.post("", status_code=201, responses=WRITING, response_model=SurveyOut)
async def begin(
    request: Request, caller: WriteCaller, wanted: SurveyIn, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Look at many addresses, in the background: at most 500. Nothing is added; ask for the survey until `is_done`."""
    site = site_of(request)
    given = [
        GivenOutlet(one)
        if isinstance(one, str)
        else GivenOutlet(
            one.address, one.name, language=one.language, country=one.country, tags=tuple(one.tags)
        )
        for one in wanted.addresses
    ]
    bodies = [wanted.text.encode()] if wanted.text else []
    number, outlets = await begin_on(
        site,
        given,
        bodies,
        language=wanted.language,
        country=wanted.country,
        tags=wanted.tags,
        caller=caller.name,
    )
    return {**await _survey(site, number), "problems": outlets.problems}


@router.get("/{number}", responses=READING, response_model=SurveyOut)
async def show_survey(
    request: Request, _caller: ReadCaller, number: Number, _known: IfNoneMatch = None
) -> dict[str, Any]:
    """Return a survey as it stands: what was found at each address, what was tried, what to do next."""
    return await _survey(site_of(request), number)


@router.post("/{number}/add", responses=WRITING, response_model=SurveyAddedOut)
async def add(
    request: Request, _caller: WriteCaller, number: Number, wanted: SurveyAddIn, _key: IdempotencyKey = None
) -> AddedOutlets:
    """Add the outlets of some rows, or of every row in which something new was found; they are polled at once."""
    ticked = None if wanted.rows is None else [Ticked(one.row, one.option) for one in wanted.rows]
    return await add_on(site_of(request), number, ticked)


@router.post("/{number}/again", status_code=201, responses=WRITING, response_model=SurveyOut)
async def look_again(
    request: Request, caller: WriteCaller, number: Number, _key: IdempotencyKey = None
) -> dict[str, Any]:
    """Look again, in a survey of their own, at the addresses at which nothing was found."""
    site = site_of(request)
    return await _survey(site, await again_on(site, number, caller=caller.name))


@router.delete("/{number}", status_code=204, responses=WRITING)
async def forget(request: Request, _caller: WriteCaller, number: Number) -> Response:
    """Remove a survey; the outlets that were added of it stay."""
    await site_of(request).database.writing(forget_survey, number=number)
    return Response(status_code=204)


async def _survey(site: Site, number: int) -> dict[str, Any]:
    shown = await site.database.reading(survey_shown, number=number, now=site.now())
    return survey_as_json(shown)
