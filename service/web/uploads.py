"""Files of people and organisations that were sent, imported off the event loop; and one that a page carries until confirmed."""

from __future__ import annotations

import asyncio
import base64
import binascii
import shutil
import tempfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from alerts.watchlists import open_actors
from service.actions.errors import InvalidError
from service.actions.imports import ImportReport, import_actors, preview_actors
from service.actions.lookup import editable_list
from service.web.site import Site
from storage.language import _

LARGEST_CARRIED = 700_000
"""Characters of a file in a form, packed: what a form's field may hold is 1 MB."""
LARGEST_UNPACKED = 50_000_000


async def import_file(site: Site, which: str | int, file: BinaryIO, *, dry_run: bool = False) -> ImportReport:
    """Add the actors of a file to a list that there is, or say what that would come to. Raises `ActionError`."""
    facts = await site.database.reading(editable_list, which=which)
    return await asyncio.to_thread(_import, site, facts.name, file, dry_run=dry_run)


def packed(file: BinaryIO) -> str | None:
    """Return a file as a form's hidden field holds it; None for one that is too large for that."""
    file.seek(0)
    text = base64.b64encode(zlib.compress(file.read(LARGEST_UNPACKED + 1))).decode()
    return text if len(text) <= LARGEST_CARRIED else None


def unpacked(text: str) -> BinaryIO:
    """Return the file that a form's hidden field holds. Raises `InvalidError`."""
    unpacking = zlib.decompressobj()
    try:
        content = unpacking.decompress(base64.b64decode(text, validate=True), LARGEST_UNPACKED)
    except (binascii.Error, ValueError, zlib.error):
        content = b""
    if not unpacking.eof or not content:
        raise InvalidError(_("Choose a file to import."))
    return BytesIO(content)


def _import(site: Site, name: str, file: BinaryIO, *, dry_run: bool) -> ImportReport:
    with tempfile.NamedTemporaryFile(prefix="tocsin-import-") as copy:
        shutil.copyfileobj(file, copy)
        copy.flush()
        with open_actors(Path(copy.name)) as opened:
            if dry_run:
                return preview_actors(site.database, name, opened.rows, encoding=opened.encoding)
            return import_actors(site.database, name, opened.rows, encoding=opened.encoding, now=site.now())
