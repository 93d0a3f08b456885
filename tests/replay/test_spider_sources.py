"""Users' own spiders as sources, over replayed outlets: what appears is found once, what goes wrong is told, and stays theirs."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from scrapy.utils.reactor import is_reactor_installed
from sqlmodel import select

from crawler.fetch.spiders import thread
from crawler.fetch.spiders.loading import load_spider
from crawler.poll import crawling
from crawler.sources.base import declare
from service.clock import utc_now
from service.feed_reports import read_reports
from service.settings.models import OutletSettings
from service.troubles import trouble_words
from storage.stores.articles.versions import versions_of
from storage.stores.feeds.outlet_edits import OutletValues, put_outlet
from storage.tables import Article, ArticleState, Feed
from tests.conftest import START
from tests.databases import on_both, on_sqlite
from tests.replay.conftest import World, running
from tests.replay.outlets import Answer, raw, status, stuck
from tests.replay.test_polling import FEED, MINUTE, Crawl, crawl, dated, pool

__all__ = ["crawl", "pool"]
pytestmark = on_sqlite

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


def written(path: Path, body: str, start: str = PRESS) -> Path:
    """Write a spider whose `parse` is this body."""
    begin = f'name = "test"\n    start_urls = ["{start}"]\n    async def parse(self, response):\n'
    lines = "".join(f"        {line}\n" for line in body.splitlines())
    path.write_text(
        f"import asyncio, scrapy, threading\nclass Test(scrapy.Spider):\n    {begin}{lines}", "utf-8"
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


@on_both
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


async def test_whole_article_is_ready_at_once_and_its_edit_is_a_version(crawl: Crawl, spider: Path) -> None:
    follow(crawl, spider)
    text = "The ministry opens the harbour to the crews of the coast again. " * 40
    edited = text + "The crews were told on Monday."
    crawl.outlets.script[PRESS] = [page(*OLD), page((*NEW, text), *OLD), page((*NEW, edited), *OLD)]
    for _poll in range(4):
        await crawl.poll()
    with crawl.database.read() as session:
        (article,) = session.exec(select(Article).where(Article.url == SITE + NEW[0])).all()
        versions = versions_of(session, [article.id or 0])[article.id or 0]
    assert article.state is ArticleState.READY
    assert [version.text.strip() for version in versions] == [text.strip(), edited]


@pytest.mark.thorough
async def test_spider_runs_as_often_as_it_is_told(crawl: Crawl, spider: Path) -> None:
    often = follow(crawl, spider, every="20m")
    crawl.outlets.script[PRESS] = [page(*OLD)]
    await crawl.poll()
    assert source(crawl, often).next_poll_at == crawl.clock.now + 20 * MINUTE
    await crawl.poll(19 * MINUTE, due=True)
    assert crawl.outlets.times(PRESS) == 1
    await crawl.poll(MINUTE, due=True)
    assert crawl.outlets.times(PRESS) == 2


@pytest.mark.thorough
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
        pytest.param("nonsense(", {}, "can't start: bad.py, line 6", id="is no Python"),
        pytest.param(
            "raise SystemExit(3)", {}, "raised SystemExit: 3 (bad.py, line 6, in parse)", id="exits"
        ),
        pytest.param(
            "from twisted.internet import reactor",
            {},
            "Import of twisted.internet.reactor is forbidden",
            id="needs the reactor",
        ),
        pytest.param(
            "while True:\n    try:\n        1 / 0\n    except:\n        pass",
            {"timeout": "1s"},
            "had not ended after 1s",
            id="swallows everything",
        ),
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
    assert not is_reactor_installed()


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


@pytest.mark.thorough
async def test_spider_that_loops_fails_though_its_items_are_kept(crawl: Crawl, tmp_path: Path) -> None:
    body = 'yield {"url": "/press/1", "title": "The first of two notices"}\nyield scrapy.Request(response.url, dont_filter=True)'
    path = written(tmp_path / "bad.py", body)
    address = follow(crawl, path, max_requests=3)
    crawl.outlets.script[PRESS] = [page(*OLD)]
    for failures in (1, 2):
        (report,) = [report for report in await crawl.poll() if report.url == address]
        feed = source(crawl, address)
        assert (feed.failures, feed.problem, report.error) == (failures, None, feed.last_error)
        assert feed.failing_since is not None
    assert "it made more than 3 requests (max_requests); the 3 items before that are kept" in failure(
        crawl, address
    )
    assert list(found(crawl)) == ["/press/1"]
    written(path, body.partition("\n")[0])
    await crawl.poll()
    assert (source(crawl, address).failures, source(crawl, address).failing_since) == (0, None)


@pytest.mark.thorough
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


@pytest.mark.thorough
@on_both
async def test_claim_of_a_spider_is_kept_while_it_runs(
    crawl: Crawl, spider: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawling, "RENEWED_EVERY", timedelta(milliseconds=20))
    address = follow(crawl, spider)
    another = crawl.another()
    first_lease = crawl.clock.now + MINUTE + crawling.LEASE

    async def late(request: web.BaseRequest) -> web.StreamResponse:
        crawl.clock.advance(2 * crawling.LEASE)
        async with asyncio.timeout(60):
            while (source(crawl, address).lease_until or START) <= first_lease:  # noqa: ASYNC110  (a row has no event)
                await asyncio.sleep(0.01)
        assert await another.step() == 0
        response = page(*OLD)(request)
        assert isinstance(response, web.StreamResponse)
        return response

    crawl.outlets.script[PRESS] = [late]
    await crawl.poll()
    feed = source(crawl, address)
    assert (feed.entries, feed.lease_until, feed.last_error) == (4, None, None)


@pytest.mark.thorough
@on_both
async def test_spider_whose_claim_another_took_is_stopped(
    crawl: Crawl, spider: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawling, "RENEWED_EVERY", timedelta(milliseconds=20))
    address = follow(crawl, spider)
    never = asyncio.Event()

    async def taken(request: web.BaseRequest) -> web.StreamResponse:
        with crawl.database.write() as session:
            session.exec(select(Feed).where(Feed.url == address)).one().lease_token += 1
        answer = stuck(b"<ul>", never)(request)
        assert not isinstance(answer, web.StreamResponse)
        return await answer

    crawl.outlets.script[PRESS] = [taken]
    await crawl.poll()
    never.set()
    assert found(crawl) == {}
    assert source(crawl, address).last_polled_at is None


@pytest.mark.thorough
async def test_spider_that_can_not_be_ended_is_left_behind_and_not_run_again(
    crawl: Crawl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread, "GRACE", 0.2)
    path = tmp_path / "bad.py"
    waiting = SPIDER.replace(
        "import scrapy", "import threading\n\nimport scrapy\n\nGO = threading.Event()", 1
    )
    path.write_text(waiting.replace("for item", "GO.wait()\n        for item"), encoding="utf-8")
    address = follow(crawl, path, timeout="1s")
    crawl.outlets.script[PRESS], crawl.outlets.script[FEED] = [page(*OLD)], [dated(1, 2)]
    await crawl.poll()
    assert "had not ended after 1s" in failure(crawl, address)
    await crawl.poll()
    assert "was not run: its last run could not be ended" in failure(crawl, address)
    assert crawl.outlets.times(PRESS) == 1
    assert crawl.feed().entries == 2
    (blocked,) = [each for each in threading.enumerate() if each.name == f"spider {path}"]
    load_spider(str(path)).parse.__globals__["GO"].set()
    await asyncio.to_thread(blocked.join)
    await crawl.poll()
    assert crawl.outlets.times(PRESS) == 2


@pytest.mark.thorough
async def test_new_item_is_alerted_once_whatever_other_spiders_do(world: World, tmp_path: Path) -> None:
    bad = {
        "Blocks": ("while True: pass", "had not ended after 1s"),
        "Hangs": ("await asyncio.sleep(9999)", "had not ended after 1s"),
        "Raises": ("raise RuntimeError('no list')", "raised RuntimeError: no list"),
    }
    keys = {"kind": "spider", "every": "1s"}
    (tmp_path / "press.py").write_text(SPIDER, encoding="utf-8")
    outlets = [{"name": "Ministry", "sources": [{**keys, "spider": str(tmp_path / "press.py")}]}]
    for name, (body, _words) in bad.items():
        path = written(tmp_path / f"{name}.py", body, start=f"{SITE}/{name}")
        world.outlets.script[f"{SITE}/{name}"] = [page()]
        outlets.append(
            {
                "name": name,
                "sources": [
                    {
                        **keys,
                        "spider": str(path),
                        "timeout": "30s" if name == "Raises" else "1s",
                        # it takes a core for as long as it runs, and from all threads of this process
                        "every": "5s" if name == "Blocks" else "1s",
                    }
                ],
            }
        )
    declared = tuple(OutletSettings.model_validate(outlet) for outlet in outlets)
    settings = world.settings().model_copy(update={"outlets": declared})
    text = (
        "The minister told the crews of the coast that the harbour opens again before the month is over. "
        * 20
    )
    old = [(f"/press/{number}", f"Nasser Bourita meets crew number {number}", text) for number in range(3)]
    new = ("/press/new", "Nasser Bourita opens the harbour", text)
    edited = (new[0], new[1], f"{text} The crews were glad.")
    world.outlets.script[PRESS] = [page(*old)]
    async with running(settings):
        await asked(world, PRESS, 2)
        appears, moves, is_edited, vanishes = (
            page(new, *old),
            page(*old, new),
            page(edited, *old[1:]),
            page(*old),
        )
        world.outlets.script[PRESS] = [appears, moves, is_edited, vanishes, appears]
        await world.hook.wait_for(lambda: len(world.hook.webhooks) >= 1, seconds=120)
        await asked(world, PRESS, 8)
        for name in bad:
            await asked(world, f"{SITE}/{name}", 2)  # the run before is over, and told
    before = world.outlets.times(PRESS)
    async with running(settings) as service:
        await asked(world, PRESS, before + 2)
        with service.database.read() as session:
            reports = {each.outlet: each for each in read_reports(session, failures=1, now=utc_now())}
    created = [hook for hook in world.hook.webhooks if hook.type == "alert.created"]
    assert [hook.data["article"]["title"] for hook in created] == [new[1]]
    verdicts = {name: report.verdict for name, report in reports.items()}
    assert verdicts == {"Ministry": "ok", **dict.fromkeys(bad, "failing")}
    for name, (_body, words) in bad.items():
        assert words in reports[name].reason


async def asked(world: World, url: str, times: int) -> None:
    await world.outlets.wait_for(lambda: world.outlets.times(url) >= times)
