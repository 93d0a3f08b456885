"""Users' own spiders as sources, over replayed outlets: what appears is found once, what goes wrong is told, and stays theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from crawler.sources.base import declare
from service.troubles import trouble_words
from storage.stores.feeds.outlet_edits import OutletValues, put_outlet
from storage.tables import Article, ArticleState, Feed
from tests.conftest import START
from tests.replay.outlets import Answer, raw, status
from tests.replay.test_polling import FEED, MINUTE, Crawl, crawl, dated, pool

__all__ = ["crawl", "pool"]

SITE = "http://fisheries.example"
PRESS = f"{SITE}/press"
SPIDER = """
import scrapy


class Press(scrapy.Spider):
    name = "press"
    start_urls = ["http://fisheries.example/press"]

    def parse(self, response):
        for item in response.css("li"):
            link = item.css("a")
            yield {
                "url": link.attrib["href"],
                "title": link.css("::text").get(),
                "text": item.css("p::text").get(),
                "date": item.css("time::text").get(),
            }
"""


@pytest.fixture
def spider(tmp_path: Path) -> Path:
    path = tmp_path / "press.py"
    path.write_text(SPIDER, encoding="utf-8")
    return path


def follow(crawl: Crawl, path: Path | str, name: str = "Ministry", **keys: object) -> str:
    """Follow a spider as an outlet's source; return the source's address."""
    source = declare("spider", {"spider": str(path), **keys})
    values = OutletValues(name, SITE, (), "en", None, sources=(source,))
    with crawl.database.write() as session:
        put_outlet(session, values, {}, number=None, interval=15 * MINUTE, now=START)
    return source.address


def written(path: Path, body: str) -> Path:
    """Write a spider whose `parse` is this body."""
    start = f'name = "test"\n    start_urls = ["{PRESS}"]\n    async def parse(self, response):\n'
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    path.write_text(
        f"import asyncio, scrapy, threading\nclass Test(scrapy.Spider):\n    {start}{lines}", "utf-8"
    )
    return path


def page(*items: tuple[str, str] | tuple[str, str, str]) -> Answer:
    lines = "".join(
        f"<li><a href='{url}'>{title}</a><p>{' '.join(text)}</p></li>" for url, title, *text in items
    )
    return raw(f"<ul>{lines}</ul>".encode(), Content_Type="text/html; charset=utf-8")


def found(crawl: Crawl) -> dict[str, ArticleState]:
    """Return the state of each article by the end of its address."""
    with crawl.database.read() as session:
        return {article.url.removeprefix(SITE): article.state for article in session.exec(select(Article))}


def source(crawl: Crawl, address: str) -> Feed:
    with crawl.database.read() as session:
        return session.exec(select(Feed).where(Feed.url == address)).one()


def failure(crawl: Crawl, address: str) -> str:
    return trouble_words(source(crawl, address).last_error)


OLD = [(f"/press/{number}", f"Notice number {number} of the fleet") for number in range(4)]
NEW = ("/press/harbour-opens", "Harbour opens to the fishing fleet")


async def test_new_items_are_found_once_and_old_ones_are_old_news(crawl: Crawl, spider: Path) -> None:
    follow(crawl, spider)
    moved, gone = page(OLD[2], NEW, *OLD[:2], OLD[3]), page(NEW, *OLD[1:])
    crawl.outlets.script[PRESS] = [page(*OLD), page(NEW, *OLD), moved, gone, page(NEW, *OLD)]
    await crawl.poll()
    before = found(crawl)
    assert set(before) == {url for url, _title in OLD}
    for _poll in range(4):
        await crawl.poll()
    after = found(crawl)
    assert set(after) - set(before) == {NEW[0]}
    assert after[NEW[0]] is ArticleState.READY
    assert {after[url] for url in before} == set(before.values()) != {ArticleState.READY}


async def test_spider_runs_as_often_as_it_is_told(crawl: Crawl, spider: Path) -> None:
    often = follow(crawl, spider, every="20m")
    crawl.outlets.script[PRESS] = [page(*OLD)]
    await crawl.poll()
    assert source(crawl, often).next_poll_at == crawl.clock.now + 20 * MINUTE
    await crawl.poll(19 * MINUTE, due=True)
    assert crawl.outlets.times(PRESS) == 1
    await crawl.poll(MINUTE, due=True)
    assert crawl.outlets.times(PRESS) == 2


@pytest.mark.parametrize(
    ("body", "keys", "words"),
    [
        pytest.param(
            'raise ValueError("no such list")',
            {},
            "raised ValueError: no such list (bad.py, line 6, in parse)",
            id="raises",
        ),
        pytest.param("await asyncio.sleep(9999)", {"timeout": "1s"}, "had not ended after 1s", id="hangs"),
        pytest.param("while True: pass", {"timeout": "1s"}, "had not ended after 1s", id="loops in its code"),
        pytest.param(
            "yield scrapy.Request(response.url, dont_filter=True)",
            {"max_requests": 3},
            "made more than 3 requests",
            id="asks for ever",
        ),
        pytest.param("nonsense(", {}, "can't be loaded: bad.py, line 6", id="is no Python"),
    ],
)
async def test_spider_that_does_not_end_well_is_its_own_outlets_trouble(
    crawl: Crawl, tmp_path: Path, body: str, keys: dict[str, Any], words: str
) -> None:
    address = follow(crawl, written(tmp_path / "bad.py", body), **keys)
    crawl.outlets.script[PRESS], crawl.outlets.script[FEED] = [page(*OLD)], [dated(1, 2)]
    await crawl.poll()
    assert words in failure(crawl, address)
    feed = crawl.feed()
    assert (feed.failing_since, feed.entries) == (None, 2)


async def test_what_a_spider_brought_before_it_failed_is_kept_and_told(crawl: Crawl, tmp_path: Path) -> None:
    body = 'yield {"url": "/press/1", "title": "The first of two notices"}\nyield {}["next"]'
    address = follow(crawl, written(tmp_path / "bad.py", body))
    crawl.outlets.script[PRESS] = [page(*OLD)]
    await crawl.poll()
    assert list(found(crawl)) == ["/press/1"]
    feed = source(crawl, address)
    assert feed.failing_since is None
    assert "KeyError: 'next'" in trouble_words(feed.problem)
    assert "the item before that is kept" in trouble_words(feed.problem)


async def test_host_that_asks_for_rest_puts_the_next_run_off(crawl: Crawl, spider: Path) -> None:
    address = follow(crawl, spider)
    crawl.outlets.script[PRESS] = [status(429, Retry_After="600"), page(*OLD)]
    await crawl.poll()
    assert crawl.outlets.times(PRESS) == 1
    await crawl.poll()
    assert crawl.outlets.times(PRESS) == 1
    await crawl.poll(11 * MINUTE)
    assert crawl.outlets.times(PRESS) == 2
    assert source(crawl, address).failing_since is None


async def test_robots_txt_holds_for_spiders_whatever_they_say(crawl: Crawl, tmp_path: Path) -> None:
    path = tmp_path / "rude.py"
    path.write_text(
        SPIDER.replace("def parse", 'custom_settings = {"ROBOTSTXT_OBEY": False}\n\n    def parse'), "utf-8"
    )
    address = follow(crawl, path)
    crawl.outlets.script[f"{SITE}/robots.txt"] = [raw(b"User-agent: *\nDisallow: /press")]
    await crawl.poll()
    assert crawl.outlets.times(PRESS) == 0
    assert "robots.txt of its host does not allow it" in failure(crawl, address)
