"""What Scrapy's users bring works in a run: kinds of spiders, pipelines, settings, strangers' parts; what must not, does not."""

from __future__ import annotations

import asyncio
import gzip
import logging
import os
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from textwrap import indent
from typing import Any

import pytest
from aiohttp import web

from crawler.fetch import Fetcher, FetcherOptions, OutletOptions
from crawler.fetch.spiders import thread
from crawler.fetch.spiders.crossing import Answer
from crawler.fetch.spiders.loading import load_spider
from crawler.spider_values import SpiderOrder, SpiderOutcome
from service.troubles import trouble_words
from tests.replay.outlets import ReplayOutlets, raw, status

SITE = "http://gazette.example"
LIST = b"<ul><li><a href='/a/1'>One</a></li><li><a href='/a/2'>Two</a></li></ul><a href='/about'>About</a>"
URLSET = b"""<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<url><loc>http://gazette.example/a/1</loc></url><url><loc>http://gazette.example/about</loc></url></urlset>"""
RSS = b"""<rss><channel><item><title>One</title><link>/a/1</link></item>
<item><title>Two</title><link>/a/2</link></item></channel></rss>"""


@dataclass
class Ground:
    """Replayed outlets, and what runs spiders over them."""

    outlets: ReplayOutlets
    fetcher: Fetcher
    folder: Path
    passed: list[str] = field(default_factory=list)

    @asynccontextmanager
    async def crossing(self, url: str, *, claimed: str | None = None) -> AsyncIterator[Answer]:
        self.passed.append(url.removeprefix(SITE))
        yield Answer()

    async def run(self, source: str, **order: Any) -> SpiderOutcome:  # noqa: ANN401  (fields of an order)
        path = self.folder / "ours.py"
        path.write_text(source, encoding="utf-8")
        order = {"timeout": timedelta(minutes=1), **order}
        return await self.fetcher.crawl(
            SpiderOrder(f"spider:{self.folder}", str(path), **order), self.crossing
        )


@pytest.fixture
async def ground(tmp_path: Path) -> AsyncIterator[Ground]:
    outlet = OutletOptions(
        headers={"X-Key": "k1"}, cookies_file=tmp_path / "jar", hosts=frozenset({"gazette.example"})
    )
    (tmp_path / "jar").write_text(
        "# Netscape HTTP Cookie File\n.gazette.example\tTRUE\t/\tFALSE\t4102444800\tseen\tyes\n",
        encoding="utf-8",
    )
    async with ReplayOutlets() as outlets:
        outlets.script.update(
            {
                f"{SITE}/": [raw(LIST, Content_Type="text/html")],
                f"{SITE}/sitemap.xml": [raw(URLSET, Content_Type="application/xml")],
                f"{SITE}/rows": [raw(b"url,title\n/a/1,One\n/a/2,Two\n", Content_Type="text/csv")],
                f"{SITE}/rss": [raw(RSS, Content_Type="application/rss+xml")],
                **{
                    f"{SITE}{path}": [
                        raw(f"<h1>{title}</h1><p>Text of {title}.</p>".encode(), Content_Type="text/html")
                    ]
                    for path, title in (("/a/1", "One"), ("/a/2", "Two"), ("/about", "About"))
                },
            }
        )
        options = FetcherOptions(user_agent="Tocsin/test", proxy=outlets.proxy, outlets={"Gazette": outlet})
        async with Fetcher(options) as fetcher:
            yield Ground(outlets, fetcher, tmp_path)


def titles(outcome: SpiderOutcome) -> list[str]:
    assert outcome.trouble is None, outcome
    return sorted(item["title"] for item in outcome.items)


