"""One GET over the network, without redirects or unpacking: the address guarded, the body and the time bounded."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from socket import socket

import aiohttp
import scrapy.http
from yarl import URL

from crawler.fetch.deadline import Deadline
from crawler.fetch.options import FetcherOptions
from crawler.fetch.proxies import Proxies, refuse_private_target
from crawler.fetch.resolver import Resolver
from storage.addresses import AddressInfo, guarded_socket

REMEMBER_ADDRESSES_SECONDS = 300
KEEP_IDLE_SECONDS = 2
"""Just over the usual delay between two pages of a host. Every feed of a long list leaves an idle connection for so long."""
LONGEST_HEADER_BYTES = 32 * 1024
"""Some outlets' Content-Security-Policy is longer than the 8 kB that aiohttp takes by default."""


class BodyTooLargeError(Exception):
    """The body is larger than the options allow."""


class Transport:
    """Holds two pools of connections: one that dials public addresses only, and one that dials nothing but the proxy.

    Raises `CrawlerError` for a proxy that can't be used.
    """

    def __init__(self, options: FetcherOptions) -> None:
        self._options = options
        self._proxies = Proxies(options.proxy)
        self._tls = ssl.create_default_context()
        self._resolver = Resolver()
        self._direct = self._session(guarded_socket(options.allow_networks))
        self._by_proxy = self._session(None)

    async def get(self, request: scrapy.Request, deadline: Deadline) -> scrapy.http.Response:
        """Gives what the host answered.

        Raises `aiohttp.ClientError`, `OSError`, `ValueError` (not an address), `TimeoutError`, `BodyTooLargeError`.
        """
        url = URL(request.url, encoded=True)  # as Scrapy has quoted it, which leaves signatures in URLs valid
        proxy = self._proxies.choose(request.url)
        if proxy is not None:
            refuse_private_target(url.host or "", self._options.allow_networks)
        session = self._direct if proxy is None else self._by_proxy
        headers = [(name, values[-1].decode()) for name, values in _named(request)]
        async with (
            deadline.bounding(),
            session.get(url, headers=headers, proxy=proxy, allow_redirects=False) as answer,
        ):
            return scrapy.http.Response(
                request.url,
                status=answer.status,
                headers=list(answer.raw_headers),
                body=await self._body(answer),
            )

    async def close(self) -> None:
        """Closes all connections."""
        await self._direct.close()
        await self._by_proxy.close()
        await self._resolver.close()

    def _session(self, make_socket: Callable[[AddressInfo], socket] | None) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            ssl=self._tls,
            resolver=self._resolver,
            ttl_dns_cache=REMEMBER_ADDRESSES_SECONDS,
            keepalive_timeout=KEEP_IDLE_SECONDS,
            limit=0,  # the fetcher bounds what is asked at once
            socket_factory=make_socket,
        )
        return aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(),  # none of its own: the deadline bounds the redirects too
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            max_line_size=LONGEST_HEADER_BYTES,
            max_field_size=LONGEST_HEADER_BYTES,
        )

    async def _body(self, answer: aiohttp.ClientResponse) -> bytes:
        most = self._options.max_body_bytes
        if (answer.content_length or 0) > most:
            raise BodyTooLargeError
        body = bytearray()
        async for chunk in answer.content.iter_any():
            body += chunk
            if len(body) > most:
                raise BodyTooLargeError
        return bytes(body)


def _named(request: scrapy.Request) -> list[tuple[str, list[bytes]]]:
    return [(name.decode(), values) for name, values in request.headers.items()]
