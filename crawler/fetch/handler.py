"""Our download handler for Scrapy: one hop over aiohttp, its body counted as it comes, its address looked at as it is dialled.

Scrapy's own aiohttp handler is private and takes no connector; a handler's contract is public (`DOWNLOAD_HANDLERS`).
"""

from __future__ import annotations

import asyncio
import ssl

import aiohttp
from scrapy import Request
from scrapy.core.downloader.handlers.base import BaseDownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from scrapy.http import Response
from scrapy.responsetypes import responsetypes

from crawler.fetch.body import Body, CutOffError, TooLargeError
from crawler.fetch.handlers import socket_factory
from crawler.fetch.keys import PLAN
from crawler.fetch.plan import Plan

DNS_CACHE_SECONDS = 300
CONNECT_SECONDS = 10


class GuardedHandler(BaseDownloadHandler):
    """Makes one request. It takes Scrapy's own meta keys: `download_timeout`, `download_maxsize` and `proxy`.

    What goes wrong comes out as Scrapy's exceptions for handlers, with the library's own as their cause.
    """

    lazy = False
    guards_addresses = True

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._timeout = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._most_bytes = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the fetcher bounds them; a connection that waits for another would delay a healthy host
                ttl_dns_cache=DNS_CACHE_SECONDS,
                ssl=ssl.create_default_context(),
                socket_factory=socket_factory(crawler),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        )

    async def download_request(self, request: Request) -> Response:
        """Return the answer, whole and unpacked. Raises Scrapy's exceptions for download handlers, and `BrokenBodyError`."""
        plan: Plan | None = request.meta.get(PLAN)
        if plan is not None:
            plan.download = asyncio.current_task()
        try:
            if plan is not None:  # its fetcher watches the time
                return await self._ask(request)
            async with asyncio.timeout(request.meta.get("download_timeout", self._timeout)):
                return await self._ask(request)
        except TimeoutError as error:
            raise DownloadTimeoutError(str(error)) from error
        except TooLargeError as error:
            raise DownloadCancelledError(str(error)) from error
        except (aiohttp.ClientPayloadError, CutOffError) as error:
            raise ResponseDataLossError(str(error)) from error
        except aiohttp.InvalidURL as error:
            raise UnsupportedURLSchemeError(str(error)) from error
        except aiohttp.ClientConnectorDNSError as error:
            raise CannotResolveHostError(str(error)) from error
        except aiohttp.ClientConnectorError as error:
            raise DownloadConnectionRefusedError(str(error)) from error
        except aiohttp.ClientError as error:
            raise DownloadFailedError(str(error)) from error

    async def _ask(self, request: Request) -> Response:
        most_bytes = request.meta.get("download_maxsize", self._most_bytes)
        headers, proxy_headers = _split(request)
        async with self._session.request(
            request.method,
            request.url,
            headers=headers,
            data=request.body or None,
            allow_redirects=False,
            proxy=request.meta.get("proxy"),
            proxy_headers=proxy_headers,
        ) as response:
            protocol = response.connection.protocol if response.connection is not None else None
            if int(response.headers.get("Content-Length", "0")) > most_bytes:
                raise TooLargeError
            body = Body(response.headers.get("Content-Encoding", ""), most_bytes)
            while data := await response.content.readany():
                body.add(data)
        is_framed = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
        if not is_framed and protocol is not None and isinstance(protocol.exception(), aiohttp.ClientOSError):
            raise CutOffError  # the connection's end is the body's (RFC 9112 §6.3), unless it was reset
        whole = body.whole()
        said = {name.title(): value for name, value in response.raw_headers}
        kind = responsetypes.from_args(headers=said, url=request.url, body=whole)
        answer = kind(request.url, status=response.status, headers=response.raw_headers, body=whole)
        if b"Content-Encoding" in said:
            answer.headers.pop("Content-Length", None)
            answer.headers["Content-Encoding"] = body.left or None
        return answer

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()


def _split(request: Request) -> tuple[list[tuple[str, str]], dict[str, str] | None]:
    """Return the headers for the host, and those for the proxy, which the host must not see."""
    headers: list[tuple[str, str]] = []
    for_proxy: dict[str, str] | None = None
    for name, values in dict.items(request.headers):  # Scrapy's own `items` normalises every name anew
        for value in values:
            if name == b"Proxy-Authorization":
                for_proxy = {"Proxy-Authorization": value.decode()}
            else:
                headers.append((name.decode(), value.decode()))
    return headers, for_proxy
