"""Pages of WARC files: those that may hold an article come, in order, however the file is packed; what is damaged is told."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from io import BytesIO

import pytest
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.archives import MOST_BYTES, pages_in
from crawler.errors import ArchiveError

URL = "https://gazette.example/talks"


def archive(*records: tuple[str, str, dict[str, str], bytes], packed: bool = True) -> bytes:
    """Return a WARC file of answers: URL, status, header fields, body."""
    file = BytesIO()
    writer = WARCWriter(file, gzip=packed)
    for url, status, fields, body in records:
        writer.write_record(
            writer.create_warc_record(
                url,
                "response",
                payload=BytesIO(body),
                http_headers=StatusAndHeaders(status, list(fields.items()), protocol="HTTP/1.1"),
                warc_headers_dict={"WARC-Date": "2026-03-02T12:00:00Z"},
            )
        )
    return file.getvalue()


HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.mark.parametrize("packed", [True, False])
def test_pages_come_with_their_address_and_time(packed: bool) -> None:
    (page,) = pages_in(BytesIO(archive((URL, "200 OK", HTML, b"<p>Talks"), packed=packed)), name="a")
    assert (page.url, page.body, page.content_type) == (URL, b"<p>Talks", HTML["Content-Type"])
    assert page.fetched_at == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "status", "fields", "body"),
    [
        pytest.param(URL, "404 Not Found", HTML, b"gone", id="no answer of status 200"),
        pytest.param(URL, "200 OK", {"Content-Type": "image/png"}, b"\x89PNG", id="a picture"),
        pytest.param("dns:gazette.example", "200 OK", HTML, b"x", id="no web address"),
        pytest.param(URL, "200 OK", HTML, b"", id="empty"),
        pytest.param(URL, "200 OK", HTML, b"x" * (MOST_BYTES + 1), id="too large"),
    ],
)
def test_what_holds_no_article_is_left_out(
    url: str, status: str, fields: dict[str, str], body: bytes
) -> None:
    pages = pages_in(BytesIO(archive((url, status, fields, body), (URL, "200 OK", HTML, b"<p>x"))), name="a")
    assert [page.body for page in pages] == [b"<p>x"]


def test_bodies_are_unpacked() -> None:
    fields = {**HTML, "Content-Encoding": "gzip"}
    (page,) = pages_in(BytesIO(archive((URL, "200 OK", fields, gzip.compress(b"<p>Talks")))), name="a")
    assert page.body == b"<p>Talks"


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(b"no record", id="other bytes"),
        pytest.param(b"\x1f\x8b\x08\x00broken" * 9, id="a broken record"),
    ],
)
def test_what_stood_before_the_damage_comes(rest: bytes) -> None:
    pages = pages_in(BytesIO(archive((URL, "200 OK", HTML, b"<p>Talks")) + rest), name="a")
    assert next(pages).body == b"<p>Talks"
    with pytest.raises(ArchiveError, match=r"^a: not a WARC file, or damaged"):
        next(pages)


@pytest.mark.parametrize("body", [b"", b"[storage]\nurl = 1\n", b"\n\nno archive\n"])
def test_other_files_are_told(body: bytes) -> None:
    with pytest.raises(ArchiveError, match=r"^a: not a WARC file"):
        list(pages_in(BytesIO(body), name="a"))
