"""Scrapy as its users know it: middlewares, handlers and extensions that the settings name see every request."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from scrapy import Request, signals
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response, TextResponse

from crawler.errors import FetchError
from crawler.fetch import Fetcher, OutletOptions
from crawler.fetch.handler import GuardedHandler
from crawler.fetch.handlers import socket_factory
from crawler.fetch.user_settings import merged, scrapy_problems
from crawler.values import FetchRequest
from tests.crawler.fetch.conftest import AGENT, Serve, options

HERE = __name__
ROTATOR = {
    "DOWNLOADER_MIDDLEWARES": {
        "scrapy.downloadermiddlewares.useragent.UserAgentMiddleware": False,
        "scrapy_ua_rotator.middleware.RandomUserAgentMiddleware": 400,
    },
    "USERAGENT_PROVIDERS": ["scrapy_ua_rotator.providers.FakerProvider"],
}
RETRY = {"DOWNLOADER_MIDDLEWARES": {"scrapy.downloadermiddlewares.retry.RetryMiddleware": 550}}


class Marked(GuardedHandler):
    """Ours, changed a little."""

    async def download_request(self, request: Request) -> Response:
        response = await super().download_request(request)
        response.headers["X-Fetched-By"] = "marked"
        return response


class Small(BaseDownloadHandler):
    """One of a stranger's: no limits, no unpacking, but guarded sockets."""

    guards_addresses = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(socket_factory=socket_factory(crawler)), auto_decompress=False
        )

    async def download_request(self, request: Request) -> Response:
        headers = request.headers.to_tuple_list()
        async with self._session.get(request.url, allow_redirects=False, headers=headers) as answer:
            body = await answer.read()
        return TextResponse(request.url, status=answer.status, headers=dict(answer.headers), body=body)

    async def close(self) -> None:
        await self._session.close()


class Refusing:
    """A middleware that lets nothing pass."""

    def process_request(self, request: Request) -> None:
        raise IgnoreRequest("not today")


class Counting:
    """An extension that counts what came."""

    received = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Counting:
        counting = cls()
        crawler.signals.connect(counting.count, signal=signals.response_received)
        return counting

    def count(self) -> None:
        Counting.received += 1


class Ending:
    """An extension that ends the crawl after each response."""

    ended: asyncio.Event

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        Ending.ended = asyncio.Event()
        crawler.signals.connect(self.end, signal=signals.response_received)
        crawler.signals.connect(Ending.ended.set, signal=signals.engine_stopped)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Ending:
        return cls(crawler)

    def end(self) -> None:
        assert self._crawler.engine is not None
        self.closing = asyncio.ensure_future(self._crawler.engine.close_spider_async(reason="enough"))


@asynccontextmanager
async def _asked(
    serve: Serve, **changes: object
) -> AsyncIterator[tuple[str, Fetcher, list[web.BaseRequest]]]:
    seen: list[web.BaseRequest] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(request)
        return web.Response(status=503 if request.path == "/busy" else 200, text="here")

    async with serve(answer) as url, Fetcher(options(**changes)) as fetcher:
        yield url, fetcher, seen


async def test_middleware_of_a_strangers_package_changes_every_request(serve: Serve) -> None:
    async with _asked(serve, scrapy=ROTATOR) as (url, fetcher, seen):
        await fetcher.fetch(FetchRequest(url))
    assert seen[0].headers["User-Agent"].startswith(("Mozilla/", "Opera/"))


async def test_outlets_own_settings_hold_for_its_requests_alone(serve: Serve) -> None:
    outlets = {"Gazette": OutletOptions(scrapy=ROTATOR), "Courier": OutletOptions()}
    async with _asked(serve, outlets=outlets) as (url, fetcher, seen):
        for outlet in ("Courier", "Gazette", None):
            await fetcher.fetch(FetchRequest(url, outlet=outlet))
    agents = [request.headers["User-Agent"] for request in seen]
    assert agents[0] == agents[2] == AGENT
    assert agents[1] != AGENT


async def test_middleware_of_scrapys_own_is_switched_on_by_its_name(serve: Serve) -> None:
    passed = []

    @asynccontextmanager
    async def gate(url: str) -> AsyncIterator[None]:
        passed.append(url)
        yield

    async with _asked(serve, scrapy={**RETRY, "RETRY_TIMES": 2}) as (url, fetcher, seen):
        response = await fetcher.fetch(FetchRequest(f"{url}/busy"), gate=gate)
    assert (response.status, len(seen)) == (503, 3)
    assert passed == [f"{url}/busy"] * 2  # what follows the first request passes the gate


async def test_headers_for_every_request(serve: Serve) -> None:
    scrapy = {"DEFAULT_REQUEST_HEADERS": {"Accept-Language": "ar", "Accept": "text/never"}}
    async with _asked(serve, scrapy=scrapy) as (url, fetcher, seen):
        await fetcher.fetch(FetchRequest(url, accept="text/html"))
    assert (seen[0].headers["Accept-Language"], seen[0].headers["Accept"]) == ("ar", "text/html")


