"""Evidence: every page as its host sent it, in WARC files (ISO 28500), kept for as long as the settings say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import date, datetime, timedelta
from functools import partial
from http import HTTPStatus
from io import BytesIO

import structlog
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.read.shelves import shelf_at
from crawler.values import Response

log = structlog.get_logger(__name__)

_CHANGED_BY_US = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Bodies are kept unpacked, so that these would no longer be true."""


class PageKeeper:
    """Keeps responses in a folder or a bucket (`shelves`). A full disk costs the evidence, with a line in the log, no article."""

    def __init__(self, place: str, *, keep_for: timedelta) -> None:
        self._place = place
        self._keep_for = keep_for
        self._shelf = shelf_at(place)
        self._day: date | None = None
        self._turns = asyncio.Lock()

    async def keep(self, response: Response, *, now: datetime) -> None:
        """Write one response, off the event loop; each day, drop what is too old."""
        async with self._turns if self._shelf.takes_turns else nullcontext():
            await self._tried(
                partial(self._put, response, now), "page not kept as evidence", url=response.url
            )
            if now.date() != self._day:
                self._day = now.date()
                oldest = self._day - self._keep_for
                await self._tried(partial(self._shelf.drop_before, oldest), "old evidence not dropped")

    def _put(self, response: Response, now: datetime) -> None:
        self._shelf.put(record_of(response, now), response.url, now)

    async def _tried(self, work: Callable[[], None], otherwise: str, **said: str) -> None:
        try:
            await asyncio.to_thread(work)
        except Exception as error:  # noqa: BLE001  (each bucket's library raises what it likes; a folder, OSError)
            log.error(otherwise, place=self._place, error=str(error), **said)


def record_of(response: Response, now: datetime) -> bytes:
    """Return a response as WARC writes it."""
    file = BytesIO()
    writer = WARCWriter(file, gzip=True)
    writer.write_record(
        writer.create_warc_record(
            response.url,
            "response",
            payload=BytesIO(response.body),
            http_headers=StatusAndHeaders(
                status_line(response.status), true_headers(response.headers), protocol="HTTP/1.1"
            ),
            warc_headers_dict={"WARC-Date": now.strftime("%Y-%m-%dT%H:%M:%SZ")},
        )
    )
    return file.getvalue()


def status_line(status: int) -> str:
    """Return a status as HTTP writes it: `200 OK`."""
    return f"{status} {_phrase(status)}"


def true_headers(headers: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the headers that are true of a body that was unpacked."""
    return [(key, value) for key, value in headers.items() if key not in _CHANGED_BY_US]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
