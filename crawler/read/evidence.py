"""Evidence: every page as its host sent it, in WARC files (ISO 28500), one a day, kept for as long as the settings say."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from http import HTTPStatus
from io import BytesIO
from pathlib import Path

import structlog
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.values import Response

log = structlog.get_logger(__name__)

_NAME = "tocsin-{day:%Y%m%d}.warc.gz"
_CHANGED_BY_US = frozenset({"content-encoding", "content-length", "transfer-encoding"})
"""Bodies are kept unpacked, so that these would no longer be true."""


class PageKeeper:
    """Appends responses to the day's file. A disk that is full costs the evidence, with a line in the log, never the article."""

    def __init__(self, folder: Path, *, keep_for: timedelta) -> None:
        self._folder = folder
        self._keep_for = keep_for
        self._day: str | None = None
        self._writing = asyncio.Lock()

    async def keep(self, response: Response, *, now: datetime) -> None:
        """Write one response, off the event loop."""
        async with self._writing:
            try:
                await asyncio.to_thread(self._write, response, now)
            except OSError as error:
                log.error(
                    "page not kept as evidence", url=response.url, folder=str(self._folder), error=str(error)
                )

    def _write(self, response: Response, now: datetime) -> None:
        name = file_of_day(now)
        if name != self._day:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._drop_old(now)
            self._day = name
        status, headers = status_line(response.status), true_headers(response.headers)
        with (self._folder / name).open("ab") as file:
            writer = WARCWriter(file, gzip=True)
            writer.write_record(
                writer.create_warc_record(
                    response.url,
                    "response",
                    payload=BytesIO(response.body),
                    http_headers=StatusAndHeaders(status, headers, protocol="HTTP/1.1"),
                    warc_headers_dict={"WARC-Date": now.strftime("%Y-%m-%dT%H:%M:%SZ")},
                )
            )

    def _drop_old(self, now: datetime) -> None:
        oldest = file_of_day(now - self._keep_for)
        for path in self._folder.glob("tocsin-????????.warc.gz"):
            if path.name < oldest:
                with suppress(FileNotFoundError):  # another process of the service was first
                    path.unlink()


def file_of_day(day: datetime) -> str:
    """Return the name of the file that holds a day's pages."""
    return _NAME.format(day=day)


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
