"""Whole pages in more than thirty languages, each marked up as outlets there do: every fact, apart from the text."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import pytest

from crawler.extract import detect_language, extract_page
from crawler.extract.language import language_of_title

PAGES = json.loads((Path(__file__).parent / "pages.json").read_text(encoding="utf-8"))


def document(row: dict[str, Any]) -> bytes:
    """The article between a menu and what other articles are called, each with authors, times and pictures of their own."""
    title = html.escape(row["title"])
    lines = [line for number in range(3) for line in (row["lines"] if number == 0 else numbered(row, number))]
    text = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    other = (
        '<a href="/news/2">Another article</a><span class="author">Other Hand</span><time datetime="2020-01-01">1.1.2020</time>'
        '<figure><img src="/o.jpg"><figcaption>Another picture. Photo: Example Stock</figcaption></figure>'
    )
    return f"""<!DOCTYPE html><html lang="{row["lang"]}"><head><meta charset="utf-8"><title>{title} | The Gazette</title>
    <meta property="og:title" content="{title}"><meta property="og:site_name" content="The Gazette">{row["head"]}</head><body>
    <nav><a href="/">Home</a></nav><main><article><h1>{title}</h1>{row["above"]}{text}{row["below"]}</article></main>
    <aside class="related">{other}</aside><footer>© 2026 The Gazette</footer></body></html>""".encode()


def numbered(row: dict[str, Any], number: int) -> list[str]:
    return [f"{line[:-1]} ({number}){line[-1]}" for line in row["lines"]]


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in PAGES])
def test_page(row: dict[str, Any]) -> None:
    found = extract_page(document(row), url=row["url"])
    assert found.text.split("\n") == [*row["lines"], *numbered(row, 1), *numbered(row, 2)]
    assert (found.title, found.language, found.canonical_url) == (
        row["title"],
        row["language"],
        row["canonical"],
    )
    assert found.authors == tuple(row["authors"])
    assert found.published is not None
    assert str(found.published.date()) == row["published"]
    assert (found.photo_credit, found.photo_caption) == (row["credit"], row["caption"])


@pytest.mark.parametrize("declared", ["en", "fr", None])
@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in PAGES])
def test_one_sentence_tells_the_language_whatever_the_page_claims(
    row: dict[str, Any], declared: str | None
) -> None:
    assert detect_language(row["title"], row["lines"][0], declared) == row["language"]


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in PAGES])
def test_a_title_in_another_language_does_not_count(row: dict[str, Any]) -> None:
    title = (
        "Los ministros de Asuntos Exteriores conversan sobre la pesca en la capital"
        if row["language"] != "es"
        else "Fishing talks"
    )
    language = detect_language(title, "\n".join(row["lines"] * 2), "es")
    assert language == row["language"]
    assert language_of_title(title, language) == "es"


@pytest.mark.parametrize("row", [pytest.param(row, id=row["id"]) for row in PAGES])
def test_a_title_in_the_texts_language_is_in_no_other(row: dict[str, Any]) -> None:
    assert language_of_title(row["title"], row["language"]) == row["language"]


def test_they_are_of_many_languages() -> None:
    assert len({row["language"] for row in PAGES}) >= 30
