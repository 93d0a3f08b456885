"""Many addresses at once: pasted, looked at in the background, chosen from by ticking."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from crawler.surveys.reading import LARGEST
from service.actions.errors import ActionError, ConflictError, InvalidError
from service.actions.surveys import (
    AddedOutlets,
    Option,
    SurveyRow,
    Ticked,
    forget_survey,
    list_surveys,
    option_address,
    survey_shown,
)
from service.discovered import next_words, option_words, tried_words
from service.web.access import Caller, Editor, EditorForm, Form, Reader
from service.web.numbers import Number, read_number
from service.web.render import render
from service.web.site import site_of
from service.web.surveying import add_on, again_on, begin_on
from storage.language import _

router = APIRouter(include_in_schema=False)

MOST_OPTIONS = 8
"""Shown of what was found at one address."""
MOST_LINES = 50


@dataclass(frozen=True, slots=True)
class ShownOption:
    """Something that can be followed, in words."""

    option: Option
    words: str
    address: str


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row as the page shows it."""

    row: SurveyRow
    options: tuple[ShownOption, ...]
    tried: tuple[str, ...]
    advice: str


@router.get("/outlets/surveys")
async def show_surveys(request: Request, caller: Reader) -> Response:
    """Ask for addresses, and show what was looked at lately."""
    return await _ask(request, caller)


@router.post("/outlets/surveys")
async def begin(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Begin to look at addresses."""
    try:
        number, given = await begin_on(
            site_of(request),
            (),
            await _bodies(form),
            language=form.text("language"),
            country=form.text("country"),
            tags=[tag.strip() for tag in form.text("tags").split(",") if tag.strip()],
            caller=caller.name,
        )
    except ActionError as error:
        return await _ask(request, caller, form=form, error=error)
    if given.problems:
        return await _page(request, caller, number, problems=given.problems)
    return RedirectResponse(f"/outlets/surveys/{number}", 303)


@router.get("/outlets/surveys/{number}")
async def show_survey(request: Request, caller: Reader, number: Number) -> Response:
    """What was found at each address, and what can be added."""
    return await _page(request, caller, number)


@router.post("/outlets/surveys/{number}/add")
async def add(request: Request, caller: Editor, number: Number, form: EditorForm) -> Response:
    """Add what was ticked."""
    places = [place for place in map(read_number, form.all("row")) if place is not None]
    ticked = [Ticked(place, form.number(f"option-{place}") or 0) for place in places]
    if not ticked:
        return await _page(request, caller, number, error=_("Tick what is to be added."))
    added = await add_on(site_of(request), number, ticked)
    return await _page(request, caller, number, added=added)


@router.post("/outlets/surveys/{number}/again")
async def look_again(request: Request, caller: Editor, number: Number, _form: EditorForm) -> Response:
    """Look again at the addresses at which nothing was found."""
    try:
        again = await again_on(site_of(request), number, caller=caller.name)
    except ConflictError as error:
        return await _page(request, caller, number, error=str(error))
    return RedirectResponse(f"/outlets/surveys/{again}", 303)


@router.post("/outlets/surveys/{number}/remove")
async def forget(request: Request, number: Number, _form: EditorForm) -> Response:
    """Remove a survey."""
    await site_of(request).database.writing(forget_survey, number=number)
    return RedirectResponse("/outlets/surveys", 303)


def shown_row(row: SurveyRow) -> ShownRow:
    """Return a row with its words."""
    options = tuple(
        ShownOption(option, option_words(option), option_address(option)) for option in row.options
    )
    if row.found is None:
        return ShownRow(row, (), (), "")
    return ShownRow(row, options[:MOST_OPTIONS], tuple(tried_words(row.found)), next_words(row.found))


async def _ask(
    request: Request, caller: Caller, *, form: Form | None = None, error: ActionError | None = None
) -> Response:
    said = {
        key: form.text(key) if form is not None else ""
        for key in ("addresses", "language", "country", "tags")
    }
    return render(
        request,
        "surveys.html",
        caller,
        status=200 if error is None else 422,
        surveys=await site_of(request).database.reading(list_surveys),
        said=said,
        faults={} if error is None else {error.key or "": str(error)},
    )


async def _page(
    request: Request,
    caller: Caller,
    number: int,
    *,
    added: AddedOutlets | None = None,
    problems: tuple[str, ...] = (),
    error: str = "",
) -> Response:
    site = site_of(request)
    survey = await site.database.reading(survey_shown, number=number, now=site.now())
    return render(
        request,
        "survey.html",
        caller,
        status=422 if error else 200,
        survey=survey,
        rows=[shown_row(row) for row in survey.rows],
        found=sum(row.state == "found" for row in survey.rows),
        nothing=sum(row.state == "nothing" for row in survey.rows),
        added=added,
        problems=problems[:MOST_LINES],
        more=max(0, len(problems) - MOST_LINES),
        error=error,
        outlet_at=lambda name: f"/outlets/one?{urlencode({'name': name})}",
    )


async def _bodies(form: Form) -> list[bytes]:
    """Return what was pasted and what was uploaded. Raise `InvalidError` for a file that is too large."""
    bodies = [form.text("addresses").encode()] if form.text("addresses") else []
    upload = form.file("file")
    if upload is not None:
        body = await upload.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise InvalidError(_("The file is larger than {most} MB.", most=LARGEST // 1000000), key="file")
        bodies.append(body)
    return bodies
