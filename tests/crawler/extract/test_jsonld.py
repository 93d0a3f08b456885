"""JSON-LD as outlets write it: graphs, references, lists, and what is broken."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import lxml.html
import pytest

from crawler.extract import jsonld
from crawler.extract.facts import Facts

URL = "https://gazette.example/news/talks"
ARTICLE: dict[str, Any] = {"@type": "NewsArticle", "headline": "Talks resume"}
PERSON = {"@type": "Person", "name": "Example Person"}


def read(*sources: str) -> Facts:
    scripts = "".join(f'<script type="application/ld+json">{source}</script>' for source in sources)
    return jsonld.read(
        lxml.html.document_fromstring(f"<html><head>{scripts}</head><body></body></html>"), url=URL
    )


@pytest.mark.parametrize(
    ("author", "expected"),
    [
        pytest.param(PERSON, ("Example Person",), id="a person"),
        pytest.param(
            [PERSON, {"@type": "Person", "name": "Second Person"}],
            ("Example Person", "Second Person"),
            id="list",
        ),
        pytest.param(
            "By Example Person and Second Person", ("Example Person", "Second Person"), id="a string"
        ),
        pytest.param(["Example Person", "Second Person"], ("Example Person", "Second Person"), id="strings"),
        pytest.param({"@list": [PERSON]}, ("Example Person",), id="@list"),
        pytest.param(
            {"@type": "Person", "name": ["Example Person", "Second Person"]},
            ("Example Person", "Second Person"),
            id="names",
        ),
        pytest.param(
            {"@type": "Person", "givenName": "Example", "familyName": "Person"},
            ("Example Person",),
            id="parts",
        ),
        pytest.param(
            {"@type": "Organization", "name": "Science & Life, Weekly"},
            ("Science & Life, Weekly",),
            id="organisation",
        ),
        pytest.param(
            {"@type": "NewsMediaOrganization", "name": "Example Wire"},
            ("Example Wire",),
            id="news organisation",
        ),
        pytest.param(
            {"@type": "Person", "name": "Example Person &amp; Second Person"},
            ("Example Person", "Second Person"),
            id="entity",
        ),
        pytest.param({"@type": "Person", "name": "https://gazette.example/authors/7"}, (), id="an address"),
        pytest.param({"@type": "Person", "name": None, "url": "/authors/7"}, (), id="no name"),
        pytest.param([], (), id="none"),
    ],
)
def test_authors(author: Any, expected: tuple[str, ...]) -> None:  # noqa: ANN401
    assert read(json.dumps({**ARTICLE, "author": author})).authors == expected


def test_author_of_a_graph_is_followed() -> None:
    graph = [{**ARTICLE, "author": {"@id": "#a"}}, {"@id": "#a", **PERSON}, {"@type": "WebPage", "@id": URL}]
    assert read(json.dumps({"@context": "https://schema.org", "@graph": graph})).authors == (
        "Example Person",
    )


def test_the_block_of_this_page_counts_before_those_of_others() -> None:
    other = {**ARTICLE, "headline": "Another", "url": "/news/another", "articleBody": "Longer words. " * 50}
    found = read(json.dumps([other, {**ARTICLE, "mainEntityOfPage": {"@id": URL}}]))
    assert found.title == "Talks resume"


@pytest.mark.parametrize(
    "kind",
    [
        "NewsArticle",
        "ReportageNewsArticle",
        "OpinionNewsArticle",
        "Article",
        "BlogPosting",
        "LiveBlogPosting",
        "https://schema.org/Report",
    ],
)
def test_kinds_of_article(kind: str) -> None:
    assert read(json.dumps({**ARTICLE, "@type": kind})).title == "Talks resume"


def test_what_has_a_headline_and_a_date_is_an_article_whatever_its_kind() -> None:
    assert (
        read(
            json.dumps({"@type": "CreativeWork", "headline": "Talks resume", "datePublished": "2026-03-02"})
        ).title
        == "Talks resume"
    )


@pytest.mark.parametrize(
    "date",
    [
        "2026-03-02T12:00:00Z",
        "2026-03-02T13:00:00+01:00[Europe/Berlin]",
        "20260302T210000+0900",
        1772452800,
        ["2026-03-02 12:00:00 UTC"],
    ],
)
def test_dates(date: Any) -> None:  # noqa: ANN401
    assert read(json.dumps({**ARTICLE, "datePublished": date})).published == datetime(
        2026, 3, 2, 12, 0, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "source",
    [
        pytest.param('//<![CDATA[\n{"@type":"NewsArticle","headline":"Talks resume"}\n//]]>', id="CDATA"),
        pytest.param('<!--{"@type":"NewsArticle","headline":"Talks resume"}-->', id="comment"),
        pytest.param('{"@type":"NewsArticle","headline":"Talks resume",}', id="a comma too many"),
        pytest.param('{"@type":"NewsArticle","headline":"Talks\nresume"}', id="line end in a string"),
        pytest.param('{"@type":"NewsArticle","headline":"Talks resume"};', id="semicolon"),
        pytest.param(
            '{"@type":"NewsArticle","headline":"Talks resume"}\n{"@type":"WebSite"}', id="two in one"
        ),
        pytest.param('var x = {"@type":"NewsArticle","headline":"Talks resume"}', id="assigned"),
        pytest.param(
            '{"@type":"NewsArticle","headline":"Talks resume","x":"a \\\' b"}', id="escaped apostrophe"
        ),
    ],
)
def test_broken_scripts(source: str) -> None:
    assert read("not JSON at all", source).title == "Talks resume"


@pytest.mark.parametrize(
    ("image", "credit"),
    [
        pytest.param({"@type": "ImageObject", "url": "/i.jpg", "creditText": "AFP"}, "AFP", id="creditText"),
        pytest.param(
            [{"@type": "ImageObject", "copyrightHolder": {"name": "Example Wire"}}],
            "Example Wire",
            id="holder",
        ),
        pytest.param(
            {"@type": "ImageObject", "author": "Example Person/Reuters"},
            "Example Person/Reuters",
            id="author",
        ),
        pytest.param({"@type": "ImageObject", "copyrightNotice": "© dpa"}, "dpa", id="notice"),
        pytest.param(
            {"@type": "ImageObject", "caption": "The port. Foto: Example Person"},
            "Example Person",
            id="caption",
        ),
        pytest.param({"@type": "ImageObject", "url": "/i.jpg"}, None, id="none"),
        pytest.param("/i.jpg", None, id="address"),
    ],
)
def test_credit_of_the_image(image: Any, credit: str | None) -> None:  # noqa: ANN401
    assert read(json.dumps({**ARTICLE, "image": image})).photo_credit == credit


def test_credit_of_a_picture_that_stands_for_itself() -> None:
    picture = {"@type": "ImageObject", "contentUrl": "/i.jpg", "creditText": "Example Person/AFP"}
    assert read(json.dumps(ARTICLE), json.dumps(picture)).photo_credit == "Example Person/AFP"
