"""What page, API and command line do alike with folders: pages are fetched for them, and archives get their time stamp."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from crawler.errors import CrawlerError
from crawler.read.shelves import is_bucket
from service.actions.errors import InvalidError
from service.actions.folders import file_address, file_page
from service.folders.archive import PackedFolder, with_stamp
from service.folders.stamping import time_stamp
from service.missed.looking import ArticleLooker
from service.settings import Settings
from storage.engine import Database
from storage.language import _
from storage.stores.folders.folders import FiledPage


async def fetch_into(
    database: Database,
    looker: ArticleLooker,
    which: str | int,
    url: str,
    *,
    caller: str,
    clock: Callable[[], datetime],
) -> None:
    """Put the article of an address into a folder, else the page there, fetched as outlets' pages are. Raise `ActionError`."""
    wanted = await database.writing(file_address, which=which, url=url, caller=caller, now=clock())
    if wanted is None:
        return
    try:
        response, read = await looker.page_at(wanted)
    except CrawlerError as error:
        raise InvalidError(
            _("{url} could not be fetched: {why}", url=wanted, why=str(error)), key="url"
        ) from error
    now = clock()
    page = FiledPage(
        wanted,
        response.url,
        now,
        response.status,
        read.title,
        read.site_name or "",
        read.text,
        read.language,
        read.published,
        response.headers,
        response.body,
    )
    await database.writing(file_page, which=which, page=page, caller=caller, now=now)


async def stamped(settings: Settings, packed: PackedFolder, now: datetime) -> bytes:
    """Return an archive with the time stamp that the settings ask for. Raise `StampError`."""
    address = settings.folders.time_stamp
    if not address:
        return packed.body
    networks = settings.crawler.allow_networks
    return with_stamp(packed, await time_stamp(address, packed.manifest, allow_networks=networks), now)


def kept_in_of(settings: Settings) -> str:
    """Return where pages are kept as they were sent: a folder or a bucket's address; empty where they are not."""
    crawler = settings.crawler
    if not crawler.keep_pages:
        return ""
    place = crawler.keep_pages_in
    return place if is_bucket(place) else os.fspath(Path(place).absolute())
