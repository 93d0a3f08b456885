"""`Fetcher`: one resident Scrapy spider in the running loop, asked for one response at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Any, cast

import scrapy
from scrapy.crawler import AsyncCrawlerRunner, Crawler

from crawler.errors import FetchError
from crawler.fetch.body import ACCEPT_ENCODING
from crawler.fetch.downloader import DirectDownloader
from crawler.fetch.explain import explain
from crawler.fetch.handler import OPTIONS, PLAN, PROXIES, Answer, Gate, Plan
from crawler.fetch.options import FetcherOptions
from crawler.fetch.proxies import find_proxies
from crawler.fetch.settings import scrapy_settings
from crawler.values import FetchRequest, Redirect, Response


class _Resident(scrapy.Spider):
    """Crawls nothing by itself: it keeps the engine open until it is told to stop."""

    name = "resident"

    def __init__(self, ready: asyncio.Event, stop: asyncio.Event) -> None:
        super().__init__()
        self._ready = ready
        self._stop = stop

    async def start(self) -> AsyncIterator[Any]:
        self._ready.set()
        await self._stop.wait()
        nothing: tuple[scrapy.Request, ...] = ()
        for request in nothing:  # an asynchronous generator, as Scrapy expects
            yield request


class Fetcher:
    """Fetches URLs while its context is open. Politeness is the caller's: here only the total number at once is bounded."""

    def __init__(self, options: FetcherOptions) -> None:
        self._options = options
        self._room = asyncio.Semaphore(options.concurrency)
        self._ready = asyncio.Event()
        self._stop = asyncio.Event()

    async def __aenter__(self) -> Fetcher:
        logging.getLogger("scrapy").setLevel(logging.CRITICAL)  # what it logs reaches the caller as an error
        settings = scrapy_settings(self._options)
        settings[OPTIONS] = self._options
        settings[PROXIES] = await find_proxies(self._options.proxy, self._options.allow_networks)
        self._crawler: Crawler = AsyncCrawlerRunner(settings).create_crawler(_Resident)
        self._crawl = asyncio.ensure_future(self._crawler.crawl_async(ready=self._ready, stop=self._stop))
        waiter = asyncio.ensure_future(self._ready.wait())
        await asyncio.wait({waiter, self._crawl}, return_when=asyncio.FIRST_COMPLETED)
        waiter.cancel()
        if self._crawl.done():
            self._crawl.result()
            raise RuntimeError("the crawler ended before it began")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        await self._crawler.stop_async()
        with suppress(asyncio.CancelledError):
            await self._crawl

    async def fetch(self, request: FetchRequest, *, gate: Gate | None = None) -> Response:
        """Gives what the host answered, whatever the status; redirects are followed, each through `gate`.

        Raises `FetchError` where there is no whole answer within the time and size that the options allow, or where `gate` does.
        """
        headers = {
            "User-Agent": self._options.user_agent,
            "Accept": request.accept,
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        if request.etag:
            headers["If-None-Match"] = request.etag
        if request.last_modified:
            headers["If-Modified-Since"] = request.last_modified
        method = "GET"
        if request.form is not None:
            method, headers["Content-Type"] = "POST", "application/x-www-form-urlencoded"
        loop = asyncio.get_running_loop()
        plan = Plan(request.url, headers, deadline=0.0, gate=gate)
        try:
            async with self._room:
                started = loop.time()
                plan.deadline = started + self._options.timeout.total_seconds()
                answer = await self._download(
                    scrapy.Request(request.url, method=method, body=request.form, meta={PLAN: plan})
                )
        except Exception as error:  # Scrapy, aiohttp, ssl and idna each raise their own; all become one
            raise explain(error, request.url, self._options, asked=plan.url) from error
        return _to_response(request.url, answer, timedelta(seconds=loop.time() - started))

    async def _download(self, request: scrapy.Request) -> Answer:
        engine = self._crawler.engine
        if engine is None or self._stop.is_set():
            raise FetchError(f"{request.url}: the fetcher is closed", kind="connect", url=request.url)
        return cast(Answer, await cast(DirectDownloader, engine.downloader).follow(request))


def _to_response(requested_url: str, answer: Answer, elapsed: timedelta) -> Response:
    meta = answer.meta
    passed = [*meta.get("redirect_urls", [])[1:], answer.url]
    reasons = meta.get("redirect_reasons", [])
    return Response(
        requested_url=requested_url,
        url=answer.url,
        status=answer.status,
        headers=answer.plain_headers,
        body=answer.body,
        redirects=tuple(
            Redirect(int(status), location) for status, location in zip(reasons, passed, strict=False)
        ),
        elapsed=elapsed,
    )
