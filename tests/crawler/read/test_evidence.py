"""Pages kept as evidence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from crawler.read.evidence import PageKeeper
from crawler.values import Response

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def response(url: str, body: bytes) -> Response:
    headers = {"content-type": "text/html", "content-encoding": "gzip", "etag": '"1"'}
    return Response(requested_url=url, url=url, status=200, headers=headers, body=body)


def records(path: Path) -> list[tuple[str, bytes, str]]:
    with path.open("rb") as file:
        return [
            (
                record.rec_headers.get_header("WARC-Target-URI"),
                record.content_stream().read(),
                record.rec_headers.get_header("WARC-Date"),
            )
            for record in ArchiveIterator(file)
        ]


def names(folder: Path) -> list[str]:
    return [path.name[7:15] for path in sorted(folder.iterdir())]


async def test_responses_of_a_day_stand_in_one_file(tmp_path: Path) -> None:
    keeper = PageKeeper(tmp_path / "pages", keep_for=30 * DAY)
    await keeper.keep(response("https://gazette.example/1", b"<p>one"), now=NOON)
    await keeper.keep(response("https://gazette.example/2", b"<p>two"), now=NOON + timedelta(hours=1))
    await keeper.keep(response("https://gazette.example/3", b"<p>three"), now=NOON + DAY)
    first, second = sorted((tmp_path / "pages").iterdir())
    assert (first.name, second.name) == ("tocsin-20260302.warc.gz", "tocsin-20260303.warc.gz")
    assert records(first) == [
        ("https://gazette.example/1", b"<p>one", "2026-03-02T12:00:00Z"),
        ("https://gazette.example/2", b"<p>two", "2026-03-02T13:00:00Z"),
    ]


async def test_old_files_go(tmp_path: Path) -> None:
    keeper = PageKeeper(tmp_path, keep_for=2 * DAY)
    for day in range(5):
        await keeper.keep(response("https://gazette.example/1", b"<p>"), now=NOON + day * DAY)
    assert names(tmp_path) == ["20260304", "20260305", "20260306"]


async def test_a_folder_that_cannot_be_written_costs_no_article(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    await PageKeeper(tmp_path / "file", keep_for=DAY).keep(response("https://a.example/", b"x"), now=NOON)
