"""Fetching alone, by four clients, each in a process of its own: Tocsin, bare aiohttp, httpx, and stock Scrapy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from ipaddress import ip_network
from typing import Any

import aiohttp
import httpx
import uvloop

from benchmarks.polling_cost import Cost, Meter
from crawler.fetch import Fetcher, FetcherOptions
from crawler.values import FetchRequest

CONCURRENCY = 64
AGENT = "Tocsin/benchmark"
OPTIONS = FetcherOptions(
    user_agent=AGENT, concurrency=CONCURRENCY, allow_networks=(ip_network("127.0.0.0/8"),)
)


def tocsin(urls: Sequence[str]) -> Cost:
    """Fetch as the service does."""

    async def run() -> Cost:
        async with Fetcher(OPTIONS) as fetcher:

            async def fetch(url: str) -> int:
                response = await fetcher.fetch(FetchRequest(url))
                return len(response.body) if response.status == 200 else 0

            return await _workers(urls, fetch)

    return uvloop.run(run())


def bare_aiohttp(urls: Sequence[str]) -> Cost:
    """Fetch with an aiohttp session, as its documentation shows."""

    async def run() -> Cost:
        async with aiohttp.ClientSession(headers={"User-Agent": AGENT}) as session:

            async def fetch(url: str) -> int:
                async with session.get(url) as response:
                    body = await response.read()
                    return len(body) if response.status == 200 else 0

            return await _workers(urls, fetch)

    return uvloop.run(run())


def with_httpx(urls: Sequence[str]) -> Cost:
    """Fetch with one httpx client."""

    async def run() -> Cost:
        limits = httpx.Limits(max_connections=CONCURRENCY)
        async with httpx.AsyncClient(headers={"User-Agent": AGENT}, limits=limits) as client:

            async def fetch(url: str) -> int:
                response = await client.get(url)
                return len(response.content) if response.status_code == 200 else 0

            return await _workers(urls, fetch)

    return uvloop.run(run())


def stock_scrapy(urls: Sequence[str]) -> Cost:
    """Fetch with a spider as a project's template gives it: `start()`, a callback, all settings as shipped."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    fetched = bytes_read = 0
    meter = Meter()

    class Feeds(scrapy.Spider):
        name = "feeds"

        async def start(self) -> AsyncIterator[Any]:
            meter.start()
            for url in urls:
                yield scrapy.Request(url, callback=self.parse)

        def parse(self, response: Any) -> None:  # noqa: ANN401  (as a spider's callback)
            nonlocal fetched, bytes_read
            fetched += 1
            bytes_read += len(response.body)
            if fetched == len(urls):
                meter.stop()

        def closed(self, _reason: str) -> None:
            if fetched < len(urls):  # which the caller refuses
                meter.stop()

    process = CrawlerProcess({"LOG_LEVEL": "ERROR", "CONCURRENT_REQUESTS": CONCURRENCY, "DOWNLOAD_DELAY": 0})
    process.crawl(Feeds)
    process.start()
    return meter.cost(fetched, bytes_read)


async def _workers(urls: Sequence[str], fetch: Callable[[str], Awaitable[int]]) -> Cost:
    """Fetch all with 64 workers; what could not be had is not counted."""
    remaining = iter(urls)
    fetched = bytes_read = 0

    async def work() -> None:
        nonlocal fetched, bytes_read
        for url in remaining:
            size = await fetch(url)
            fetched += size > 0
            bytes_read += size

    with Meter() as meter:
        await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
    return meter.cost(fetched, bytes_read)


CLIENTS = {"tocsin": tocsin, "aiohttp": bare_aiohttp, "httpx": with_httpx, "scrapy": stock_scrapy}
"""The clients by name: (a) to (d) of the claim."""
