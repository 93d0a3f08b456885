"""Files of people and organisations that were sent, imported off the event loop."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from alerts.watchlists import open_actors
from service.actions.imports import ImportReport, import_actors
from service.actions.lookup import editable_list
from service.web.site import Site


async def import_file(site: Site, which: str | int, file: BinaryIO) -> ImportReport:
    """Add the actors of a CSV or FollowTheMoney file to a list that there is. Raises `ActionError`."""
    facts = await site.database.reading(editable_list, which=which)
    return await asyncio.to_thread(_import, site, facts.name, file)


def _import(site: Site, name: str, file: BinaryIO) -> ImportReport:
    with tempfile.NamedTemporaryFile(prefix="tocsin-import-") as copy:
        shutil.copyfileobj(file, copy)
        copy.flush()
        with open_actors(Path(copy.name)) as rows:
            return import_actors(site.database, name, rows, now=site.now())
