"""Pages with lists of articles: learned, or read by selectors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from crawler.errors import FeedError
from crawler.sources.base import SourceDocument, UnknownSourceError, declare, settings_of
from crawler.sources.lists.dates import ListDates
from crawler.sources.lists.learning import ListRule, apply, learn
from crawler.sources.lists.links import links_of, parse_page, shape_of
from crawler.sources.lists.source import ListSource
from crawler.values import ParsedFeed
from service.troubles import trouble_words
from tests.crawler.sources.layouts import LAYOUTS, SITE, Layout, items_of, layouts, page

NOW = datetime(2026, 3, 30, 12, 0, tzinfo=UTC)
URL = f"{SITE}/press"


def read(
    html: str, keys: Mapping[str, object] = MappingProxyType({}), *, state: Mapping[str, Any] | None = None
) -> ParsedFeed:
    source = ListSource()
    settings = settings_of(source, URL, {"url": URL, **keys})
    document = SourceDocument(html.encode(), URL, "text/html; charset=utf-8", settings, state or {}, "", NOW)
    return source.read(document)


@pytest.mark.parametrize("layout", [pytest.param(each, id=each.name) for each in layouts()])
def test_articles_of_a_page_are_learned(layout: Layout) -> None:
    feed = read(layout.html)
    assert {entry.url for entry in feed.entries} == layout.articles
    assert feed.language == layout.language
    assert feed.problem is None


def test_entries_have_the_titles_and_dates_of_the_list() -> None:
    items = items_of("fr", "slugs")
    feed = read(page("fr", LAYOUTS["table"](items)))
    assert [(entry.title, entry.published and entry.published.day) for entry in feed.entries] == [
        (title, 28 - number) for number, (_url, title, _date) in enumerate(items)
    ]


def test_rule_is_kept_as_data_and_finds_what_is_new() -> None:
    first = read(page("en", LAYOUTS["cards"](items_of("en", "slugs"))))
    assert first.state is not None
    kept = json.loads(json.dumps(first.state))
    rule = ListRule.from_data(kept)
    assert rule is not None
    assert (rule.links, rule.prefix) == (7, "/press/")
    later = read(
        page("en", LAYOUTS["cards"](items_of("en", "dated", count=2) + items_of("en", "slugs"))), state=kept
    )
    assert len(later.entries) == 7  # addresses of another shape are not what was learned
    short = read(page("en", LAYOUTS["cards"](items_of("en", "slugs", count=2, first=5))), state=kept)
    assert (len(short.entries), short.problem, short.is_relearned) == (2, None, False)


def test_page_whose_shape_changes_is_learned_again_and_told() -> None:
    first = read(page("en", LAYOUTS["cards"](items_of("en", "slugs"))))
    later = read(page("en", LAYOUTS["table"](items_of("en", "dated"))), state=first.state)
    assert len(later.entries) == 7
    assert later.is_relearned
    assert trouble_words(later.problem) == (
        "the page's shape changed: its list was learned again, 7 links like /2026/03/… (7 before, like /press/…)"
    )
    again = read(page("en", LAYOUTS["table"](items_of("en", "dated"))), state=later.state)
    assert (again.is_relearned, again.problem) == (False, None)


def test_list_with_one_article_on_it_today_keeps_its_rule() -> None:
    first = read(page("en", LAYOUTS["cards"](items_of("en", "slugs"))))
    later = read(page("en", LAYOUTS["cards"](items_of("en", "slugs", count=1))), state=first.state)
    assert (len(later.entries), later.problem, later.state) == (1, None, first.state)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(page("en", "<p>Nothing to see.</p>"), "no list of articles was found", id="no list"),
        pytest.param(
            page("en", "<ul><li><a href='/a'>Fish</a></li><li><a href='/b'>Ports</a></li></ul>"),
            "say which they are with items",
            id="a menu alone",
        ),
    ],
)
def test_page_without_a_list_is_told(body: str, message: str) -> None:
    with pytest.raises(FeedError, match=message):
        read(body)


SELECTED = """<div class=row><a class=pic href=/x/1><img></a><h4>First of the list</h4><i>2 March 2026</i><p>Summary one</p></div>
<div class=row><a class=pic href=/x/2><img></a><h4>Second</h4><i>3 hours ago</i><p>Summary two</p></div>
<div class=row hidden><a href=/x/3>Hidden</a></div><div class=row>no link</div>"""


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(
            {"items": "div.row", "link": "a.pic", "title": "h4", "date": "i", "summary": "p"}, id="CSS"
        ),
        pytest.param(
            {
                "items": "//div[@class='row']",
                "link": "./a/@href",
                "title": "./h4",
                "date": "./i",
                "summary": "p",
            },
            id="XPath",
        ),
        pytest.param({"items": "div.row", "summary": "p"}, id="the rest is seen"),
    ],
)
def test_selectors_say_what_is_listed(keys: dict[str, str]) -> None:
    feed = read(page("en", SELECTED), keys)
    assert [(entry.url, entry.title, entry.summary) for entry in feed.entries] == [
        (f"{SITE}/x/1", "First of the list", "Summary one"),
        (f"{SITE}/x/2", "Second", "Summary two"),
    ]
    assert [entry.published for entry in feed.entries] == [
        datetime(2026, 3, 2, tzinfo=UTC),
        datetime(2026, 3, 30, 9, 0, tzinfo=UTC),
    ]


def test_selector_that_finds_nothing_is_told() -> None:
    with pytest.raises(FeedError, match=r"items = 'li.card' finds nothing"):
        read(page("en", SELECTED), {"items": "li.card"})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        pytest.param({"items": "li..card"}, "neither CSS nor XPath", id="broken selector"),
        pytest.param({"link": "a"}, "say items too", id="a part without items"),
        pytest.param({"items": "li", "pages": 0}, "greater than or equal to 1", id="no pages"),
    ],
)
def test_wrong_keys_are_refused(keys: dict[str, object], message: str) -> None:
    with pytest.raises((ValueError, UnknownSourceError), match=message):
        declare("list", {"url": URL, **keys})


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        pytest.param("3 hours ago", "en", "2026-03-30T09:00", id="English"),
        pytest.param("il y a 2 jours", "fr", "2026-03-28T12:00", id="French"),
        pytest.param("hace 3 horas", "es", "2026-03-30T09:00", id="Spanish"),
        pytest.param("منذ ساعتين", "ar", "2026-03-30T10:00", id="Arabic"),
        pytest.param("вчера", "ru", "2026-03-29T12:00", id="Russian yesterday"),
        pytest.param("vor 20 Minuten", "de", "2026-03-30T11:40", id="German"),
        pytest.param("12 March", "en", "2026-03-12T00:00", id="no year"),
        pytest.param("28 décembre", "fr", "2025-12-28T00:00", id="of last year"),
        pytest.param("05/03/2026", "fr", "2026-03-05T00:00", id="numbers"),
        pytest.param("Fishing", "en", None, id="no date"),
        pytest.param("12 May 2027", "en", None, id="of an event to come"),
    ],
)
def test_dates_of_lists(text: str, language: str, expected: str | None) -> None:
    found = ListDates(language, URL, "", NOW).read(text)
    assert (found and found.isoformat(timespec="minutes").removesuffix("+00:00")) == expected


@pytest.mark.parametrize(
    ("url", "shape"),
    [
        ("https://a.example/news/politics/talks-resume-in-rabat", "L/L/S"),
        ("https://a.example/2026/03/02/talks", "Y/D/D/L"),
        ("https://a.example/article/123456.html", "L/N"),
        ("https://a.example/a.php?id=12&lang=en", "L?id"),
        ("https://a.example/story/3f9a8c7d2b", "L/X"),
    ],
)
def test_shape_of_an_address(url: str, shape: str) -> None:
    assert shape_of(url) == shape


def test_order_pins_and_tracking_change_nothing() -> None:
    items = items_of("en", "slugs")
    turned = [
        (f"{url}?utm_source=front", title, date) for url, title, date in (items[3], *items[:3], *items[4:])
    ]
    one, other = (read(page("en", LAYOUTS["plain"](each))) for each in (items, turned))
    links = [links_of_html(LAYOUTS["plain"](each)) for each in (items, turned)]
    assert set(links[0]) == set(links[1])
    assert len(one.entries) == len(other.entries) == 7


def links_of_html(body: str) -> list[str]:
    tree = parse_page(page("en", body).encode(), URL, None)
    assert tree is not None
    links = links_of(tree, URL)
    rule = learn(links)
    assert rule is not None
    return [link.key for link in apply(replace(rule), links)]
