"""Newsletters where people meet them: the command line, `tocsin check`, the page and the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.app import app
from tests.service.web.served import NAME, PASSWORD, Served, served, settings_on

RUN = CliRunner()
MAIL = '{ kind = "mail", from = "news@fisheries.example" }'


@pytest.fixture
def settings(tmp_path: Path, sqlite_url: str) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(f'[storage]\nurl = "{sqlite_url}"\n', "utf-8")
    path.chmod(0o600)
    return path


def tocsin(settings: Path, *words: str, code: int = 0) -> str:
    result = RUN.invoke(app, [*words, "--settings", str(settings)])
    assert result.exit_code == code, result.output
    return result.output


def test_source_of_mail_is_added_listed_and_missed_by_the_check(settings: Path) -> None:
    tocsin(settings, "outlets", "add", "Fisheries", "--source", MAIL)
    tocsin(settings, "outlets", "add", "Courts", "--source", '{ kind = "mail", to = "courts" }')
    listed = json.loads(tocsin(settings, "outlets", "list", "--json"))
    assert {row["feed"] for row in listed} == {"mail:news@fisheries.example", "mail:to courts"}
    said = " ".join(tocsin(settings, "check").split())
    assert (
        "its newsletters (mail:news@fisheries.example) can't come in: set [imap] host, username and" in said
    )
    assert "its newsletters (mail:to courts) can't come in: set [inbound] listen and domain" in said
    assert "No addresses. Set [inbound] listen and domain" in tocsin(settings, "outlets", "recipients")


def test_sender_is_one_outlets_alone(settings: Path) -> None:
    tocsin(settings, "outlets", "add", "Fisheries", "--source", MAIL)
    said = tocsin(settings, "outlets", "add", "Ports", "--source", MAIL, code=1)
    assert "is polled for 'Fisheries' already" in " ".join(said.split())


def test_own_addresses_are_shown(settings: Path) -> None:
    with settings.open("a", encoding="utf-8") as file:
        file.write('[inbound]\nlisten = "127.0.0.1:2525"\ndomain = "in.desk.example"\n')
    tocsin(settings, "outlets", "add", "Courts", "--source", '{ kind = "mail", to = "courts" }')
    (row,) = json.loads(tocsin(settings, "outlets", "recipients", "--json"))
    assert (row["outlet"], row["name"]) == ("Courts", "courts")
    assert row["address"].startswith("courts.")
    assert row["address"].endswith("@in.desk.example")
    assert row["address"] in tocsin(settings, "outlets", "recipients").replace("\n", "")


def test_poll_without_a_mailbox_says_what_is_missing(settings: Path) -> None:
    tocsin(settings, "outlets", "add", "Fisheries", "--source", MAIL)
    (row,) = json.loads(tocsin(settings, "poll", "--json", code=1))
    assert "give host, username and password_file under [imap]" in row["error"]


@pytest.fixture
def desk(sqlite_url: str) -> Iterator[Served]:
    more = {
        "inbound": {"listen": "127.0.0.1:0", "domain": "in.desk.example"},
        "outlets": [
            {"name": "Ports", "site": "https://ports.example", "feeds": ["https://ports.example/rss"]}
        ],
    }
    with served(settings_on(sqlite_url, **more)) as running:
        yield running


def test_page_and_api_take_sources_of_mail_and_show_our_address(desk: Served) -> None:
    with desk.client("write") as client:
        for name, keys in (("Courts", {"to": "courts"}), ("Fisheries", {"from": "news@fisheries.example"})):
            added = client.post("/api/v1/outlets", json={"name": name, "sources": [{"kind": "mail", **keys}]})
            assert added.status_code == 201, added.text
        (own,) = client.get("/api/v1/outlets/recipients").json()["items"]
        refused = client.post(
            "/api/v1/outlets", json={"name": "X", "sources": [{"kind": "mail", "from": "news"}]}
        )
        as_feed = client.post("/api/v1/outlets", json={"name": "X", "feeds": ["news@fisheries.example"]})
    assert (own["outlet"], own["name"]) == ("Courts", "courts")
    assert 'give the source { kind = "mail", from = "news@fisheries.example" }' in str(as_feed.json())
    assert refused.status_code == 422
    assert "is not a mail address" in refused.text
    with desk.client("read") as client:
        assert client.get("/api/v1/outlets/recipients").status_code == 403
    with desk.client() as client:
        link = desk.first_link()
        assert link is not None
        client.post(link, data={"name": NAME, "password": PASSWORD, "again": PASSWORD})
        pages = {
            name: client.get("/outlets/one", params={"name": name}).text
            for name in ("Courts", "Fisheries", "Ports")
        }
        form = client.get("/outlets/edit", params={"name": "Fisheries"}).text
    assert own["address"] in pages["Courts"]
    assert "Send newsletters to" not in pages["Fisheries"] + pages["Ports"]
    assert "mail:news@fisheries.example" in pages["Fisheries"]
    assert "news@fisheries.example" in form
