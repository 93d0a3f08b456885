"""Files that a browser or a program takes away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fastapi import Response

from service.actions.exports import ViewFormat, exported_view
from storage.stores.alerts.alert_pages import ListedAlert


async def as_file(alerts: Sequence[ListedAlert], wanted: ViewFormat) -> Response:
    """Return a view of alerts as a file to be saved; written in a thread, since a spreadsheet takes a while."""
    data = await asyncio.to_thread(exported_view, alerts, wanted)
    return download(data, f"alerts.{wanted.value}", wanted.media_type)


def download(data: bytes, name: str, media_type: str) -> Response:
    """Return a file to be saved under this name."""
    disposition = f'attachment; filename="{name}"'
    return Response(data, media_type=media_type, headers={"Content-Disposition": disposition})