PLAIN = f"""
import scrapy

class Ours(scrapy.Spider):
    name = "ours"
    start_urls = ["{SITE}/"]
    %s

    def parse(self, response):
        for link in response.css("li a"):
            yield {{"url": link.attrib["href"], "title": link.css("::text").get()}}
"""
CRAWLS = f"""
from scrapy.linkextractors import LinkExtractor
from scrapy.spiders import CrawlSpider, Rule

class Ours(CrawlSpider):
    name = "ours"
    start_urls = ["{SITE}/"]
    rules = [Rule(LinkExtractor(allow="/a/"), callback="article", cb_kwargs={{"mark": "!"}})]

    def article(self, response, mark):
        yield {{"url": response.url, "title": response.css("h1::text").get() + mark, "text": response.css("p::text").get()}}
"""
SITEMAPS = f"""
from scrapy.spiders import SitemapSpider

class Ours(SitemapSpider):
    name = "ours"
    sitemap_urls = ["{SITE}/sitemap.xml"]
    sitemap_rules = [("/a/", "article")]

    def article(self, response):
        yield {{"url": response.url, "title": response.css("h1::text").get()}}
"""
FEEDS = f"""
from scrapy.spiders import XMLFeedSpider

class Ours(XMLFeedSpider):
    name = "ours"
    start_urls = ["{SITE}/rss"]
    itertag = "item"

    def parse_node(self, response, node):
        return {{"url": node.xpath("link/text()").get(), "title": node.xpath("title/text()").get()}}
"""
ROWS = f"""
from scrapy.spiders import CSVFeedSpider

class Ours(CSVFeedSpider):
    name = "ours"
    start_urls = ["{SITE}/rows"]

    def parse_row(self, response, row):
        return row
"""
LOADED = f"""
import scrapy
from scrapy.loader import ItemLoader

class Shout:
    @classmethod
    def from_crawler(cls, crawler):
        pipeline = cls()
        pipeline.stats = crawler.stats
        return pipeline

    def process_item(self, item):
        if item["title"] == ["About"]:
            raise scrapy.exceptions.DropItem("no article")
        self.stats.inc_value("shouts")
        return {{**item, "title": [title.upper() for title in item["title"]]}}

class Ours(scrapy.Spider):
    name = "ours"
    custom_settings = {{"ITEM_PIPELINES": {{Shout: 1}}}}

    def __init__(self, first="2", *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.first = int(first)

    async def start(self):
        for path in ["/about", f"/a/{{self.first}}"]:
            yield scrapy.Request("{SITE}" + path, self.article, errback=self.failed, cb_kwargs={{"path": path}})

    def article(self, response, path):
        loader = ItemLoader(item={{}}, response=response)
        loader.add_value("url", path)
        loader.add_css("title", "h1::text")
        yield loader.load_item()

    def failed(self, failure):
        self.logger.error("%s", failure)
"""


@pytest.mark.parametrize(
    ("source", "found"),
    [
        pytest.param(PLAIN % "", ["One", "Two"], id="Spider"),
        pytest.param(CRAWLS, ["One!", "Two!"], id="CrawlSpider"),
        pytest.param(SITEMAPS, ["One"], id="SitemapSpider"),
        pytest.param(FEEDS, ["One", "Two"], id="XMLFeedSpider"),
        pytest.param(ROWS, ["One", "Two"], id="CSVFeedSpider"),
    ],
)
async def test_any_kind_of_spider_brings_its_items(ground: Ground, source: str, found: list[str]) -> None:
    assert titles(await ground.run(source)) == found


async def test_arguments_loaders_pipelines_and_stats(ground: Ground) -> None:
    outcome = await ground.run(LOADED, arguments={"first": "1"})
    assert (titles(outcome), outcome.items[0]["url"]) == (["ONE"], f"{SITE}/a/1")
    assert (outcome.stats["shouts"], outcome.stats["item_dropped_count"]) == (1, 1)


