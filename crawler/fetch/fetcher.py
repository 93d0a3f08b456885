"""`Fetcher`: one resident Scrapy spider in the running loop, asked for one response at a time."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import scrapy
import scrapy.http
from scrapy.crawler import AsyncCrawlerRunner, Crawler

from crawler.errors import FetchError
from crawler.fetch.explain import explain
from crawler.fetch.handler import ALLOW_NETWORKS, PROXY_ADDRESSES
from crawler.fetch.options import FetcherOptions
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
        settings[ALLOW_NETWORKS] = self._options.allow_networks
        settings[PROXY_ADDRESSES] = await _proxy_addresses(self._options.proxy)
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
        with suppress(asyncio.CancelledError):
            await self._crawl

    async def fetch(self, request: FetchRequest) -> Response:
        """Gives what the host answered, whatever the status; redirects are followed.

        Raises `FetchError` where there is no whole answer within the time and size that the options allow.
        """
        headers = {"Accept": request.accept}
        if request.etag:
            headers["If-None-Match"] = request.etag
        if request.last_modified:
            headers["If-Modified-Since"] = request.last_modified
        if request.form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        started = time.monotonic()
        try:
            async with self._room:
                scrapy_request = scrapy.Request(
                    request.url,
                    method="GET" if request.form is None else "POST",
                    headers=headers,
                    body=request.form,
                    dont_filter=True,
                )
                if self._options.proxy:
                    scrapy_request.meta["proxy"] = self._options.proxy
                started = time.monotonic()
                async with asyncio.timeout(self._options.timeout.total_seconds()):
                    answer = await self._download(scrapy_request)
        except Exception as error:  # Scrapy, aiohttp, ssl and idna each raise their own; all become one
            raise explain(error, request.url, self._options) from error
        return _to_response(request.url, answer, timedelta(seconds=time.monotonic() - started))

    async def _download(self, request: scrapy.Request) -> scrapy.http.Response:
        engine = self._crawler.engine
        if engine is None or self._stop.is_set():
            raise FetchError(f"{request.url}: the fetcher is closed", kind="connect")
        return await engine.download_async(request)


def _to_response(requested_url: str, answer: scrapy.http.Response, elapsed: timedelta) -> Response:
    passed = [*answer.meta.get("redirect_urls", [])[1:], answer.url]
    reasons = answer.meta.get("redirect_reasons", [])
    return Response(
        requested_url=requested_url,
        url=answer.url,
        status=answer.status,
        headers={
            name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
            for name, values in answer.headers.items()
        },
        body=answer.body,
        redirects=tuple(
            Redirect(int(status), location) for status, location in zip(reasons, passed, strict=False)
        ),
        elapsed=elapsed,
    )


async def _proxy_addresses(proxy: str | None) -> frozenset[tuple[str, int]]:
    """Gives where the operator's own proxies listen, which the address guard lets through."""
    proxies = [proxy] if proxy else [getproxies().get(scheme, "") for scheme in ("http", "https")]
    found: set[tuple[str, int]] = set()
    for url in filter(None, proxies):
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with suppress(
            socket.gaierror
        ):  # a proxy that can't be found fails each request, with its own message
            for info in await asyncio.get_running_loop().getaddrinfo(parts.hostname, port):
                found.add((str(info[4][0]), port))
    return frozenset(found)
