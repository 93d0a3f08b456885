"""`tocsin watch` and `tocsin backfill`, as a user calls them, over an archive."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from service.cli.app import app
from storage.engine import Database
from tests.archive import add_article
from tests.databases import on_both

pytestmark = on_both


SETTINGS = """
[storage]
url = "{storage}"
[[channels]]
name = "desk"
type = "console"
[[watch]]
name = "Morocco"
channels = ["desk"]
[[watch.actors]]
name = "Nasser Bourita"
surname = true
aliases = [{{text = "NB", exact = true, context = ["Rabat"]}}, "ناصر بوريطة"]
[[watch.topics]]
name = "Ports"
query = "(port OR harbour) NEAR/5 (ferry OR ferries)"
"""
TEXT = "Minister Nasser Bourita spoke in Rabat about the ports. Later Bourita left by the ferry."
DRAFT = """
[[watch]]
name = "Draft"
alert = "article"
[[watch.actors]]
name = "Rabat"
"""

Call = Callable[..., Result]


@pytest.fixture
def settings(tmp_path: Path, storage_url: str, database: Database) -> Path:
    with database.write() as session:
        at = datetime.now(UTC) - timedelta(days=1)
        add_article(session, "In Rabat", TEXT, at=at, matched=True)
        add_article(session, "Weather", "Rain in the north.", at=at, matched=True)
    path = tmp_path / "settings.toml"
    path.write_text(SETTINGS.format(storage=storage_url), encoding="utf-8")
    return path


@pytest.fixture
def call(settings: Path) -> Call:
    def run(*words: str, code: int = 0) -> Result:
        result = CliRunner().invoke(app, [*words, "--settings", str(settings)])
        assert result.exit_code == code, result.output
        return result

    return run


def test_add_show_and_remove(call: Call) -> None:
    made = call(
        *("watch", "add", "Energy", "--actor", "Leila Benali", "--alias", "Leila Benali=ليلى بنعلي"),
        *("--surname", "--topic", "Solar=solar AND noor", "--channel", "desk", "--language", "en"),
    )
    assert made.stdout == "Made 'Energy' with 1 actor and 1 topic.\n"
    shown = json.loads(call("watch", "show", "Energy", "--json").stdout)
    assert (shown["channels"], shown["languages"], shown["from_settings"]) == (["desk"], ["en"], False)
    assert shown["actors"][0]["aliases"] == ["ليلى بنعلي"]
    assert shown["topics"] == [{"name": "Solar", "query": "solar AND noor"}]
    assert "has all that already" in call("watch", "add", "Energy", "--actor", "Leila Benali").stdout
    saved = json.loads(call("watch", "add", "Energy", "--actor", "Jane Example", "--json").stdout)
    assert (saved["created"], saved["actors"]) == (False, ["Jane Example"])
    call("watch", "remove", "Energy", "--actor", "Jane Example", "--topic", "Solar")
    rows = {row["name"]: row for row in json.loads(call("watch", "list", "--json").stdout)}
    assert [actor["name"] for actor in rows["Energy"]["actors"]] == ["Leila Benali"]
    call("watch", "remove", "Energy")
    assert "Energy" not in call("watch", "list").stdout


def test_options_of_aliases_are_shown(call: Call) -> None:
    assert "NB (exact; context Rabat); ناصر بوريطة" in call("watch", "show", "Morocco").stdout
    (actor,) = json.loads(call("watch", "show", "Morocco", "--json").stdout)["actors"]
    assert actor["aliases"] == [{"text": "NB", "exact": True, "context": ["Rabat"]}, "ناصر بوريطة"]


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("add", "Morocco", "--actor", "X"), 1, "declared in the settings file"),
        (("add", "New"), 2, "would track nothing"),
        (("add", "New", "--actor", "X", "--channel", "dsk"), 1, "did you mean 'desk'"),
        (("add", "New", "--actor", "X", "--alias", "X"), 2, "must be ACTOR=ALIAS"),
        (("add", "New", "--topic", "=x"), 2, "must be NAME=QUERY"),
        (("add", "New", "--topic", "T=(a"), 2, "topic 'T': "),
        (("add", "New", "--actor", "X", "--language", "English"), 2, "not a language code"),
        (("remove", "Nothing"), 1, "there is no watch list 'Nothing'"),
        (("remove", "Morocco"), 1, "declared in the settings file"),
        (("test", "Nothing"), 1, "there is no watch list 'Nothing'"),
        (("why", "99"), 1, "there is no article 99"),
        (("why", "gazette"), 2, "neither an article's number nor its address"),
        (("why", "1", "--watch", "Nothing"), 1, "there is no watch list 'Nothing'"),
    ],
)
def test_what_is_refused(call: Call, words: tuple[str, ...], code: int, message: str) -> None:
    assert message in call("watch", *words, code=code).stderr


def test_common_word_is_warned_of(call: Call) -> None:
    assert (
        "'May' is one common word"
        in call("watch", "add", "New", "--actor", "May", "--channel", "desk").stderr
    )


def test_import_names_bad_rows_and_keeps_good_ones(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("name,aliases\nJane Example,J. Example\n,x\nExample Ltd,\n", encoding="utf-8")
    shown = call("watch", "import", str(path), "--list", "People", "--dry-run")
    assert "2 actors added, 0 updated, 0 unchanged, 0 skipped, 1 bad row." in shown.stdout
    assert "Nothing is saved" in shown.stdout
    rows = json.loads(call("watch", "import", str(path), "--list", "People", "--dry-run", "--json").stdout)[
        "rows"
    ]
    assert [row["fate"] for row in rows] == ["added", "invalid", "added"]
    assert rows[0] == {"line": 2, "fate": "added", "name": "Jane Example"} | {
        "aliases": ["J. Example"],
        "surname": False,
        "why": "",
    }
    first = call("watch", "import", str(path), "--list", "People", "--channel", "desk")
    assert f"{path}:3: the name is empty" in first.stderr
    assert "2 actors added" in first.stdout
    again = json.loads(call("watch", "import", str(path), "--list", "People", "--json").stdout)
    assert (again["added"], again["unchanged"]) == (0, 2)
    assert again["errors"] == [{"line": 3, "message": "the name is empty: give one, or delete the row"}]
    path.write_text("name\n…\n", encoding="utf-8")
    call("watch", "import", str(path), "--list", "People", code=1)
    path.write_text("name\nJane Example\n", encoding="utf-8")
    refused = call("watch", "import", str(path), "--list", "Morocco", code=1)
    assert "declared in the settings file" in refused.stderr


def test_trial_of_a_list_and_of_a_file(call: Call, tmp_path: Path) -> None:
    stored = call("watch", "test", "Morocco").stdout
    assert "Morocco: 1 alerts in the last 30 days" in stored
    assert "Minister «Nasser Bourita» spoke in Rabat about the ports." in stored
    draft = tmp_path / "draft.toml"
    draft.write_text(DRAFT, encoding="utf-8")
    trial = json.loads(call("watch", "test", str(draft), "--days", "7", "--json").stdout)
    assert (trial["watch"], trial["alert"], trial["alerts"], trial["searched"]) == ("Draft", "article", 1, 2)
    assert trial["rules"] == [{"kind": "actor", "name": "Rabat", "rule": 'alias "Rabat"', "articles": 1}]
    (example,) = trial["examples"]
    assert example["sentence"][example["start"] : example["end"]] == "Rabat"
    assert [day["alerts"] for day in trial["per_day"] if day["alerts"]] == [1]
    draft.write_text(DRAFT + DRAFT.replace("Draft", "Second"), encoding="utf-8")
    assert "'Draft', 'Second': choose one with --watch" in call("watch", "test", str(draft), code=2).stderr
    assert "Second: 1 alerts" in call("watch", "test", str(draft), "--watch", "Second").stdout
    assert "0 alerts" in call("watch", "test", "Morocco", "--days", "1").stdout


def test_why_draws_a_tree_of_80_columns(call: Call) -> None:
    lines = call("watch", "why", "1", "--watch", "Morocco").stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert '    ✓ alias "Nasser Bourita"' in lines
    assert "      · text 9–23 «Nasser Bourita»" in lines
    assert '    ✗ alias "ناصر بوريطة"' in lines
    assert "  ✗ topic Ports" in lines
    assert "  ✗ 1 other doesn't match: --watch 'Morocco' explains more" in call("watch", "why", "1").stdout
    answer = json.loads(call("watch", "why", "https://gazette.example/1", "--json").stdout)
    assert answer["article"]["id"] == 1
    judged = {item.get("actor") or item["topic"]: item for item in answer["explanations"]}
    assert {name: item["true"] for name, item in judged.items()} == {"Nasser Bourita": True, "Ports": False}
    place = judged["Nasser Bourita"]["clause"]["parts"][0]["places"][0]
    assert TEXT[place["start"] : place["end"]] == place["surface"]


def test_broken_topic_in_the_database_is_said_aside(call: Call, database: Database) -> None:
    call("watch", "add", "Sea", "--topic", "Ports=ports", "--topic", "Land=road")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE topic SET query = '(road' WHERE name = 'Land'")
    answer = call("watch", "test", "Sea", "--json")
    assert json.loads(answer.stdout)["alerts"] == 1
    assert "topic can't be used; it is left out" in answer.stderr


def test_backfill(call: Call) -> None:
    assert "1 new alerts; 1 of 2 articles" in call("backfill", "Morocco").stdout
    assert json.loads(call("deliveries", "list", "--json").stdout) == []
    sent = json.loads(call("backfill", "Morocco", "--send", "--json").stdout)
    assert (sent["new_alerts"], sent["notifications"]) == (0, 1)
    assert "0 notifications are queued" in call("backfill", "Morocco", "--send").stdout
    assert len(json.loads(call("deliveries", "list", "--json").stdout)) == 1
    assert len(json.loads(call("alerts", "list", "--json").stdout)) == 1
    assert "no watch list 'X'" in call("backfill", "X", code=1).stderr
