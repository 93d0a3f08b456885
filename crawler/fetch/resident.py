"""A resident spider: Scrapy's engine kept open in the running loop, asked for one response at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import scrapy
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import AsyncCrawlerRunner, Crawler
from scrapy.http import Response


class NoScheduler(BaseScheduler):
    """Holds nothing: requests go to the downloader as they are asked for."""

    def has_pending_requests(self) -> bool:
        """Return that there are none."""
        return False

    def enqueue_request(self, request: scrapy.Request) -> bool:
        """Refuse: nobody would wait for its answer."""
        return False

    def next_request(self) -> scrapy.Request | None:
        """Return that there is none."""
        return None


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


class Resident:
    """One crawler with its settings. `download` is open between `start` and `close`."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._crawler: Crawler = AsyncCrawlerRunner(settings).create_crawler(_Resident)
        self._stop = asyncio.Event()

    async def start(self) -> None:
        """Open the engine. Raises what a component of the settings raises as it is made."""
        ready = asyncio.Event()
        self._crawl = asyncio.ensure_future(self._crawler.crawl_async(ready=ready, stop=self._stop))
        waiter = asyncio.ensure_future(ready.wait())
        await asyncio.wait({waiter, self._crawl}, return_when=asyncio.FIRST_COMPLETED)
        waiter.cancel()
        if self._crawl.done():
            self._crawl.result()
            raise RuntimeError("the crawler ended before it began")

    @property
    def is_open(self) -> bool:
        """Whether requests can be made: not once the crawl has ended, which an extension may ask for."""
        engine = self._crawler.engine
        return engine is not None and engine.running and not self._stop.is_set()

    async def download(self, request: scrapy.Request) -> Response:
        """Return the response at the end of the redirects. Raises what handlers and middlewares raise."""
        engine = self._crawler.engine
        if engine is None:
            raise RuntimeError("the crawler is not open")
        return await engine.download_async(request)

    async def close(self) -> None:
        """End the crawl once the requests under way have ended."""
        self._stop.set()
        await self._crawler.stop_async()
        with suppress(asyncio.CancelledError):
            await self._crawl