async def test_only_what_the_spider_logs_is_counted(ground: Ground) -> None:
    logs = """
        from threading import Thread
        import logging
        self.logger.error("mine")
        other = Thread(target=logging.getLogger("another").error, args=["theirs"])
        other.start()
        other.join()
"""
    before = list(logging.root.handlers)
    outcome = await ground.run(PLAIN % "" + logs)
    assert outcome.stats["log_count/ERROR"] == 1
    await ground.run(PLAIN % "" + "        while True: pass\n", timeout=timedelta(seconds=1))
    assert logging.root.handlers == before


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("while True: pass", id="blocks"),
        pytest.param(
            "def spin():\n    while True: pass\n\nfor _time in range(4):\n    try: spin()\n    except BaseException: pass",
            id="swallows more than it is first interrupted",
        ),
    ],
)
async def test_run_that_is_given_up_while_its_code_blocks_ends_too(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """As where the service stops, or another process has the source: nobody else would end it."""
    monkeypatch.setattr(thread, "PATIENCE", 0.1)
    reached = "import threading\n\nREACHED = threading.Event()\n"
    running = asyncio.create_task(
        ground.run(reached + PLAIN % "" + indent(f"REACHED.set()\n{code}\n", " " * 8))
    )
    await ground.outlets.wait_for(lambda: ground.outlets.times(f"{SITE}/") == 1)
    path = ground.folder / "ours.py"
    assert await asyncio.to_thread(load_spider(str(path)).parse.__globals__["REACHED"].wait, 60)
    (spinning,) = [each for each in threading.enumerate() if each.name == f"spider {path}"]
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await asyncio.to_thread(spinning.join, 60)
    assert not spinning.is_alive()


async def test_spider_that_closes_itself_has_ended_well(ground: Ground) -> None:
    outcome = await ground.run(PLAIN % 'custom_settings = {"CLOSESPIDER_ITEMCOUNT": 1}')
    assert (outcome.finish, outcome.trouble, outcome.is_whole) == ("closespider_itemcount", None, True)


async def test_project_settings_hold_under_the_spiders_own(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ground.folder)
    (ground.folder / "desk_project_settings.py").write_text(
        'USER_AGENT = "Project"\nDEFAULT_REQUEST_HEADERS = {"X-Project": "yes"}\nROBOTSTXT_OBEY = False\n',
        "utf-8",
    )
    seen = _headers(ground)
    await ground.run(PLAIN % 'custom_settings = {"USER_AGENT": "Spider"}', project="desk_project_settings")
    assert (seen[0]["User-Agent"], seen[0]["X-Project"]) == ("Spider", "yes")


async def test_file_in_a_scrapy_project_runs_as_the_project_says(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    project = ground.folder / "desk_project"
    spiders = project / "desk_of_scrapy" / "spiders"
    files = {
        project / "scrapy.cfg": "[settings]\ndefault = desk_of_scrapy.settings\n",
        spiders.parent / "__init__.py": "",
        spiders / "__init__.py": "",
        spiders.parent / "settings.py": 'ITEM_PIPELINES = {"desk_of_scrapy.pipelines.Marked": 300}\n',
        spiders.parent / "pipelines.py": (
            "class Marked:\n    def process_item(self, item):\n        return {**item, 'title': item['title'] + '!'}\n"
        ),
        spiders.parent
        / "items.py": "import scrapy\n\nclass Release(scrapy.Item):\n    url = title = scrapy.Field()\n",
        spiders / "ours.py": "from ..items import Release\n"
        + PLAIN.replace("yield {", "yield Release({").replace("get()}", "get()})") % "",
    }
    spiders.mkdir(parents=True)
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    order = SpiderOrder("spider:project", str(spiders / "ours.py"), timeout=timedelta(minutes=1))
    assert titles(await ground.fetcher.crawl(order, ground.crossing)) == ["One!", "Two!"]
    (spiders / "ours.py").write_text(files[spiders / "ours.py"].replace("li a", "li:first-child a"), "utf-8")
    os.utime(spiders / "ours.py", ns=(1, 1))
    assert titles(await ground.fetcher.crawl(order, ground.crossing)) == ["One!"]


async def test_outlets_headers_and_cookies_go_with_its_spider(ground: Ground) -> None:
    seen = _headers(ground, Set_Cookie="visit=1; path=/")
    again = "        if not response.meta.get('n'):\n            yield response.follow('/', meta={'n': 1}, dont_filter=True)\n"
    await ground.run(PLAIN % "" + again, outlet="Gazette")
    assert [headers["X-Key"] for headers in seen] == ["k1", "k1"]
    assert [set(headers["Cookie"].split("; ")) for headers in seen] == [{"seen=yes"}, {"seen=yes", "visit=1"}]


async def test_redirects_and_retries_pass_the_gate_each(ground: Ground) -> None:
    ground.outlets.script[f"{SITE}/"] = [status(302, Location="/there")]
    ground.outlets.script[f"{SITE}/there"] = [
        status(500),
        raw(gzip.compress(LIST), Content_Type="text/html", Content_Encoding="gzip"),
    ]
    assert titles(await ground.run(PLAIN % "")) == ["One", "Two"]
    assert ground.passed == ["/", "/there", "/there"]


async def test_strangers_user_agents_are_sent(ground: Ground) -> None:
    seen = _headers(ground)
    rotator = (
        'custom_settings = {"DOWNLOADER_MIDDLEWARES": {"scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": None,'
        ' "scrapy_ua_rotator.middleware.RandomUserAgentMiddleware": 400}, "USER_AGENT": "Rotated/1",'
        ' "USERAGENT_PROVIDERS": ["scrapy_ua_rotator.providers.FixedUserAgentProvider"]}'
    )
    assert titles(await ground.run(PLAIN % rotator)) == ["One", "Two"]
    assert [headers["User-Agent"] for headers in seen] == ["Rotated/1"]


async def test_page_objects_of_scrapy_poet_are_given(ground: Ground) -> None:
    source = f"""
import scrapy
from web_poet import WebPage, field

class ArticlePage(WebPage):
    @field
    def url(self):
        return self.response.url

    @field
    def title(self):
        return self.css("h1::text").get()

class Ours(scrapy.Spider):
    name = "ours"
    custom_settings = {{"ADDONS": {{"scrapy_poet.Addon": 300}}}}

    async def start(self):
        yield scrapy.Request("{SITE}/a/1", self.article)

    async def article(self, response, page: ArticlePage):
        yield await page.to_item()
"""
    assert titles(await ground.run(source)) == ["One"]


async def test_spidermon_validates_items_and_judges_the_run(ground: Ground) -> None:
    monitored = """
    custom_settings = {
        "SPIDERMON_ENABLED": True,
        "EXTENSIONS": {"spidermon.contrib.scrapy.extensions.Spidermon": 500},
        "ITEM_PIPELINES": {"spidermon.contrib.scrapy.pipelines.ItemValidationPipeline": 800},
        "SPIDERMON_VALIDATION_SCHEMAS": [{"properties": {"title": {"const": "Two"}}}],
        "SPIDERMON_VALIDATION_DROP_ITEMS_WITH_ERRORS": True,
        "SPIDERMON_SPIDER_CLOSE_MONITORS": [Suite],
    }
"""
    monitors = """
from spidermon import Monitor, MonitorSuite
from spidermon.core.actions import Action

class Enough(Monitor):
    def test_items(self):
        assert self.data.stats["item_scraped_count"] == 2

class Note(Action):
    def run_action(self):
        self.data.crawler.stats.set_value("told", len(self.result.failures))

class Suite(MonitorSuite):
    monitors = [Enough]
    monitors_failed_actions = [Note]
"""
    outcome = await ground.run(monitors + PLAIN % monitored)
    assert [item["title"] for item in outcome.items] == ["Two"]
    assert (outcome.stats["spidermon/validation/items/dropped"], outcome.stats["told"]) == (1, 1)
    assert outcome.trouble is not None
    assert trouble_words(outcome.trouble) == (
        "the spider ours.py: 1 monitor failed: Enough/test_items: AssertionError"
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (
            {"DOWNLOAD_HANDLERS": {"http": "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"}},
            "dials on its own",
        ),
        ({"ITEM_PIPELINES": {"nowhere.Pipeline": 1}}, "No module named 'nowhere'"),
        ({"STATS_CLASS": "collections.OrderedDict"}, "TypeError"),
    ],
)
async def test_parts_that_can_not_be_are_told(ground: Ground, settings: dict[str, Any], words: str) -> None:
    outcome = await ground.run(PLAIN % f"custom_settings = {settings!r}")
    assert outcome.trouble is not None
    assert (outcome.trouble.kind, outcome.has_failed) == ("spider-not-loaded", True)
    assert words in str(outcome.trouble.facts["detail"])
    assert ground.passed == []


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "data:text/html,x", "http://127.0.0.1:9/", "http://localhost/"]
)
async def test_spider_reaches_nothing_but_the_public_web(ground: Ground, url: str) -> None:
    outcome = await ground.run(PLAIN % f'start_urls = ["{url}"]')
    assert (outcome.items, outcome.stats.get("downloader/response_count", 0)) == ((), 0)


