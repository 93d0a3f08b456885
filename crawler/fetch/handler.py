"""Our components for Scrapy: a handler that refuses private addresses, and a guard for what a proxy would fetch for us."""

from __future__ import annotations

import ipaddress
import socket
from typing import ClassVar

import aiohttp
from scrapy import Request
from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler, _ClientResponse
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest

from storage.addresses import Network, RefusedAddressError, guarded_socket, is_allowed

DNS_CACHE_SECONDS = 300
ALLOW_NETWORKS = "TOCSIN_ALLOW_NETWORKS"
PROXY_ADDRESSES = "TOCSIN_PROXY_ADDRESSES"
"""Our own keys among Scrapy's settings."""
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


class GuardedHandler(AiohttpDownloadHandler):
    """Scrapy's aiohttp handler over a connector that looks at each address as it is dialled (`storage.addresses`).

    Scrapy offers no seam for the connector, so the session is made anew around ours.
    """

    experimental: ClassVar[bool] = False  # pinned to one minor release and covered by our own tests

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._session.detach()
        connector = aiohttp.TCPConnector(
            limit=self._pool_size_total,
            limit_per_host=self._pool_size_per_host,
            ttl_dns_cache=DNS_CACHE_SECONDS,
            socket_factory=guarded_socket(
                crawler.settings[ALLOW_NETWORKS], also=crawler.settings[PROXY_ADDRESSES]
            ),
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            response_class=_ClientResponse,
            skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
        )


class TargetGuard:
    """Refuses what a proxy must not fetch for us: addresses written out that are private, and local names.

    Without a proxy the connector sees the address itself. Behind one it sees the proxy's, and names are resolved there:
    a public name with a private address is then the proxy's to refuse.
    """

    def __init__(self, allow_networks: tuple[Network, ...]) -> None:
        self._allow_networks = allow_networks

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> TargetGuard:
        """Makes it as Scrapy asks."""
        return cls(crawler.settings[ALLOW_NETWORKS])

    def process_request(self, request: Request) -> None:
        """Raises `IgnoreRequest` for a request that a proxy must not make."""
        if not request.meta.get("proxy"):
            return
        host = request.url.split("/")[2].rpartition("@")[2]
        name = (host.split("]")[0].lstrip("[") if host.startswith("[") else host.partition(":")[0]).lower()
        address = _literal(name)
        if address is not None:
            refused = not is_allowed(address, self._allow_networks)
        else:
            refused = name == "localhost" or name.endswith(_LOCAL_SUFFIXES)
        if refused:
            raise IgnoreRequest from RefusedAddressError(f"{name} is not a public address")


def _literal(name: str) -> str | None:
    """Gives the address that `name` spells, in any form that a C library takes (decimal, octal, shortened); else None."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return None
