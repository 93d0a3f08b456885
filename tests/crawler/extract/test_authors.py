"""Names of authors as outlets write them, in thirty languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.extract.authors import clean_authors, clean_organisations, signed

BYLINES = json.loads((Path(__file__).parent / "bylines.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("byline", "names"), [pytest.param(*row, id=row[0]) for row in BYLINES])
def test_names_without_what_stands_around_them(byline: str, names: list[str]) -> None:
    assert clean_authors([byline]) == tuple(names)


def test_each_name_once() -> None:
    assert clean_authors(["Example Person", "By EXAMPLE PERSON", "Second Person"]) == (
        "Example Person",
        "Second Person",
    )


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Science & Vie", ("Science & Vie",)),
        ("Radio, Film and Television", ("Radio, Film and Television",)),
        ("Example Wire; Second Wire", ("Example Wire", "Second Wire")),
        ("https://gazette.example", ()),
    ],
)
def test_organisations_keep_their_and(name: str, expected: tuple[str, ...]) -> None:
    assert clean_organisations([name]) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("By Example Person", ("Example Person",)),
        ("Von Example Person und Second Person", ("Example Person", "Second Person")),
        ("Por Example Person", ("Example Person",)),
        ("بقلم: شخص مثال", ("شخص مثال",)),
        ("記者山田太郎／台北報導", ("山田太郎",)),
        ("Tekst: Example Person", ("Example Person",)),
        ("By the time the boats left port, it was dark.", ()),
        ("Por fin llegaron los barcos", ()),
        ("Von den Booten fehlt jede Spur", ()),
        ("Example Person", ()),
        ("Boats leave port", ()),
    ],
)
def test_only_lines_that_begin_as_bylines_are_signed(line: str, expected: tuple[str, ...]) -> None:
    assert signed(line) == expected
