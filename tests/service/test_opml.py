"""`tocsin outlets import`, `export` and `discover`, as a user calls them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from crawler.sources.opml import parse_opml
from service.cli.app import app
from tests.replay.outlets import ReplayOutlets, feed, raw

SETTINGS = """
[storage]
url = "{storage}"
[crawler]
proxy = "{proxy}"
[[outlets]]
name = "Declared"
feeds = ["https://declared.example/rss"]
"""
LIST = """<opml version="2.0"><body><outline text="Maghreb">
<outline text="Gazette" type="rss" language="fr" xmlUrl="https://gazette.example/rss" htmlUrl="https://gazette.example"/>
<outline text="Declared" xmlUrl="https://declared.example/other"/>
<outline text="Copy" xmlUrl="https://declared.example/rss"/>
<outline text="Nothing"/></outline></body></opml>"""

Call = Callable[..., Result]


@pytest.fixture
def call(tmp_path: Path, storage_url: str) -> Call:
    """Call `tocsin outlets` on an empty database."""
    settings = tmp_path / "settings.toml"
    settings.write_text(SETTINGS.format(storage=storage_url, proxy=""), encoding="utf-8")
    settings.chmod(0o600)

    def run(*arguments: str, body: str | None = None) -> Result:
        return CliRunner().invoke(app, ["outlets", *arguments, "--settings", str(settings)], input=body)

    return run


def test_import_adds_outlets_with_their_tags_and_tells_what_is_left_out(call: Call) -> None:
    result = call("import", "-", body=LIST)
    assert result.exit_code == 0, result.output
    assert "1 outlet added" in result.stdout
    assert "'Declared' is declared in the settings file" in result.stderr
    assert "'Copy': https://declared.example/rss is polled for 'Declared' already" in result.stderr
    assert "line 5: 'Nothing' has no xmlUrl" in result.stderr
    rows = {row["outlet"]: row for row in json.loads(call("list", "--json").stdout)}
    assert rows.keys() == {"Declared", "Gazette"}
    assert (rows["Gazette"]["tags"], rows["Gazette"]["language"]) == (["Maghreb"], "fr")


def test_import_twice_changes_nothing_and_later_adds_feeds_and_tags(call: Call) -> None:
    call("import", "-", body=LIST)
    again = json.loads(call("import", "-", "--json", body=LIST).stdout)
    assert (again["added"], again["extended"], again["unchanged"], len(again["problems"])) == ([], [], 1, 3)
    more = LIST.replace('text="Maghreb"', 'text="Daily"').replace(
        "gazette.example/rss", "gazette.example/sport"
    )
    assert json.loads(call("import", "-", "--json", body=more).stdout)["extended"] == ["Gazette"]
    rows = [row for row in json.loads(call("list", "--json").stdout) if row["outlet"] == "Gazette"]
    assert [row["feed"] for row in rows] == ["https://gazette.example/rss", "https://gazette.example/sport"]
    assert rows[0]["tags"] == ["Maghreb", "Daily"]


def test_export_gives_what_import_reads(call: Call, tmp_path: Path) -> None:
    call("import", "-", body=LIST)
    assert "2 feeds of 2 outlets" in call("export", str(tmp_path / "out.opml")).stdout
    listed = parse_opml((tmp_path / "out.opml").read_bytes())
    assert [(outlet.name, outlet.tags) for outlet in listed.outlets] == [
        ("Declared", ()),
        ("Gazette", ("Maghreb",)),
    ]
    assert call("export").stdout.startswith("<?xml")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param("<rss/>", "-: the file is not OPML", id="no OPML"),
        pytest.param("<opml><body/></opml>", "", id="nothing in it"),
    ],
)
def test_import_of_nothing_fails(call: Call, body: str, message: str) -> None:
    result = call("import", "-", body=body)
    assert result.exit_code == 1
    assert message in result.stderr


def test_missing_file_is_one_line(call: Call) -> None:
    result = call("import", "/nowhere/feeds.opml")
    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1


def test_discover_refuses_what_is_no_address(call: Call) -> None:
    assert call("discover", "ftp://gazette.example").exit_code == 2


async def test_discover_prints_feeds_and_the_next_command(tmp_path: Path, sqlite_url: str) -> None:
    async with ReplayOutlets() as outlets:
        page = b'<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>'
        outlets.script["http://gazette.example/"] = [raw(page, Content_Type="text/html")]
        outlets.script["http://gazette.example/rss"] = [feed(("http://gazette.example/1", "One"))]
        settings = tmp_path / "settings.toml"
        settings.write_text(SETTINGS.format(storage=sqlite_url, proxy=outlets.proxy), encoding="utf-8")
        settings.chmod(0o600)
        arguments = ["outlets", "discover", "http://gazette.example/", "--settings", str(settings)]
        result = await asyncio.to_thread(CliRunner().invoke, app, arguments)
        as_json = await asyncio.to_thread(CliRunner().invoke, app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    assert "--feed http://gazette.example/rss" in result.stdout
    (found,) = json.loads(as_json.stdout)["feeds"]
    assert (found["url"], found["kind"], found["source"]) == ("http://gazette.example/rss", "rss", "link")
