"""The catalogue: outlets in packs by country, language, type and theme, searched, and added by ticking."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from service.actions.catalogue import checked_query, search_catalogue
from service.actions.errors import ActionError
from service.actions.surveys import AddedOutlets
from service.catalogue.entries import CatalogueQuery, catalogue, packs
from service.web.access import Caller, Editor, EditorForm, Reader
from service.web.cataloguing import add_named
from service.web.numbers import read_number
from service.web.render import render
from service.web.site import site_of
from service.web.state_words import kind_words
from storage.codes import country_name, language_name
from storage.language import _
from storage.outlet_types import TYPES

router = APIRouter(include_in_schema=False)

SHOWN = 100
"""Outlets on a page."""


@router.get("/outlets/catalogue")
async def show_catalogue(
    request: Request,
    caller: Reader,
    q: str = "",
    country: str = "",
    language: str = "",
    type: str = "",
    theme: str = "",
    start: str = "",
) -> Response:
    """The packs, and the outlets that are looked for."""
    said = {"q": q, "country": country, "language": language, "type": type, "theme": theme}
    return await _page(request, caller, said, start=read_number(start) or 0)


@router.post("/outlets/catalogue")
async def add(request: Request, caller: Editor, form: EditorForm) -> Response:
    """Add what was ticked."""
    said = {key: form.text(key) for key in ("q", "country", "language", "type", "theme")}
    start = form.number("start") or 0
    names = form.all("name")
    if not names:
        return await _page(request, caller, said, start=start, error=_("Tick what is to be added."))
    try:
        added = await add_named(site_of(request), names)
    except ActionError as error:
        return await _page(request, caller, said, start=start, error=str(error))
    return await _page(request, caller, said, start=start, added=added)


async def _page(
    request: Request,
    caller: Caller,
    said: Mapping[str, str],
    *,
    start: int,
    error: str = "",
    added: AddedOutlets | None = None,
) -> Response:
    try:
        query = checked_query(said["q"], said["country"], said["language"], said["type"], said["theme"])
    except ActionError as refused:
        query, error = CatalogueQuery(said["q"]), str(refused)
    rows = await site_of(request).database.reading(search_catalogue, query=query)
    all_packs = packs(catalogue())
    return render(
        request,
        "catalogue.html",
        caller,
        status=422 if error else 200,
        rows=rows[start : start + SHOWN],
        total=len(rows),
        whole=len(catalogue()),
        start=start,
        shown=SHOWN,
        said=said,
        query=query,
        packs=all_packs,
        countries=sorted(((country_name(code), code) for code, _count in all_packs.countries)),
        languages=sorted(((language_name(code), code) for code, _count in all_packs.languages)),
        types=[(kind_words(name), name) for name in TYPES],
        themes=sorted((kind_words(name), name) for name, _count in all_packs.themes),
        country_name=country_name,
        language_name=language_name,
        to=lambda **changed: (
            f"/outlets/catalogue?{urlencode({k: v for k, v in {**said, **changed}.items() if v})}"
        ),
        outlet_at=lambda name: f"/outlets/one?{urlencode({'name': name})}",
        error=error,
        added=added,
    )
