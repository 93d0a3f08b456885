"""Newsletters where people meet them: the command line, `tocsin check`, the page and the API."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.app import app

RUN = CliRunner()
MAIL = '{ kind = "mail", from = "news@fisheries.example" }'


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_text(f'[storage]\nurl = "sqlite:///{tmp_path}/t.db"\n', "utf-8")
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
