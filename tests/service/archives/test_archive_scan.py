"""`tocsin archive scan`: archives matched beside each other, to one answer that neither workers nor their deaths change."""

from __future__ import annotations

import csv
import json
import os
import signal
from functools import partial
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlmodel import select
from typer.testing import CliRunner

from service.actions.archives import store_findings
from service.archives.merging import merge
from service.archives.running import Parts, connected, scan_all
from service.archives.scanning import FileScan, ScanPlan, scan_file
from service.cli.app import app
from storage.engine import Database
from storage.tables import Alert, Article, Outlet
from tests.conftest import START
from tests.crawler.test_archives import HTML, archive

SETTINGS = """
[storage]
url = "{url}"
[[outlets]]
name = "Gazette"
site = "https://gazette.example"
feeds = ["https://gazette.example/rss"]
country = "MA"
[[channels]]
name = "desk"
type = "console"
[[watch]]
name = "Sea"
channels = ["desk"]
[[watch.actors]]
name = "Ilse Marrow"
[[watch.topics]]
name = "Boats"
query = "ferries country:MA"
[[watch]]
name = "Other"
channels = ["desk"]
[[watch.actors]]
name = "Harbour Board"
"""
BODY = (
    "The talks on the ferries went on until the evening, and nobody left the room before the end of them. "
    * 8
)


def page(url: str, title: str, body: str = BODY) -> tuple[str, str, dict[str, str], bytes]:
    text = (
        f"<html lang=en><head><title>{title}</title><meta property='article:published_time' content='2026-03-01T09:00:00Z'>"
        f"</head><body><article><h1>{title}</h1><p>{body}</p><p>{body[::-1].title()[:60]}.</p></article></body></html>"
    )
    return url, "200 OK", HTML, text.encode()


@pytest.fixture
def folder(tmp_path: Path, sqlite_url: str) -> Path:
    settings = tmp_path / "settings.toml"
    settings.write_text(SETTINGS.format(url=sqlite_url), "utf-8")
    settings.chmod(0o600)
    (tmp_path / "one.warc.gz").write_bytes(
        archive(
            page("https://gazette.example/a", "Ilse Marrow opens the talks"),
            page("https://gazette.example/b", "Rain in the north", BODY.replace("ferries", "fields")),
        )
    )
    (tmp_path / "two.warc").write_bytes(
        archive(
            page("https://ledger.example/c", "Ilse Marrow opens the talks, says the Harbour Board"),
            page("https://gazette.example/a", "Ilse Marrow opens the talks"),
            packed=False,
        )
    )
    return tmp_path


def scan(
    folder: Path, *files: str, output: str = "found.jsonl", options: tuple[str, ...] = (), code: int = 0
) -> tuple[str, str]:
    given = [
        *(file if file.startswith("@") else str(folder / file) for file in files),
        "--output",
        str(folder / output),
    ]
    result = CliRunner().invoke(
        app,
        ["archive", "scan", *given, "--workers", "1", *options, "--settings", str(folder / "settings.toml")],
    )
    assert result.exit_code == code, result.output
    return result.stdout, result.stderr


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def plan(folder: Path) -> ScanPlan:
    from service.actions.archives import scan_plan
    from service.cli.common import provisioned

    with provisioned(folder / "settings.toml") as (_settings, database), database.read() as session:
        return scan_plan(session, [], now=START)


@pytest.fixture
def made(folder: Path) -> tuple[Path, ScanPlan]:
    return folder, plan(folder)


@pytest.mark.thorough
def test_scan_finds_what_is_tracked_once_and_goes_on_where_it_stood(folder: Path) -> None:
    out, _err = scan(folder, "one.warc.gz", "two.warc")
    assert "2 files (0 done before), 4 pages, 4 articles: 2 findings" in " ".join(out.split())
    first, second = lines(folder / "found.jsonl")
    assert (first["url"], first["outlet"], first["country"]) == ("https://gazette.example/a", "Gazette", "MA")
    assert {(one["watch_list"], one.get("actor") or one["topic"]) for one in first["mentions"]} == {
        ("Sea", "Ilse Marrow"),
        ("Sea", "Boats"),
    }
    assert {(one["watch_list"], one.get("actor")) for one in second["mentions"]} == {
        ("Sea", "Ilse Marrow"),
        ("Other", "Harbour Board"),
    }
    assert first["story"] == second["story"] == 1
    assert first["published_at"] == "2026-03-01T09:00:00Z"
    told = (folder / "found.jsonl").read_bytes()
    parts = sorted((folder / "found.jsonl.parts").iterdir())
    stamps = [part.stat().st_mtime_ns for part in parts]
    out, _err = scan(folder, "one.warc.gz", "two.warc", "one.warc.gz")
    assert "2 files (2 done before)" in " ".join(out.split())
    assert (folder / "found.jsonl").read_bytes() == told
    assert [part.stat().st_mtime_ns for part in parts] == stamps