async def test_direct_request_to_a_private_address_is_refused(tmp_path: Path) -> None:
    async with ReplayOutlets() as outlets, Fetcher(FetcherOptions(user_agent="Tocsin/test")) as fetcher:
        outcome = await Ground(outlets, fetcher, tmp_path).run(PLAIN % f'start_urls = ["{outlets.proxy}/"]')
        assert outlets.asked == []
    assert outcome.trouble is not None
    assert outcome.trouble.facts["reason"] == "private-address"


async def test_secret_arguments_are_masked_in_errors(ground: Ground) -> None:
    source = PLAIN % "" + '            raise ValueError(f"wrong password: {self.password}")\n'
    outcome = await ground.run(source, arguments={"password": "s3cret"}, secrets=frozenset({"s3cret"}))
    assert outcome.trouble is not None
    assert outcome.trouble.facts["detail"] == "ValueError: wrong password: ***"
    assert outcome.trouble.facts["where"] == "ours.py, line 12, in parse"
    assert "s3cret" not in "".join(outcome.tracebacks)


async def test_item_without_an_address_is_left_out_and_told(ground: Ground) -> None:
    outcome = await ground.run(PLAIN % "" + '        yield {"title": "Nowhere"}\n')
    assert len(outcome.items) == 2
    assert outcome.trouble is not None
    assert (outcome.trouble.kind, outcome.trouble.facts["left_out"]) == ("spider-items", 1)
    assert outcome.is_whole


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ({"most_items": 1}, "items"),
        ({"most_requests": 1}, "requests"),
        ({"timeout": timedelta(seconds=1), "most_requests": 100_000}, "time"),
    ],
)
async def test_run_is_stopped_at_each_limit_and_keeps_what_it_has(
    ground: Ground, order: dict[str, Any], reason: str
) -> None:
    endless = "        yield scrapy.Request(response.url, dont_filter=True)\n"
    outcome = await ground.run(PLAIN % "" + endless, **order)
    assert outcome.trouble is not None
    assert (outcome.trouble.kind, outcome.trouble.facts["reason"]) == ("spider-stopped", reason)
    assert outcome.items
    assert (outcome.was_stopped, outcome.is_whole, outcome.has_failed) == (True, False, False)


def _headers(ground: Ground, **sent: str) -> list[Any]:
    """Return what the requests to the list will bring."""
    seen: list[Any] = []

    def answer(request: web.BaseRequest) -> web.StreamResponse:
        seen.append(request.headers)
        return web.Response(
            body=LIST,
            content_type="text/html",
            headers={name.replace("_", "-"): value for name, value in sent.items()},
        )

    ground.outlets.script[f"{SITE}/"] = [answer]
    return seen
