"""Files that a browser or a program takes away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from urllib.parse import urlencode

from fastapi import Response

from service.actions.views import PRINT_POLICY, View, ViewFormat, written
from service.web.site import Site
from storage.language import _


async def as_file(site: Site, view: View, wanted: ViewFormat) -> Response:
    """Return a view as a file to be saved, or a page to be printed; made in a thread, since a spreadsheet takes a while."""
    data = await asyncio.to_thread(partial(written, view, wanted, now=site.now()))
    if wanted is ViewFormat.HTML:
        return Response(data, media_type=wanted.media_type, headers={"Content-Security-Policy": PRINT_POLICY})
    return download(data, f"{view.name}.{wanted.value}", wanted.media_type)


def links_to_save(path: str, filters: Mapping[str, object]) -> dict[str, str]:
    """Return where a filtered list is had as a file, by what people call each."""
    return {
        _("To print")
        if each is ViewFormat.HTML
        else each.name: f"{path}?{urlencode({**filters, 'format': each.value}, doseq=True)}"
        for each in ViewFormat
    }


def download(data: bytes, name: str, media_type: str) -> Response:
    """Return a file to be saved under this name."""
    disposition = f'attachment; filename="{name}"'
    return Response(data, media_type=media_type, headers={"Content-Disposition": disposition})