@pytest.mark.parametrize("handler", ["Marked", "Small"])
async def test_download_handler_of_the_users_fetches_and_is_guarded(serve: Serve, handler: str) -> None:
    scrapy = {"DOWNLOAD_HANDLERS": {"http": f"{HERE}.{handler}"}}
    async with _asked(serve, scrapy=scrapy, allow_networks=(ip_network("127.0.0.1/32"),)) as (
        url,
        fetcher,
        seen,
    ):
        response = await fetcher.fetch(FetchRequest(url))
        with pytest.raises(FetchError, match=r"127\.0\.0\.2 is not a public address") as caught:
            await fetcher.fetch(FetchRequest(url.replace("127.0.0.1", "127.0.0.2")))
    assert (response.status, response.body, len(seen)) == (200, b"here", 1)
    assert ("x-fetched-by" in response.headers) is (handler == "Marked")
    assert caught.value.kind == "address"


async def test_body_that_a_handler_leaves_packed_is_unpacked(serve: Serve) -> None:
    async def answer(request: web.BaseRequest) -> web.Response:
        response = web.Response(text="here " * 100)
        response.enable_compression(web.ContentCoding.gzip)
        return response

    handlers = {"DOWNLOAD_HANDLERS": {"http": f"{HERE}.Small"}}
    async with serve(answer) as url, Fetcher(options(scrapy=handlers)) as fetcher:
        assert (await fetcher.fetch(FetchRequest(url))).body == b"here " * 100


async def test_request_that_a_middleware_refuses_is_one_error(serve: Serve) -> None:
    scrapy = {"DOWNLOADER_MIDDLEWARES": {f"{HERE}.Refusing": 10}}
    async with _asked(serve, scrapy=scrapy) as (url, fetcher, seen):
        with pytest.raises(FetchError, match="a Scrapy middleware refused the request: not today"):
            await fetcher.fetch(FetchRequest(url))
    assert seen == []


async def test_extension_hears_of_every_response(serve: Serve) -> None:
    before = Counting.received
    async with _asked(serve, scrapy={"EXTENSIONS": {f"{HERE}.Counting": 0}}) as (url, fetcher, _seen):
        await asyncio.gather(*(fetcher.fetch(FetchRequest(f"{url}/{n}")) for n in range(3)))
    assert Counting.received - before == 3


async def test_crawl_that_an_extension_ends_is_begun_anew(serve: Serve) -> None:
    async with _asked(serve, scrapy={"EXTENSIONS": {f"{HERE}.Ending": 0}}) as (url, fetcher, seen):
        for _ in range(3):
            assert (await fetcher.fetch(FetchRequest(url))).status == 200
            await Ending.ended.wait()
    assert len(seen) == 3


@pytest.mark.parametrize(
    ("table", "words"),
    [
        pytest.param({"REMOTE_CONTROL_ENABLED": True}, "executes Python", id="remote control"),
        pytest.param({"TELNETCONSOLE_PORT": [6023]}, "executes Python", id="telnet"),
        pytest.param({"TWISTED_REACTOR": "x"}, "without Twisted's reactor", id="reactor"),
        pytest.param({"DOWNLOAD_DELAY": 3}, r"\[crawler\] per_host_delay", id="pace"),
        pytest.param({"CONCURRENT_REQUESTS_PER_DOMAIN": 3}, r"\[crawler\] concurrency", id="concurrency"),
        pytest.param({"USER_AGENT": "x"}, r"\[crawler\] user_agent", id="agent"),
        pytest.param({"DOWNLOADER_MIDDLEWARES_BASE": {}}, "use DOWNLOADER_MIDDLEWARES", id="base"),
        pytest.param({"DOWNLOADER_MIDDLEWARES": ["x"]}, "must be a table", id="list"),
        pytest.param({"DOWNLOADER_MIDDLEWARES": {"nowhere.Such": 1}}, "can't be loaded", id="not there"),
        pytest.param({"EXTENSIONS": {f"{HERE}.Counting": True}}, "must have a number", id="no number"),
        pytest.param({"DOWNLOAD_HANDLERS": {"file": "x"}}, "only http and https", id="other scheme"),
        pytest.param(
            {"DOWNLOAD_HANDLERS": {"http": f"{HERE}.Counting"}}, "not a download handler", id="no handler"
        ),
        pytest.param(
            {"DOWNLOAD_HANDLERS": {"https": "scrapy.core.downloader.handlers.http11.HTTP11DownloadHandler"}},
            "could be led into private networks",
            id="no guard",
        ),
    ],
)
def test_settings_that_would_break_the_service_are_refused_in_words(
    table: dict[str, Any], words: str
) -> None:
    (problem,) = scrapy_problems(table)
    assert re.search(words, problem)


def test_settings_that_are_fine_are_not_refused() -> None:
    handlers = {"DOWNLOAD_HANDLERS": {"https": f"{HERE}.Small"}, "DOWNLOADER_STATS": True}
    assert list(scrapy_problems({**ROTATOR, **handlers, "RETRY_TIMES": 1, "MYEXTENSION_FILE": "x"})) == []


def test_tables_of_components_are_joined_and_false_switches_off() -> None:
    assert merged({"A": 1, "EXTENSIONS": {"x": 1, "y": 2}}, {"A": 2, "EXTENSIONS": {"y": False}}) == {
        "A": 2,
        "EXTENSIONS": {"x": 1, "y": None},
    }
