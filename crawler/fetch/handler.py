"""Our download handler for Scrapy: one hop over aiohttp, its body counted as it comes, its address looked at as it is dialled.

Scrapy's own aiohttp handler is private and takes no connector; a handler's contract is public (`DOWNLOAD_HANDLERS`).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from functools import lru_cache

import aiohttp
from aiohttp.http_exceptions import LineTooLong
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
from scrapy.utils.httpobj import urlparse_cached

from crawler.fetch import lenient
from crawler.fetch.body import BodyReader, CutOffError, TooLargeError
from crawler.fetch.handlers import socket_factory
from crawler.fetch.keys import OUTLET, PLAN
from crawler.fetch.options import OutletOptions
from crawler.fetch.plan import Plan

DNS_CACHE_SECONDS = 300
CONNECT_SECONDS = 10
MOST_LENIENT = 1_000
"""Hosts that are remembered not to speak HTTP by the book, so that they need not be asked twice each time."""


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
        self._tls = _tls_context(crawler.settings[OUTLET])
        self._make_socket = socket_factory(crawler)
        self._lenient: dict[str, None] = {}
        """Hosts that do not quite speak HTTP, the latest last."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the fetcher bounds them; a connection that waits for another would delay a healthy host
                ttl_dns_cache=DNS_CACHE_SECONDS,
                ssl=self._tls,
                socket_factory=self._make_socket,
            ),
            max_field_size=lenient.LONGEST_FIELD,
            max_line_size=lenient.LONGEST_FIELD,
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
        except (aiohttp.ClientError, lenient.NotHttpError) as error:
            raise DownloadFailedError(str(error)) from error

    async def _ask(self, request: Request) -> Response:
        host = urlparse_cached(request).netloc
        if request.meta.get("proxy"):
            return await self._ask_strictly(request)
        if host not in self._lenient:
            try:
                return await self._ask_strictly(request)
            except aiohttp.ClientResponseError as error:  # what came is not HTTP by the book
                if isinstance(error.__cause__, LineTooLong):
                    raise
        answer = await self._ask_leniently(request)
        self._lenient[host] = None
        if len(self._lenient) > MOST_LENIENT:
            del self._lenient[next(iter(self._lenient))]
        return answer

    async def _ask_strictly(self, request: Request) -> Response:
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
            body = BodyReader(response.headers.get("Content-Encoding", ""), most_bytes)
            while data := await response.content.readany():
                body.add(data)
        is_framed = "Content-Length" in response.headers or "Transfer-Encoding" in response.headers
        if not is_framed and protocol is not None and isinstance(protocol.exception(), aiohttp.ClientOSError):
            raise CutOffError  # the connection's end is the body's (RFC 9112 §6.3), unless it was reset
        return _to_response(request.url, response.status, response.raw_headers, body.whole(), body.left)

    async def _ask_leniently(self, request: Request) -> Response:
        headers, _for_proxy = _split(request)
        reply = await lenient.ask(
            request.method,
            request.url,
            headers=headers,
            data=request.body,
            make_socket=self._make_socket,
            tls=self._tls,
            most_bytes=request.meta.get("download_maxsize", self._most_bytes),
        )
        return _to_response(request.url, reply.status, reply.headers, reply.body, reply.left)

    async def close(self) -> None:
        """Close every connection."""
        await self._session.close()


def _to_response(
    url: str, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes, left: str
) -> Response:
    """Return Scrapy's response. `left` are the encodings that the body is still in."""
    said = {name.title(): value for name, value in headers}
    kind = responsetypes.from_args(headers=said, url=url, body=body)
    answer = kind(url, status=status, headers=headers, body=body)
    if b"Content-Encoding" in said:
        answer.headers.pop("Content-Length", None)
        answer.headers["Content-Encoding"] = left or None
    return answer


def _tls_context(outlet: OutletOptions | None) -> ssl.SSLContext:
    if outlet is None or not (outlet.ca_file or outlet.certificates):
        return _shared_tls_context(ssl.get_default_verify_paths())
    context = ssl.create_default_context()
    context.load_verify_locations(outlet.ca_file, cadata=outlet.certificates or None)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # an intermediate certificate is enough
    return context


@lru_cache(maxsize=1)
def _shared_tls_context(_authorities: ssl.DefaultVerifyPaths) -> ssl.SSLContext:
    """Return the context of all hosts without settings of their own: the system's certificates take 25 ms to read, and memory."""
    return ssl.create_default_context()


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
