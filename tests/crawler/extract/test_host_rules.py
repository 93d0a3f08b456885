"""Rules as data: one TOML file a host, each with a saved page."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.extract import HostRulesError, extract_page, load_rules

FOLDER = Path(__file__).parent / "page-rules"


def test_rules_find_what_they_name() -> None:
    rules = load_rules(FOLDER).of("gazette.example")
    content = (FOLDER / "gazette.example.html").read_bytes()
    found = extract_page(content, url="https://gazette.example/boats", rules=rules)
    assert found.text == (
        "The first boats left port on Monday.\nOthers will follow on Tuesday.\nThe union is content."
    )
    assert (found.title, found.lead) == (
        "Boats leave port",
        "After three months in port the boats sail again.",
    )
    assert (found.authors, found.section) == (("Newsroom",), "The sea")
    assert found.published == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert (found.photo_credit, found.photo_caption) == ("Example Wire", "The port at dawn.")
    assert {found.sources[name] for name in ("title", "text", "authors", "photo_credit")} == {"rules"}


@pytest.mark.parametrize(
    ("host", "has_rules"),
    [
        ("gazette.example", True),
        ("www.gazette.example:8080", True),
        ("gazette.org", False),
        ("example", False),
    ],
)
def test_rules_are_those_of_the_host(host: str, has_rules: bool) -> None:
    assert (load_rules(FOLDER).of(host) is not None) is has_rules


def test_no_folder_no_rules(tmp_path: Path) -> None:
    assert load_rules(tmp_path / "none").of("gazette.example") is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param('text = "p"', "host is missing", id="no host"),
        pytest.param('host = "a.example"\ntxt = "p"', "txt: no such key", id="unknown key"),
        pytest.param('host = "a.example"\ntext = "p["', "neither CSS nor XPath", id="broken CSS"),
        pytest.param('host = "a.example"\ntext = "//p["', "neither CSS nor XPath", id="broken XPath"),
        pytest.param('host = "a.example"\ntext = 7', "must be a selector", id="a number"),
        pytest.param("host = ", "a.toml", id="no TOML"),
    ],
)
def test_bad_rules_are_named(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "a.toml").write_text(content, encoding="utf-8")
    with pytest.raises(HostRulesError, match=message):
        load_rules(tmp_path)


def test_a_host_has_one_file(tmp_path: Path) -> None:
    for name in ("a.toml", "b.toml"):
        (tmp_path / name).write_text('host = "a.example"\ntext = "p"', encoding="utf-8")
    with pytest.raises(HostRulesError, match=r"a\.example has rules in another file"):
        load_rules(tmp_path)
