"""`tocsin missed` as its guide and its help show it: the examples run, the reasons are all there, and mistakes are told apart."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.app import app
from service.missed.values import FOUND
from service.missed.words import LABELS
from storage.engine import Database
from storage.migrate import upgrade
from tests.archive import add_article
from tests.conftest import ROOT
from tests.service.web.served import NOWHERE

GUIDE = (ROOT / "docs" / "missed.md").read_text("utf-8")
HELP = (ROOT / "service" / "cli" / "missed.py").read_text("utf-8")
MAIL = "Subject: Your alerts\nFrom: alerts@monitor.example\nContent-Type: text/plain\n\nTalks\nhttps://gazette.example/talks\n"
OPML = '<opml version="2.0"><body><outline text="Gazette" xmlUrl="https://www.google.com/alerts/feeds/1/2"/></body></opml>'
COMMANDS = [
    *re.findall(r"^    (tocsin .+)$", GUIDE, re.MULTILINE),
    *re.findall(r"Example: (tocsin .+)$", HELP, re.MULTILINE),
]


@pytest.fixture
def desk(tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings, in which no host can be reached, and the files of the examples."""
    lists = [
        f'[[watch]]\nname = "{name}"\nchannels = ["console"]\n[[watch.actors]]\nname = "{actor}"\n'
        for name, actor in (("Energy", "Leila Benali"), ("Diplomacy", "Nasser Bourita"))
    ]
    (tmp_path / "settings.toml").write_text(
        f'[storage]\nurl = "{sqlite_url}"\n[crawler]\nproxy = "{NOWHERE}"\nper_host_delay = "0s"\n'
        f'[[channels]]\nname = "console"\ntype = "console"\n{"".join(lists)}',
        "utf-8",
    )
    (tmp_path / "competitor.eml").write_text(MAIL, "utf-8")
    (tmp_path / "lost.csv").write_text(
        "title,url\nTalks,https://gazette.example/talks\nFerries,https://herald.example/ferries\n", "utf-8"
    )
    (tmp_path / "searches.opml").write_text(OPML, "utf-8")
    (tmp_path / "nothing.txt").write_text("No address here.", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(app, list(words), input=given)


def test_examples_of_guide_and_help_run(desk: Path) -> None:
    assert len(COMMANDS) > 10
    for command in dict.fromkeys(COMMANDS):
        words = shlex.split(command.partition(" < ")[0], comments=True)[1:]
        result = run(*words, given="https://gazette.example/talks\n")
        searches = "searches.opml" in words or any("/alerts/feeds/" in word for word in words)
        expected = 1 if searches and words[0] == "missed" else 0  # they are read, and no host can be reached
        assert result.exit_code == expected, f"{command}: {result.output}"


def test_guide_has_every_reason() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (.+?) \| (✓)?", GUIDE, re.MULTILINE)
    assert [(kind, words) for kind, words, _mark in rows] == [(kind.value, LABELS[kind]) for kind in LABELS]
    assert {kind for kind, _words, mark in rows if mark} == {kind.value for kind in FOUND}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        pytest.param([], 2, "give an address, a file", id="nothing"),
        pytest.param(["absent.csv"], 2, "'absent.csv' is neither an address nor a file", id="no such file"),
        pytest.param(["nothing.txt"], 2, "There is no address of an article in it.", id="no address in it"),
        pytest.param(["https://a.example/1", "--since", "7d"], 2, "--since goes with --controls", id="since"),
        pytest.param(["https://a.example/1", "--controls"], 2, "--controls takes no addresses", id="both"),
        pytest.param(["https://a.example/1", "--watch", "Nobody"], 1, "Nobody", id="unknown list"),
        pytest.param(["--controls", "--watch", "Nobody"], 1, "Nobody", id="unknown list of the comparison"),
    ],
)
def test_mistakes_are_told_apart(desk: Path, words: list[str], code: int, said: str) -> None:
    result = run("missed", *words)
    assert result.exit_code == code
    assert said in result.output


def test_json_says_kind_facts_and_words(desk: Path) -> None:
    result = run("missed", "lost.csv", "--no-fetch", "--json")
    first, second = json.loads(result.stdout)
    assert first["reason"] == {
        "kind": "not-followed",
        "watch": None,
        "facts": {"host": "gazette.example"},
        "text": "No outlet at gazette.example is followed.",
    }
    assert second["given"] == "https://herald.example/ferries"


def test_several_are_a_table_that_fits_80_columns(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = run("missed", "lost.csv", "--no-fetch").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert "2 articles: 0 found, 2 missed." in lines
    details = run("missed", "lost.csv", "--no-fetch", "--details").stdout
    assert "✗ outlet not followed\n  https://gazette.example/talks\n" in details


def test_comparison_over_weeks_has_a_line_for_each(desk: Path) -> None:
    assert "No control sources." in run("missed", "--controls").stdout
    added = run("outlets", "add", "Alerts", "--feed", "https://www.google.com/alerts/feeds/1/2", "--control")
    assert added.exit_code == 0
    lines = run("missed", "--controls", "--since", "21d").stdout.splitlines()
    assert [line.split()[2:] for line in lines if line.startswith("20")] == [["0", "0"]] * 3
    figure = json.loads(run("missed", "--controls", "--json").stdout)
    assert (figure["total"], len(figure["weeks"])) == (0, 1)


def test_control_sequences_do_not_reach_the_terminal(desk: Path) -> None:
    with Database(f"sqlite:///{desk}/tocsin.db") as database:
        upgrade(database)
        with database.write() as session:
            add_article(session, "Talks\x1b]0;owned\x07 \u202eevil", matched=True)
    url = "https://gazette.example/1"
    one, two = ["missed", url, "--no-fetch"], ["missed", url, "https://a.example/x", "--no-fetch"]
    for words in (one, two, ["search", "Talks"]):
        printed = run(*words).stdout
        assert "Talks" in printed
        assert not set(printed) & set("\x1b\x07\u202e")