@pytest.mark.thorough
def test_one_list_in_a_table_and_files_that_are_none_on_a_cluster(folder: Path) -> None:
    (folder / "files.txt").write_text(
        f"{folder}/two.warc\n{folder}/settings.toml\n{folder}/none.warc\n", "utf-8"
    )
    with connected(None, workers=1, adaptive=None) as theirs:
        options = ("--watch", "Other", "--cluster", theirs.scheduler_info()["address"])
        out, err = scan(folder, f"@{folder}/files.txt", output="found.csv", options=options, code=1)
        scan(folder, "two.warc", output="found.xlsx", options=options)
    assert "3 files (0 done before), 2 pages" in " ".join(out.split())
    assert "settings.toml: not a WARC file" in err
    assert "none.warc: can't be read" in err
    (row,) = csv.DictReader((folder / "found.csv").read_text("utf-8").splitlines())
    assert (row["watch_lists"], row["names"], row["outlet"]) == ("Other", "Harbour Board", "ledger.example")
    with ZipFile(folder / "found.xlsx") as book:
        assert "Harbour Board" in book.read("xl/sharedStrings.xml").decode()


@pytest.mark.parametrize(
    ("output", "options", "message"),
    [
        ("found.txt", (), "must end with .jsonl, .csv or .xlsx"),
        ("found.csv", ("--watch", "Seaa"), "no watch list is called 'Seaa'"),
        ("found.csv", ("--adaptive", "8"), "say the least and the most workers"),
    ],
)
def test_what_is_wrong_is_said_before_anything_starts(
    folder: Path, output: str, options: tuple[str, ...], message: str
) -> None:
    _out, err = scan(folder, "one.warc.gz", output=output, options=options, code=2)
    assert message in " ".join(err.split())


def test_stored_articles_are_old_news_and_stored_once(made: tuple[Path, ScanPlan]) -> None:
    folder, wanted = made
    scans = [scan_file(str(folder / name), wanted, everything=True) for name in ("one.warc.gz", "two.warc")]
    findings = merge(scans)
    with Database(f"sqlite:///{folder}/tocsin.db") as database:
        with database.write() as session:
            stored = store_findings(session, findings, now=START)
        assert (stored.stored, stored.known, stored.strangers) == (2, 0, 1)
        with database.write() as session:
            again = store_findings(session, findings, now=START)
        assert (again.stored, again.known, again.strangers) == (0, 2, 1)
        with database.read() as session:
            rows = session.exec(
                select(Article.url, Outlet.name, Article.published_at).join(Outlet).order_by(Article.url)
            ).all()
            assert [row[:2] for row in rows] == [
                ("https://gazette.example/a", "Gazette"),
                ("https://gazette.example/b", "Gazette"),
            ]
            assert session.exec(select(Alert)).all() == []


@pytest.mark.thorough
def test_killed_worker_costs_nothing_but_time(
    made: tuple[Path, ScanPlan], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, wanted = made
    addresses = [str(folder / name) for name in ("one.warc.gz", "two.warc")]
    expected = merge([scan_file(address, wanted) for address in addresses])
    came: dict[str, FileScan] = {}
    real = scan_file

    def dying(address: str, plan: ScanPlan, *, everything: bool = False) -> FileScan:
        mark = folder / "died"
        if address.endswith("one.warc.gz") and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return real(address, plan, everything=everything)

    monkeypatch.setattr("service.archives.running.scan_file", dying)
    scan_all(
        partial(connected, None, workers=1, adaptive=None),
        addresses,
        wanted,
        Parts(folder / "parts", wanted, everything=False),
        done=lambda one: came.update({one.address: one}),
    )
    assert (folder / "died").exists()
    assert merge([came[address] for address in addresses]) == expected


def test_another_text_at_one_address_is_kept_and_the_first_of_equal_ones() -> None:
    def finding(text: str, fetched: str) -> str:
        return json.dumps(
            {
                "url": "https://a.example/1",
                "key": "https://a.example/1",
                "title": "Talks",
                "text": text,
                "language": "en",
                "outlet": "A",
                "published_at": None,
                "fetched_at": fetched,
                "mentions": [1],
                "excerpts": [],
            }
        )

    later, first, other = (
        finding("one", "2026-03-02T00:00:00Z"),
        finding("one", "2026-03-01T00:00:00Z"),
        finding("two", "2026-03-03T00:00:00Z"),
    )
    for order in ((later, first, other), (other, first, later)):
        found = merge([FileScan("a", order[:1]), FileScan("b", order[1:])])
        assert [(one["text"], one["fetched_at"]) for one in found] == [
            ("one", "2026-03-01T00:00:00Z"),
            ("two", "2026-03-03T00:00:00Z"),
        ]
