"""Pages of web archives (WARC, ISO 28500): our own evidence (`crawler.read.evidence`), Common Crawl's news sets, anybody's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.errors import ArchiveError

MOST_BYTES = 10_000_000
"""Larger pages are no articles."""
_KINDS = ("text/html", "application/xhtml", "application/pdf", "text/plain")


@dataclass(frozen=True, slots=True)
class ArchivedPage:
    """A page as its host sent it. `body` is unpacked; `fetched_at` is what the archive says."""

    url: str
    body: bytes
    content_type: str | None
    fetched_at: datetime | None


def pages_in(file: BinaryIO, *, name: str) -> Iterator[ArchivedPage]:
    """Yield the pages of an archive, packed or not, in their order: answers of status 200 that may hold an article.

    Raises `ArchiveError` with the archive's `name` where the bytes are none, or are damaged; what stood before has come by then.
    """
    records = 0
    try:
        for record in ArchiveIterator(file):
            records += record.rec_type is not None
            page = _page(record)
            if page is not None:
                yield page
    except (ArchiveLoadFailed, EOFError, OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200] or type(error).__name__
        raise ArchiveError(f"{name}: not a WARC file, or damaged: {said}") from error
    if not records:
        raise ArchiveError(f"{name}: not a WARC file: no record stands in it")


def _page(record: object) -> ArchivedPage | None:
    if getattr(record, "rec_type", None) != "response":
        return None
    headers, warc = record.http_headers, record.rec_headers  # type: ignore[attr-defined]  # warcio has no types
    if headers is None or headers.get_statuscode() != "200":
        return None
    content_type = headers.get_header("Content-Type")
    if content_type is not None and not content_type.strip().lower().startswith(_KINDS):
        return None
    url = warc.get_header("WARC-Target-URI") or ""
    if not url.startswith(("http://", "https://")):
        return None
    body = record.content_stream().read(MOST_BYTES + 1)  # type: ignore[attr-defined]
    if not body or len(body) > MOST_BYTES:
        return None
    return ArchivedPage(url, body, content_type, _moment(warc.get_header("WARC-Date")))


def _moment(said: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(said or "").astimezone(UTC)
    except ValueError:
        return None
