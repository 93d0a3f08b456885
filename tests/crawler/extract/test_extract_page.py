"""Pages: their text and facts, kept apart from what only stands beside them."""

from __future__ import annotations

import gzip
import html
import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from crawler.errors import ExtractionError
from crawler.extract import detect_language, extract_page
from crawler.extract.host_rules import HostRules
from crawler.values import ExtractedPage

URL = "https://gazette.example/news/talks"
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PARAGRAPHS = [
    "The foreign ministry said on Monday that talks on fisheries will resume in Rabat next week, after a pause of three months.",
    "Both delegations are expected to settle the number of licences, the ports that may be used and the share of the catch.",
    "The previous agreement ran out in the summer, and the boats have stayed in port since, a spokesperson for the union said.",
]


def page(head: str = "", body: str = "", *, title: str = "Talks resume in Rabat", lang: str = "en") -> bytes:
    text = "".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in PARAGRAPHS)
    return f"""<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title>{head}</head><body>
    <nav><a href="/">Home</a> <a href="/world">World</a></nav><article><h1>Talks resume in Rabat</h1>{body}{text}</article>
    <footer>Cookie notice</footer></body></html>""".encode()


def extract(content: bytes) -> ExtractedPage:
    return extract_page(content, url=URL)


def ld(**fields: object) -> str:
    block = {"@context": "https://schema.org", "@type": "NewsArticle", **fields}
    return f'<script type="application/ld+json">{json.dumps(block)}</script>'


def test_text_is_paragraphs_without_title_and_boilerplate_of_the_page() -> None:
    assert extract(page()).text == "\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    ("head", "field", "expected", "source"),
    [
        pytest.param(
            ld(headline="Talks resume in Rabat"), "title", "Talks resume in Rabat", "json-ld", id="headline"
        ),
        pytest.param(
            ld(headline="What comes next") + '<meta property="og:title" content="Talks resume in Rabat">',
            "title",
            "Talks resume in Rabat",
            "meta",
            id="headline that two sources agree on",
        ),
        pytest.param("", "title", "Talks resume in Rabat", "meta", id="heading"),
        pytest.param(ld(author={"name": "By Newsroom"}), "authors", ("Newsroom",), "json-ld", id="author"),
        pytest.param(
            ld(author=["Newsroom and Agencies"]), "authors", ("Newsroom", "Agencies"), "json-ld", id="two"
        ),
        pytest.param(
            '<meta name="author" content="Newsroom">', "authors", ("Newsroom",), "meta", id="meta author"
        ),
        pytest.param(
            ld(datePublished="2026-03-02T13:00:00+01:00"), "published", NOON, "json-ld", id="published"
        ),
        pytest.param(
            '<meta property="article:published_time" content="2026-03-02T12:00:00Z">',
            "published",
            NOON,
            "meta",
            id="og date",
        ),
        pytest.param(ld(dateModified="2026-03-02T12:00:00Z"), "modified", NOON, "json-ld", id="modified"),
        pytest.param(
            '<link rel="canonical" href="/a/1">',
            "canonical_url",
            "https://gazette.example/a/1",
            "meta",
            id="canonical",
        ),
        pytest.param(
            '<meta property="og:site_name" content="Gazette">', "site_name", "Gazette", "meta", id="site"
        ),
        pytest.param(
            '<meta property="og:image" content="/i.jpg">',
            "image",
            "https://gazette.example/i.jpg",
            "meta",
            id="image",
        ),
        pytest.param(ld(isAccessibleForFree="False"), "paywalled", True, "json-ld", id="paywalled"),
        pytest.param(ld(isAccessibleForFree=True), "paywalled", False, "json-ld", id="free"),
        pytest.param(
            ld(image={"url": "/i.jpg", "creditText": "AFP"}),
            "photo_credit",
            "AFP",
            "json-ld",
            id="credit of the image",
        ),
        pytest.param(
            '<script type="application/ld+json"><!-- {"@graph": [{"@type": ["NewsArticle"],'
            ' "headline": "Talks resume\nin Rabat",},]} --></script>',
            "title",
            "Talks resume in Rabat",
            "json-ld",
            id="broken JSON-LD",
        ),
    ],
)
def test_fact(head: str, field: str, expected: object, source: str) -> None:
    found = extract(page(head))
    assert getattr(found, field) == expected
    assert found.sources[field] == source


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        pytest.param("Talks resume | Example Gazette", "Talks resume", id="site name"),
        pytest.param("Talks resume - gazette", "Talks resume", id="host"),
        pytest.param("Talks resume - what next", "Talks resume - what next", id="headline with a dash"),
        pytest.param("Talks &amp; trade", "Talks & trade", id="entity"),
    ],
)
def test_site_is_taken_off_the_title(title: str, expected: str) -> None:
    head = f'<meta property="og:site_name" content="Example Gazette"><meta property="og:title" content="{title}">'
    assert extract(page(head)).title == expected


