"""Our download handler for Scrapy: one hop over aiohttp, its body counted as it comes, its address looked at as it is dialled.

Scrapy's own aiohttp handler is private and takes no connector; a handler's contract is public (`DOWNLOAD_HANDLERS`).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import aiohttp
from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Response as ScrapyResponse

from crawler.fetch.body import Body, CutOffError, TooLargeError
from crawler.fetch.options import FetcherOptions
from crawler.fetch.proxies import Proxies
from storage.addresses import guarded_socket

OPTIONS, PROXIES = "TOCSIN_OPTIONS", "TOCSIN_PROXIES"
"""Our own keys among Scrapy's settings."""
PLAN = "tocsin_plan"
"""Our own key in a request's meta, for its `Plan`."""
DNS_CACHE_SECONDS = 300
CONNECT_SECONDS = 10
REDIRECTS = frozenset({301, 302, 303, 307, 308})


Gate = Callable[[str], AbstractAsyncContextManager[object]]
"""Entered with the URL that a redirect leads to, left once that has answered. May wait, or raise `FetchError`."""


@dataclass(slots=True)
class Plan:
    """How a request is made, kept over its redirects: `deadline` is the loop's time by which the whole answer must be there.

    `url` is the address that is asked now.
    """

    url: str
    headers: dict[str, str]
    deadline: float
    gate: Gate | None = None


class Answer(ScrapyResponse):
    """A response with `plain_headers`, as `Response.headers` wants them. To Scrapy it shows only what a redirect needs."""

    plain_headers: dict[str, str]


class GuardedHandler(BaseDownloadHandler):
    """Makes one request. Refused addresses, errors of the network and of TLS come out as the libraries' own errors."""

    lazy = False

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._options: FetcherOptions = crawler.settings[OPTIONS]
        self._proxies: Proxies = crawler.settings[PROXIES]
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the fetcher bounds them; a connection that waits for another would delay a healthy host
                ttl_dns_cache=DNS_CACHE_SECONDS,
                ssl=ssl.create_default_context(),
                socket_factory=guarded_socket(self._options.allow_networks, also=self._proxies.addresses),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        )

    async def download_request(self, request: Request) -> Answer:
        """Gives the answer, whole and unpacked.

        Raises what aiohttp raises, `TooLargeError`, `BrokenBodyError`, `CutOffError`, `TimeoutError`.
        """
        plan: Plan = request.meta[PLAN]
        plan.url = request.url
        if plan.gate is None or "redirect_times" not in request.meta:
            return await self._ask(request, plan)
        loop = asyncio.get_running_loop()
        arrived = loop.time()
        async with plan.gate(request.url):
            plan.deadline += loop.time() - arrived  # the wait for our turn is not the host's fault
            return await self._ask(request, plan)

    async def _ask(self, request: Request, plan: Plan) -> Answer:
        async with (
            asyncio.timeout_at(plan.deadline),
            self._session.request(
                request.method,
                request.url,
                headers=plan.headers,
                data=request.body or None,
                allow_redirects=False,
                proxy=self._proxies.of(request.url),
            ) as response,
        ):
            headers = _plain(response)
            protocol = response.connection.protocol if response.connection is not None else None
            if int(headers.get("content-length", "0")) > self._options.max_body_bytes:
                raise TooLargeError
            body = Body(headers.get("content-encoding", ""), self._options.max_body_bytes)
            while data := await response.content.readany():
                body.add(data)
        is_framed = not headers.keys().isdisjoint({"content-length", "transfer-encoding"})
        if not is_framed and protocol is not None and isinstance(protocol.exception(), aiohttp.ClientOSError):
            raise CutOffError  # the connection's end is the body's (RFC 9112 §6.3), unless it was reset
        if "content-encoding" in headers:
            headers["content-encoding"] = body.left
            headers.pop("content-length", None)
        location = headers.get("location") if response.status in REDIRECTS else None
        answer = Answer(
            request.url,
            response.status,
            headers={b"Location": location.encode()} if location else None,
            body=body.whole(),
        )
        answer.plain_headers = headers
        return answer

    async def close(self) -> None:
        """Closes every connection."""
        await self._session.close()


def _plain(response: aiohttp.ClientResponse) -> dict[str, str]:
    """Gives the headers with lower-case names, repeated ones joined (RFC 9110 §5.3). Bytes that are no UTF-8 count as Latin-1."""
    headers: dict[str, str] = {}
    for name, value in response.headers.items():
        name = name.lower()
        if not value.isascii():
            sent = value.encode("utf-8", "surrogateescape")
            value = value if value.isprintable() else sent.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
