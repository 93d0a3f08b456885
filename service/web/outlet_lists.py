"""Outlets found on a site, and lists of them from and for other programs. The page and the API call this."""

from __future__ import annotations

import asyncio
from functools import partial

from crawler.pool import CpuPool
from crawler.sources.discovery import Discovery, discover
from crawler.sources.documents import parse_feed
from crawler.sources.opml import format_opml, parse_opml
from crawler.values import ParsedFeed, Response
from service.opml import Imported, list_outlines
from service.outlets import import_opml
from service.web.site import Site

OPML = "text/x-opml"


async def discover_feeds(site: Site, url: str) -> Discovery:
    """Gives the feeds that a site has, read in the pool of workers."""
    return await discover(site.fetcher.fetch, url, read=partial(_read, site.pool))


async def export_opml(site: Site) -> bytes:
    """Gives all outlets as a list of feeds."""
    outlets = await site.database.reading(list_outlines)
    return await asyncio.to_thread(format_opml, outlets, title="Outlets of Tocsin", created=site.now())


async def import_outlet_list(site: Site, body: bytes) -> Imported:
    """Adds the outlets of a list of feeds; they are polled at once. Raises `OpmlError`."""
    listed = await asyncio.to_thread(parse_opml, body)
    imported = await site.database.writing(
        partial(import_opml, listed=listed, interval=site.settings.crawler.interval, now=site.now())
    )
    site.hints.tick()
    return imported


async def _read(pool: CpuPool, response: Response) -> ParsedFeed:
    return await pool.run(
        parse_feed, response.body, url=response.url, content_type=response.headers.get("content-type")
    )
