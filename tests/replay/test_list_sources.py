"""Outlets without feeds, polled over loopback: what appears is found once, what was there alerts nobody, what changes is told."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlmodel import select

from crawler.sources.base import declare
from service.troubles import trouble_words
from storage.stores.feeds.outlet_edits import OutletValues, put_outlet
from storage.tables import Article, ArticleState, Feed
from tests.archive import put
from tests.conftest import START
from tests.crawler.sources.layouts import LAYOUTS, Item, items_of, page
from tests.databases import on_both
from tests.replay.outlets import Answer, raw
from tests.replay.test_polling import FEED, MINUTE, Crawl, crawl, pool

pytestmark = on_both


__all__ = ["crawl", "pool"]

SITE = "http://fisheries.example"
PRESS, API = f"{SITE}/press", f"{SITE}/wp-json/wp/v2/posts"
HTML, JSON = "text/html; charset=utf-8", "application/json"


def follow(crawl: Crawl, kind: str, url: str, **keys: object) -> None:
    source = declare(kind, {"url": url, **keys})
    values = OutletValues("Ministry", SITE, (), "en", None, sources=(source,))
    with crawl.database.write() as session:
        put_outlet(
            session,
            values,
            {},
            number=None,
            interval=15 * MINUTE,
            now=START,
        )


def listed(layout: str, items: list[Item]) -> Answer:
    return raw(page("en", LAYOUTS[layout](items)).encode(), Content_Type=HTML)


def posts(*numbers: int) -> Answer:
    items = [
        {"id": n, "link": f"{SITE}/p/{n}", "title": {"rendered": f"Release number {n}"}} for n in numbers
    ]
    return raw(json.dumps(items).encode(), Content_Type=JSON)


def found(crawl: Crawl) -> dict[str, ArticleState]:
    """Return the state of each article by the end of its address."""
    with crawl.database.read() as session:
        return {article.url.removeprefix(SITE): article.state for article in session.exec(select(Article))}


def source(crawl: Crawl, url: str) -> Feed:
    with crawl.database.read() as session:
        return session.exec(select(Feed).where(Feed.url == url)).one()


async def test_new_links_of_a_list_are_found_once_and_old_ones_are_old_news(crawl: Crawl) -> None:
    follow(crawl, "list", PRESS)
    items = [(url, title, "") for url, title, _date in items_of("en", "slugs")]
    new = ("/press/minister-meets-the-fleet", "Minister meets the fishing fleet", "")
    turned = [items[4], new, *items[:4], *items[5:]]
    crawl.outlets.script[PRESS] = [
        listed("blog", items),
        listed("blog", [new, *items]),
        listed("blog", turned),
    ]
    await crawl.poll()
    before = found(crawl)
    assert len(before) == 7
    for _poll in range(3):
        await crawl.poll()
    after = found(crawl)
    assert set(after) - set(before) == {"/press/minister-meets-the-fleet"}
    assert after["/press/minister-meets-the-fleet"] is ArticleState.READY
    assert {after[url] for url in before} == set(before.values()) != {ArticleState.READY}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        pytest.param({}, [7, 0, 7], id="learned"),
        pytest.param({"items": "article"}, [7, 7, 7], id="by selectors, which may mean scripts too"),
    ],
)
async def test_page_with_other_scripts_alone_is_not_read_again(
    crawl: Crawl, keys: dict[str, object], expected: list[int]
) -> None:
    follow(crawl, "list", PRESS, **keys)
    body = page("en", LAYOUTS["blog"](items_of("en", "slugs")))
    crawl.outlets.script[PRESS] = [
        raw(f"<script>token = {n}</script>{body}{'<p>Closed.</p>' * (n // 2)}".encode(), Content_Type=HTML)
        for n in range(3)
    ]
    reports = [report for _n in range(3) for report in await crawl.poll() if report.url == PRESS]
    assert [report.entries for report in reports] == expected


async def test_list_of_another_shape_is_learned_again_and_told(crawl: Crawl) -> None:
    follow(crawl, "list", PRESS)
    items = items_of("en", "slugs")
    moved = [
        (f"/en/releases/2026/{url.rpartition('/')[2]}", f"{title} today", "") for url, title, _date in items
    ]
    crawl.outlets.script[PRESS] = [listed("cards", items), listed("table", moved), listed("table", moved[1:])]
    await crawl.poll()
    await crawl.poll()
    problem = source(crawl, PRESS).problem
    assert problem is not None
    assert "learned again, 7 links like /en/releases/" in trouble_words(problem)
    assert not any(
        state is ArticleState.READY for url, state in found(crawl).items() if url.startswith("/en/")
    )  # undated links of a new rule are no news
    await crawl.poll()
    assert source(crawl, PRESS).problem is None


async def test_page_that_lists_nothing_is_a_failure_in_words(crawl: Crawl) -> None:
    follow(crawl, "list", PRESS)
    crawl.outlets.script[PRESS] = [raw(page("en", "<p>Back soon.</p>").encode(), Content_Type=HTML)]
    await crawl.poll()
    trouble = source(crawl, PRESS).last_error
    assert trouble is not None
    assert "no list of articles was found" in str(trouble.facts)


@pytest.mark.parametrize("pages", [1, 3])
async def test_pages_that_follow_are_read_at_the_first_poll_only(crawl: Crawl, pages: int) -> None:
    follow(crawl, "list", PRESS, pages=pages, next="a.next")
    older = [f"{PRESS}/page-{number}" for number in (2, 3)]
    every = [items_of("en", "numbers", first=first) for first in (0, 10, 20)]
    for address, following, items in zip([PRESS, *older], [*older, ""], every, strict=True):
        body = LAYOUTS["plain"](items) + f"<a class='next' href='{following}'>»</a>"
        crawl.outlets.script[address] = [raw(page("en", body).encode(), Content_Type=HTML)]
    for _poll in range(2):
        await crawl.poll()
    assert len(found(crawl)) == 7 * pages
    assert [crawl.outlets.times(address) for address in older] == [int(pages > 1)] * 2


async def test_page_of_an_outlet_without_feeds_is_followed_as_a_list(crawl: Crawl) -> None:
    with crawl.database.write() as session:
        put(session, "Ministry", (), site=PRESS)
    items = items_of("en", "slugs")
    crawl.outlets.script[PRESS] = [
        listed("cards", items[1:]),
        listed("cards", items[1:]),
        listed("cards", items),
    ]
    await crawl.poll()
    assert (source(crawl, PRESS).source_kind, source(crawl, PRESS).last_error) == ("list", None)
    assert len(found(crawl)) == 6
    await crawl.poll()
    assert len(found(crawl)) == 7
    with crawl.database.write() as session:  # as each start does with what the settings declare
        put(session, "Ministry", (), site=PRESS)
    new = ("/press/minister-meets-the-fleet", "Minister meets the fishing fleet", "")
    crawl.outlets.script[PRESS] = [listed("cards", [new, *items])]
    await crawl.poll()
    await crawl.poll()
    assert found(crawl)["/press/minister-meets-the-fleet"] is ArticleState.READY


async def test_feed_that_becomes_a_page_of_links_is_not_followed_as_a_list(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [listed("cards", items_of("en", "slugs"))]
    await crawl.poll()
    trouble = source(crawl, FEED).last_error
    assert trouble is not None
    assert 'it lists 7 articles like /press/…, which a source can follow: { kind = "list"' in str(
        trouble.facts
    )
    assert found(crawl) == {}


async def test_list_in_json_is_followed(crawl: Crawl) -> None:
    follow(crawl, "json", API, id="id")
    crawl.outlets.script[API] = [posts(2, 1), posts(3, 2, 1)]
    await crawl.poll()
    await crawl.poll(timedelta(minutes=20))
    states = found(crawl)
    assert set(states) == {"/p/1", "/p/2", "/p/3"}
    assert [url for url, state in states.items() if state is ArticleState.READY] == ["/p/3"]
