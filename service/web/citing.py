"""Cited outlets found and added, for the page and the API."""

from __future__ import annotations

from datetime import timedelta

from service.actions.citations import CitedOutlet, add_cited, cited_outlets
from service.web.site import Site

LONGEST = timedelta(days=90)
"""What may have been found so long ago is counted when one is added."""


async def cited_on(site: Site, *, days: int, fewest: int) -> list[CitedOutlet]:
    """Return what is cited and not followed."""
    return await site.database.reading(
        cited_outlets, now=site.now(), span=timedelta(days=days), fewest=fewest
    )


async def add_on(site: Site, host: str) -> str:
    """Add a cited outlet, looked for on its site where the catalogue does not know it; return its name. Raise `ActionError`."""
    name = await add_cited(
        site.database,
        site.fetcher,
        host,
        interval=site.settings.crawler.interval,
        now=site.now(),
        span=LONGEST,
        pool=site.pool,
    )
    site.hints.tick()
    return name
