"""Pages kept as evidence."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from fsspec.core import url_to_fs
from structlog.testing import capture_logs
from warcio.archiveiterator import ArchiveIterator

from crawler.read.evidence import PageKeeper
from crawler.read.shelves import shelf_at
from crawler.values import Response

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def response(url: str, body: bytes) -> Response:
    headers = {"content-type": "text/html", "content-encoding": "gzip", "etag": '"1"'}
    return Response(requested_url=url, url=url, status=200, headers=headers, body=body)


def records(path: Path) -> list[tuple[str, bytes, str]]:
    with path.open("rb") as file:
        return read(file)


def read(file: BinaryIO) -> list[tuple[str, bytes, str]]:
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
    keeper = PageKeeper(str(tmp_path / "pages"), keep_for=30 * DAY)
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
    keeper = PageKeeper(str(tmp_path), keep_for=2 * DAY)
    for day in range(5):
        await keeper.keep(response("https://gazette.example/1", b"<p>"), now=NOON + day * DAY)
    assert names(tmp_path) == ["20260304", "20260305", "20260306"]


async def test_each_page_is_an_object_of_a_bucket_found_by_its_address(tmp_path: Path) -> None:
    place = f"memory://{tmp_path}/bucket"
    keeper = PageKeeper(place, keep_for=2 * DAY)
    for day in range(4):
        now = NOON + day * DAY
        await asyncio.gather(
            *(keeper.keep(response(f"https://gazette.example/{n}", b"%d" % day), now=now) for n in range(3))
        )
    await keeper.keep(
        response("https://gazette.example/1", b"again"), now=NOON + 3 * DAY + timedelta(hours=1)
    )
    files, root = url_to_fs(place)
    days = sorted(path.rpartition("/")[2] for path in files.ls(root, detail=False))
    assert days == ["20260303", "20260304", "20260305"]
    wanted, shelf = "https://gazette.example/1", shelf_at(place)
    found = [read(file) for file in shelf.files_of([wanted, "https://gazette.example/none"], NOON + 3 * DAY)]
    assert found == [
        [(wanted, b"3", "2026-03-05T12:00:00Z")],
        [(wanted, b"again", "2026-03-05T13:00:00Z")],
    ]


async def test_a_bucket_that_is_away_costs_no_article(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    keeper = PageKeeper(f"file://{tmp_path}/file/bucket", keep_for=DAY)
    with capture_logs() as logged:
        await keeper.keep(response("https://a.example/", b"x"), now=NOON)
    assert [(one["event"], one.get("url")) for one in logged] == [
        ("page not kept as evidence", "https://a.example/"),
        ("old evidence not dropped", None),
    ]


async def test_a_folder_that_cannot_be_written_costs_no_article(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    await PageKeeper(str(tmp_path / "file"), keep_for=DAY).keep(
        response("https://a.example/", b"x"), now=NOON
    )
