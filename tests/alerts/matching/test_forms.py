"""Names in other forms, language by language: sentences as a grammar has them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from alerts.matching import compile_matcher
from alerts.values import Actor, Alias, Document, WatchList

CASES = tomllib.loads((Path(__file__).parent / "forms.toml").read_text(encoding="utf-8"))["case"]


def _found(actor: Actor, text: str, language: str | None) -> list[str]:
    matcher = compile_matcher([WatchList("W", (actor,))])
    return [mention.surface for mention in matcher.match(Document("", text, language))]


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=f"{case['language']} {case['text']}") for case in CASES]
)
def test_form(case: dict[str, Any]) -> None:
    assert _found(Actor(case["name"]), case["text"], case["language"]) == case["found"]


@pytest.mark.parametrize("case", [case for case in CASES if case["found"] and case["language"] != "mk"])
def test_without_forms_only_the_name_as_it_is(case: dict[str, Any]) -> None:
    found = _found(Actor(case["name"], forms=False), case["text"], case["language"])
    assert len(found) < len(case["found"])
    alias = Actor("X", (Alias(case["name"], forms=False),))
    assert _found(alias, case["text"], case["language"]) == found


def test_rules_are_those_of_the_language() -> None:
    assert _found(Actor("Tusk"), "Spotkanie z Tuskiem.", "pl") == ["Tuskiem"]
    assert _found(Actor("Tusk"), "Spotkanie z Tuskiem.", "en") == []
    assert _found(Actor("Tusk"), "Spotkanie z Tuskiem.", None) == ["Tuskiem"]


def test_form_is_named_in_the_rule() -> None:
    matcher = compile_matcher([WatchList("W", (Actor("Путин"),))])
    (mention,) = matcher.match(Document("", "Встреча с Путиным.", "ru"))
    assert mention.rule == 'alias "Путин", instrumental'


def test_exact_alias_has_no_forms() -> None:
    assert _found(Actor("X", (Alias("Путин", exact=True),)), "Встреча с Путиным.", "ru") == []


def test_a_word_in_small_letters_is_no_form_of_a_name() -> None:
    assert _found(Actor("Маск"), "Надели маску.", "ru") == []


LANGUAGES = {
    "Russian": "ru",
    "Polish": "pl",
    "Czech": "cs",
    "Hungarian": "hu",
    "Turkish": "tr",
    "Hebrew": "he",
    "Arabic": "ar",
}
GUIDE = Path(__file__).parents[3] / "docs" / "watch-lists.md"


def _examples() -> list[tuple[str, str]]:
    """The first table of names in the guide: what is tracked, and what it says is found."""
    lines = GUIDE.read_text(encoding="utf-8").partition("### Names in your language")[2].splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    return [
        (row[0], row[1])
        for row in rows[: lines.index("", lines.index("|---|---|"))]
        if "Chinese" not in row[0]
    ][:6]


@pytest.mark.parametrize(("tracked", "found"), _examples())
def test_the_guide_s_examples(tracked: str, found: str) -> None:
    names = tuple(Actor(name) for name in tracked.split("`")[1::2])
    languages = [code for language, code in LANGUAGES.items() if language in tracked]
    matcher = compile_matcher([WatchList("W", names)])
    for form in found.partition(";")[0].split(", "):
        assert any(
            mention.surface in form and len(mention.surface) > 3
            for code in languages
            for mention in matcher.match(Document("", f"« {form} »", code))
        ), form
