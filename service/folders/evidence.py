"""Pages as they were sent, in one WARC file (ISO 28500): a folder's own, and those of its articles that were kept."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from io import BytesIO, StringIO
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.read.evidence import status_line, true_headers
from crawler.read.shelves import shelf_at
from storage.stores.folders.folders import FiledPage


class EvidenceError(Exception):
    """What was kept can't be read; the message says why."""


@dataclass(frozen=True, slots=True)
class WantedPage:
    """An article's page that may have been kept: its address, and when it was read."""

    url: str
    read_at: datetime


@dataclass(frozen=True, slots=True)
class SentPage:
    """A page as it was sent."""

    url: str
    at: str
    """As WARC writes it: `2026-03-02T12:00:00Z`."""
    status: str
    headers: Sequence[tuple[str, str]]
    body: bytes


def warc_of(pages: Iterable[FiledPage], wanted: Sequence[WantedPage], kept_in: str) -> tuple[bytes, bytes]:
    """Return the WARC file and a table of its records: address, time, status, hash and number of each. Slow."""
    file, table = BytesIO(), StringIO()
    writer, rows = WARCWriter(file, gzip=True), csv.writer(table, lineterminator="\n")
    rows.writerow(("url", "sent_at", "status", "bytes", "sha256", "record"))
    kept = kept_answers(wanted, kept_in) if kept_in else []
    for answer in [*map(_answer, pages), *kept]:
        record = writer.create_warc_record(
            answer.url,
            "response",
            payload=BytesIO(answer.body),
            http_headers=StatusAndHeaders(answer.status, list(answer.headers), protocol="HTTP/1.1"),
            warc_headers_dict={"WARC-Date": answer.at},
        )
        number = record.rec_headers.get_header("WARC-Record-ID")
        writer.write_record(record)
        digest = sha256(answer.body).hexdigest()
        rows.writerow((answer.url, answer.at, answer.status, len(answer.body), digest, number))
    return file.getvalue(), table.getvalue().encode()


def kept_answers(wanted: Iterable[WantedPage], place: str) -> list[SentPage]:
    """Return what was kept of these pages (`[crawler] keep_pages`), of the day before, of and after they were read.

    Raises `EvidenceError` where the place can't be read: an archive without what it should hold would be taken for whole.
    """
    by_day: dict[date, set[str]] = {}
    for page in wanted:
        for days in (-1, 0, 1):
            by_day.setdefault((page.read_at + timedelta(days=days)).date(), set()).add(page.url)
    try:
        shelf = shelf_at(place)
        return [
            answer
            for day, urls in sorted(by_day.items())
            for file in shelf.files_of(urls, day)
            for answer in _answers_in(file, urls)
        ]
    except Exception as error:  # each bucket's library raises what it likes; a folder, OSError
        raise EvidenceError(f"the pages kept in {place} can't be read: {error}") from error


def _answers_in(file: BinaryIO, urls: set[str]) -> Iterator[SentPage]:
    for record in ArchiveIterator(file):
        url = record.rec_headers.get_header("WARC-Target-URI")
        if record.rec_type == "response" and url in urls:
            http = record.http_headers
            yield SentPage(
                url,
                record.rec_headers.get_header("WARC-Date"),
                http.statusline,
                tuple(http.headers),
                record.content_stream().read(),
            )


def _answer(page: FiledPage) -> SentPage:
    at = page.fetched_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return SentPage(
        page.fetched_url or page.url,
        at,
        status_line(page.status),
        tuple(true_headers(page.headers)),
        page.body,
    )
