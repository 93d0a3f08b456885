"""What page and API do alike with folders: pages are fetched for them, and their archives are made by a worker."""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Response

from alerts.delivery.review_view import file_name
from alerts.review.printing import PrintError
from crawler.pool import CpuPool, WorkFailedError
from service.actions.errors import ConflictError
from service.actions.folders import FolderContents, folder_contents
from service.folders.archive import pack_folder
from service.folders.evidence import EvidenceError
from service.folders.making import fetch_into, kept_in_of, stamped
from service.folders.printed import printed_folder
from service.folders.stamping import StampError
from service.missed.looking import ArticleLooker
from service.web.site import Site

PACKING_TAKES = timedelta(minutes=10)
"""At most."""


async def file_address_on(site: Site, which: str | int, url: str, *, caller: str) -> None:
    """Put the article or page of an address into a folder. Raise `ActionError`."""
    looker = ArticleLooker(site.database, site.fetcher, site.settings, clock=site.clock, pool=site.pool)
    async with site.tracings:
        await fetch_into(site.database, looker, which, url, caller=caller, clock=site.clock)


async def archive_on(site: Site, which: str | int, zone: ZoneInfo) -> tuple[str, bytes]:
    """Return a folder's archive with its name, made in a worker. Raise `ActionError`."""
    contents = await site.database.reading(folder_contents, which=which)
    view, kept_in, now = printed_folder(contents, zone), kept_in_of(site.settings), site.now()
    try:
        async with CpuPool(workers=1, timeout=PACKING_TAKES, reads_pages=False) as pool:
            packed = await pool.run(pack_folder, contents, view, kept_in, now)
        body = await stamped(site.settings, packed, now)
    except (PrintError, EvidenceError, WorkFailedError, StampError) as error:
        raise ConflictError(str(error)) from error
    return archive_name(contents, now), body


def archive_name(contents: FolderContents, now: datetime) -> str:
    """Return what a folder's archive is called."""
    return file_name(contents.shown.listed.name, now.date().isoformat(), "zip")


def as_archive(name: str, body: bytes) -> Response:
    """Return an archive to be saved under its name."""
    headers = {"content-disposition": f"attachment; filename*=utf-8''{quote(name)}"}
    return Response(body, media_type="application/zip", headers=headers)
