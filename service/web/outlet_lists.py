"""Lists of outlets that come in and go out, worked on beside the event loop. The page and the API call this."""

from __future__ import annotations

import asyncio

from service.actions.outlet_lists import (
    ImportedOutlets,
    export_outlets,
    import_outlets,
    read_outlet_list,
    write_outlet_list,
)
from service.web.site import Site

OPML = "text/x-opml"


async def export_opml(site: Site) -> bytes:
    """Return all outlets as a list of feeds."""
    outlets = await site.database.reading(export_outlets)
    return await asyncio.to_thread(write_outlet_list, outlets, now=site.now())


async def import_opml(site: Site, body: bytes) -> ImportedOutlets:
    """Add the outlets of a list of feeds; they are polled at once. Raise `InvalidError`."""
    listed = await asyncio.to_thread(read_outlet_list, body)
    imported = await site.database.writing(
        import_outlets, listed=listed, interval=site.settings.crawler.interval, now=site.now()
    )
    site.hints.tick()
    return imported
