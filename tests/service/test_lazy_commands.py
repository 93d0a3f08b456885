"""Commands import what they need, when they need it: counted in modules, since seconds depend on the machine."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli.app import Commands, app
from service.cli.lazy import CommandPlace, load_command

RUN = """
import sys
from service.cli import main
sys.argv = ["tocsin", *sys.argv[1:]]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print("imported:", *{name.split(".")[0] for name in sys.modules}, *(n for n in sys.modules if n.startswith("service.")))
"""
HEAVY = {
    "scrapy",
    "twisted",
    "fastapi",
    "trafilatura",
    "sqlalchemy",
    "alembic",
    "apprise",
    "uvicorn",
    "jinja2",
}
ARITHMETIC = {"numpy", "py3langid", "ahocorasick_rs", "feedparser", "lxml"}
SETTINGS = {"pydantic_settings", "structlog"}
ITEM = {
    "id": 1,
    "url": "https://a.example/1",
    "title": "Tides",
    "text": "The tide came in.",
    "body_base64": "PHJzcy8+",
}

PAGE = b"<html><body><article>" + b"<p>The tide came in, and the harbour board met at noon. " * 20


def imported(*arguments: str) -> set[str]:
    """Return the top-level packages, and the modules of service, that a command imports."""
    ran = subprocess.run(
        [sys.executable, "-c", RUN, *arguments], capture_output=True, text=True, check=True, timeout=300
    )
    return set(ran.stdout.rpartition("imported:")[2].split())


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_import_next_to_nothing(option: str) -> None:
    assert not imported(option) & (HEAVY | ARITHMETIC | SETTINGS | {"crawler", "alerts", "storage"})


@pytest.mark.parametrize(
    ("stage", "needs"),
    [
        pytest.param("feed", {"lxml", "feedparser"}, id="feed"),
        pytest.param("page", {"lxml", "py3langid", "numpy", "ahocorasick_rs"}, id="page"),
        pytest.param("stories", {"numpy", "lxml"}, id="stories"),
    ],
)
@pytest.mark.thorough
def test_a_stage_of_the_workbench_imports_its_own(stage: str, needs: set[str], tmp_path: Path) -> None:
    lines = tmp_path / "items.jsonl"
    body = {"body_base64": base64.b64encode(PAGE).decode()} if stage == "page" else {}
    lines.write_text(json.dumps(ITEM | body) + "\n", encoding="utf-8")
    assert not imported("try", stage, "--jsonl", str(lines)) & ((HEAVY | ARITHMETIC | SETTINGS) - needs)


def test_matching_on_the_workbench_needs_settings_and_no_database(tmp_path: Path) -> None:
    lines, settings = tmp_path / "items.jsonl", tmp_path / "settings.toml"
    lines.write_text(json.dumps(ITEM) + "\n", encoding="utf-8")
    settings.write_text(
        '[storage]\nurl = "sqlite:///tocsin.db"\n[[channels]]\nname = "c"\ntype = "console"\n'
        '[[watch]]\nname = "W"\nchannels = ["c"]\n[[watch.topics]]\nname = "Tides"\nquery = "tide"\n',
        encoding="utf-8",
    )
    needs = {"numpy", "ahocorasick_rs", "pydantic_settings"}
    found = imported("try", "match", "--jsonl", "--settings", str(settings), str(lines))
    assert not found & ((HEAVY | ARITHMETIC | SETTINGS) - needs)


@pytest.mark.parametrize("place", Commands.places, ids=lambda place: place.name)
def test_help_says_of_a_command_what_the_command_says_of_itself(place: CommandPlace) -> None:
    command = load_command(place)
    assert " ".join(command.help.partition("\n\n")[0].split()) == place.help


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (["db", "--help"], "what [storage] keep_articles"),
        (["db", "seal", "--help"], "of [storage] key_file"),
        (["channels", "add", "--help"], "as [[channels]] has them"),
        (["review", "add", "--help"], "of a [[reviews]] table"),
    ],
    ids=" ".join,
)
def test_help_shows_the_names_of_tables_of_the_settings(call: list[str], shown: str) -> None:
    answer = CliRunner().invoke(app, call, env={"COLUMNS": "80"})
    assert shown in " ".join(answer.output.replace("│", " ").split())


def test_a_command_that_does_not_exist_is_a_usage_error() -> None:
    answer = CliRunner().invoke(app, ["pole"])
    assert answer.exit_code == 2
    assert "pole" in answer.output
