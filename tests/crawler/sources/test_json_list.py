"""Lists of articles that an API gives as JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from crawler.errors import FeedError
from crawler.sources.base import SourceDocument, declare, settings_of
from crawler.sources.json_list import JsonSource
from crawler.values import ParsedFeed

URL = "https://fisheries.example/wp-json/wp/v2/posts"
WORDPRESS = [
    {
        "id": 12,
        "date_gmt": "2026-03-02T12:00:00",
        "link": "https://fisheries.example/press/harbour-works",
        "title": {"rendered": "Harbour works &#8211; resume"},
        "excerpt": {"rendered": "<p>The works resume on Monday.</p>"},
        "content": {"rendered": "<p>The works resume on Monday, the ministry said.</p>"},
    },
    {"id": 11, "link": "/press/quota", "title": {"rendered": "Quota"}, "date_gmt": "2026-03-01T08:00:00"},
]
PORTAL = {
    "data": {
        "results": [
            {
                "headline": "Ferries stay in port",
                "path": "/n/1",
                "when": "05/02/2026",
                "byline": "Press office",
            },
            {"headline": "No path"},
            "not an item",
        ]
    }
}


def read(document: object, home: str = "", **keys: object) -> ParsedFeed:
    source = JsonSource()
    settings = settings_of(source, URL, {"url": URL, **keys})
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return source.read(SourceDocument(body, URL, "application/json", settings, {}, home))


def test_wordpress_needs_no_keys() -> None:
    first, second = read(WORDPRESS).entries
    assert (first.url, first.title, first.summary) == (
        "https://fisheries.example/press/harbour-works",
        "Harbour works – resume",
        "The works resume on Monday.",
    )
    assert "the ministry said" in first.content
    assert first.published == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
    assert second.url == "https://fisheries.example/press/quota"


def test_keys_say_where_the_parts_stand() -> None:
    keys = {"items": "data.results", "link": "path", "title": "headline", "date": "when", "author": "byline"}
    (first, *_rest) = read(PORTAL, "en-GB", **keys).entries
    assert (first.url, first.title, first.author) == (
        "https://fisheries.example/n/1",
        "Ferries stay in port",
        "Press office",
    )
    assert first.published == datetime(2026, 2, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("document", "keys", "message"),
    [
        pytest.param(b"<html>", {}, "this is not JSON", id="a page"),
        pytest.param(PORTAL, {"items": "data.items"}, "finds nothing, not a list", id="no list there"),
        pytest.param(PORTAL, {"items": "data"}, "finds dict, not a list", id="an object there"),
        pytest.param(PORTAL, {"items": "data.results"}, "has a link or a title", id="other parts"),
    ],
)
def test_what_can_not_be_read_is_told(document: object, keys: dict[str, str], message: str) -> None:
    with pytest.raises(FeedError, match=message):
        read(document, **keys)


def test_broken_expression_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a JMESPath expression"):
        declare("json", {"url": URL, "items": "data.["})


def test_function_that_meets_another_type_says_nothing() -> None:
    (entry, _other) = read(WORDPRESS, summary="join(', ', id)").entries
    assert entry.summary == "The works resume on Monday, the ministry said."