CREDIT = "AP/CAROL KASTER - Antony Blinken, secretario de Estado de Estados Unidos"
FORMS = [
    pytest.param(f"<figure><img src='i.jpg'><figcaption>{CREDIT}</figcaption></figure>", id="figcaption"),
    pytest.param(f'<p class="photo-credit">{CREDIT}</p>', id="class"),
    pytest.param(f"<p>{CREDIT}</p>", id="plain paragraph"),
]


@pytest.mark.parametrize("form", FORMS)
def test_photo_credit_is_kept_apart(form: str) -> None:
    found = extract(page(body=form))
    assert found.photo_credit == "AP/CAROL KASTER"
    assert found.text == "\n".join(PARAGRAPHS)


@pytest.mark.parametrize("form", FORMS)
def test_seed_article(data: Path, form: str) -> None:
    title, *lines = filter(None, (data / "seed-article.txt").read_text(encoding="utf-8").split("\n"))
    body = "".join(form if line == CREDIT else f"<p>{html.escape(line)}</p>" for line in lines)
    document = f"<html lang='en'><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"
    found = extract(document.encode())
    assert found.title == title
    assert found.photo_credit == "AP/CAROL KASTER"
    assert "KASTER" not in found.text
    assert [line for line in lines if line != CREDIT and line not in found.text.split("\n")] == []


def test_text_of_json_ld_rescues_a_page_without_any() -> None:
    text = "\n".join(PARAGRAPHS)
    document = (
        f"<html><head><title>T</title>{ld(articleBody=text)}</head><body><div id=app></div></body></html>"
    )
    found = extract(document.encode())
    assert (found.text, found.sources["text"]) == (text, "json-ld")


def test_a_page_of_nothing_but_its_title_has_no_text() -> None:
    document = "<html><head><title>Talks resume</title></head><body><article><h1>Talks resume</h1><div></div>"
    assert extract(document.encode()).text == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "not a web page"), (b"%PDF-1.7", "this PDF can.t be read"), (b"\x89PNG\r\n", "not a web page")],
)
def test_what_is_no_page_is_told(content: bytes, message: str) -> None:
    with pytest.raises(ExtractionError, match=message):
        extract(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"<html><body>", id="empty body"),
        pytest.param(b"<b>" * 100_000, id="deep"),
        pytest.param(b"<html><body><p>" + b"x" * 3_000_000, id="one long word"),
        pytest.param(page(body="\x00").replace(b"talks", b"ta\x00lks"), id="NUL"),
        pytest.param(page(ld(author=[[[[[[[["x"]]]]]]]], datePublished=7, image=[{}])), id="odd JSON-LD"),
    ],
)
def test_hostile_page_is_only_a_page(content: bytes) -> None:
    found = extract(content)
    assert "\x00" not in found.text


@pytest.mark.parametrize(
    ("text", "declared", "language"),
    [
        (
            "Le ministre des Affaires étrangères a reçu lundi à Rabat son homologue espagnol pour des entretiens.",
            "en",
            "fr",
        ),
        (
            "استقبل وزير الخارجية المغربي ناصر بوريطة يوم الاثنين بالرباط نظيره الإسباني لإجراء محادثات",
            None,
            "ar",
        ),
        (
            "El ministro de Asuntos Exteriores recibió el lunes en Rabat a su homólogo español para conversar.",
            None,
            "es",
        ),
        ("Bourita", "fr-MA", "fr"),
        ("Ok", None, None),
    ],
)
def test_language(text: str, declared: str | None, language: str | None) -> None:
    assert detect_language("", text, declared) == language


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[place : place + 4]) for place in range(max(1, len(words) - 3)))


@pytest.mark.thorough
def test_benchmark_pages(data: Path) -> None:
    folder = data / "pages" / "aeb"
    scores = []
    for name, truth in json.loads((folder / "ground-truth.json").read_text(encoding="utf-8")).items():
        found = extract_page(gzip.decompress((folder / f"{name}.html.gz").read_bytes()), url=truth["url"])
        expected, got = shingles(truth["articleBody"]), shingles(found.text)
        common = (expected & got).total()
        scores.append(2 * common / (expected.total() + got.total()))
    assert len(scores) == 181
    assert sum(scores) / len(scores) >= 0.965


@pytest.mark.parametrize(
    ("home", "day"), [("", "2026-01-02"), ("en-GB", "2026-02-01"), ("en-US", "2026-01-02")]
)
def test_dates_are_meant_as_in_the_outlets_country(home: str, day: str) -> None:
    shown = b"<p class='date'>01/02/2026</p><p>" + b"The harbour council met again on Monday. " * 12
    body = b"<html lang='en'><article><h1>Harbour works resume</h1>" + shown + b"</article></html>"
    page = extract_page(body, url="https://gazette.example/news/1", home=home)
    assert page.published is not None
    assert str(page.published.date()) == day


def test_source_that_fails_is_told_of_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    broken = HostRules("gazette.example", title=("///(",))
    found = extract_page(page(), url=URL, rules=broken)
    assert found.title == "Talks resume in Rabat"
    assert all(paragraph in found.text for paragraph in PARAGRAPHS)
    assert f"{URL}: a part of the page can't be read: XPathEvalError: Invalid expression" in caplog.text
