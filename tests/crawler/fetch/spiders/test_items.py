"""Items of every sort become the same JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from time import gmtime
from typing import Any

import pytest
import scrapy
from attrs import define
from pydantic import BaseModel

from crawler.fetch.spiders.items import NoItemError, as_json

PAGE = "http://fisheries.example/press/"
MEANT = {"url": f"{PAGE}1", "title": "Nets", "text": "One.\nTwo.", "author": "A. Alaoui, B. Benali"}


class Release(scrapy.Item):
    url = scrapy.Field()
    title = scrapy.Field()
    text = scrapy.Field()
    authors = scrapy.Field()


@dataclass
class ReleaseData:
    url: str
    title: str
    text: str = "One.\nTwo."
    authors: list[str] = field(default_factory=lambda: ["A. Alaoui", "B. Benali"])


@define
class ReleaseAttrs:
    url: str
    title: str
    text: str
    authors: list[str]


class ReleaseModel(BaseModel):
    url: str
    title: str
    text: str
    authors: list[str]


GIVEN: dict[str, Any] = {
    "url": "1",
    "title": "Nets",
    "text": "One.\nTwo.",
    "authors": ["A. Alaoui", "B. Benali"],
}


@pytest.mark.parametrize(
    "item",
    [
        pytest.param(GIVEN, id="dict"),
        pytest.param(Release(GIVEN), id="scrapy.Item"),
        pytest.param(ReleaseData("1", "Nets"), id="dataclass"),
        pytest.param(ReleaseAttrs(**GIVEN), id="attrs"),
        pytest.param(ReleaseModel(**GIVEN), id="pydantic"),
        pytest.param(
            {"url": ["1"], "title": ["Nets"], "text": ["One.", "Two."], "authors": GIVEN["authors"]},
            id="loader's lists",
        ),
        pytest.param(
            {"link": "1", "headline": "Nets", "body": "One.\nTwo.", "author": "A. Alaoui, B. Benali"},
            id="other names",
        ),
    ],
)
def test_any_sort_of_item_says_the_same(item: object) -> None:
    assert as_json(item, PAGE) == MEANT


@pytest.mark.parametrize(
    ("value", "published"),
    [
        (datetime(2026, 3, 2, 12, tzinfo=UTC), "2026-03-02T12:00:00+00:00"),
        (date(2026, 3, 2), "2026-03-02"),
        ("3 hours ago", "3 hours ago"),
        (1772452800, "2026-03-02T12:00:00+00:00"),
        (1e40, None),
        (gmtime(1772452800), "2026-03-02T12:00:00+00:00"),
    ],
)
def test_dates_are_kept_as_they_are_meant(value: object, published: str | None) -> None:
    assert as_json({"url": PAGE, "date": value}, "").get("published") == published


def test_body_with_markup_is_html() -> None:
    assert as_json({"url": PAGE, "body": "<p>One.</p>"}, "") == {"url": PAGE, "html": "<p>One.</p>"}


@pytest.mark.parametrize("item", [{"title": "Nets"}, {"url": ""}, {}, 7, None, "http://fisheries.example"])
def test_what_has_no_address_is_no_item(item: object) -> None:
    with pytest.raises(NoItemError):
        as_json(item, PAGE)
