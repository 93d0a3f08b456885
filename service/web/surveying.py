"""Surveys begun and added from, for the page and the API: what was given is read off the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from crawler.surveys.reading import GivenOutlet, GivenOutlets
from service.actions.surveys import (
    AddedOutlets,
    Ticked,
    add_from_survey,
    begin_survey,
    read_given,
    survey_again,
)
from service.web.site import Site


async def begin_on(
    site: Site,
    given: Sequence[GivenOutlet],
    bodies: Sequence[bytes],
    *,
    language: str | None,
    country: str | None,
    tags: Sequence[str],
    caller: str,
) -> tuple[int, GivenOutlets]:
    """Begin a survey; return its number, and what was read of what was given. Raise `InvalidError`."""
    read = partial(read_given, given, bodies, language=language, country=country, tags=tags)
    outlets = await asyncio.to_thread(read)
    number = await site.database.writing(begin_survey, given=outlets, caller=caller, now=site.now())
    site.hints.tick()
    return number, outlets


async def again_on(site: Site, number: int, *, caller: str) -> int:
    """Begin a survey of the addresses of another at which nothing was found; return its number. Raise `ActionError`."""
    again = await site.database.writing(survey_again, number=number, caller=caller, now=site.now())
    site.hints.tick()
    return again


async def add_on(site: Site, number: int, ticked: Sequence[Ticked] | None) -> AddedOutlets:
    """Add outlets of what a survey found; they are polled at once. Raise `ActionError`."""
    added = await site.database.writing(
        add_from_survey,
        number=number,
        ticked=ticked,
        interval=site.settings.crawler.interval,
        now=site.now(),
    )
    site.hints.tick()
    return added
