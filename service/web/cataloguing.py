"""Outlets of the catalogue added, for the page and the API."""

from __future__ import annotations

from collections.abc import Sequence

from service.actions.catalogue import add_from_catalogue
from service.actions.surveys import AddedOutlets
from service.web.site import Site


async def add_named(site: Site, names: Sequence[str]) -> AddedOutlets:
    """Add outlets of the catalogue by their names; they are polled at once. Raise `ActionError`."""
    added = await site.database.writing(
        add_from_catalogue, names=names, interval=site.settings.crawler.interval, now=site.now()
    )
    site.hints.tick()
    return added
