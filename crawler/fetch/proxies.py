"""The operator's forward proxy: which requests go through it, and what it must not be asked for."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from storage.addresses import Network, RefusedAddressError, is_allowed

_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Proxies:
    """`by_scheme` are the proxies' URLs for http and https; `addresses` where they listen, which the address guard lets through.

    Behind a proxy the connector sees the proxy's address only, and names are resolved there: so what is private by its own
    spelling is refused here, and a public name with a private address is the proxy's to refuse.
    """

    by_scheme: dict[str, str] = field(default_factory=dict)
    addresses: frozenset[tuple[str, int]] = frozenset()
    allow_networks: tuple[Network, ...] = ()
    respects_no_proxy: bool = True
    """Whether the environment's no_proxy counts: not where the settings name the proxy."""

    def of(self, url: str) -> str | None:
        """Return the proxy for a URL, if any. Raises `RefusedAddressError` for what a proxy must not be asked for."""
        if not self.by_scheme:
            return None
        parts = urlsplit(url)
        proxy = self.by_scheme.get(parts.scheme)
        host = (parts.hostname or "").lower()
        if not proxy or (self.respects_no_proxy and proxy_bypass(host)):
            return None
        self.refuse_private(url)
        return proxy

    def refuse_private(self, url: str) -> None:
        """Raise `RefusedAddressError` for a host that is private by its own spelling."""
        _refuse_private((urlsplit(url).hostname or "").lower(), self.allow_networks)


async def find_proxies(configured: str | None, allow_networks: tuple[Network, ...]) -> Proxies:
    """Return the proxies: the one of the settings, else the environment's (http_proxy, https_proxy, no_proxy)."""
    if configured:
        found = {"http": configured, "https": configured}
    else:
        found = {scheme: url for scheme, url in getproxies().items() if scheme in ("http", "https") and url}
    found = {scheme: url if "://" in url else f"http://{url}" for scheme, url in found.items()}
    addresses: set[tuple[str, int]] = set()
    for url in set(found.values()):
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with suppress(
            socket.gaierror
        ):  # a proxy that can't be found fails each request, with its own message
            for info in await asyncio.get_running_loop().getaddrinfo(parts.hostname, port):
                addresses.add((str(info[4][0]), port))
    return Proxies(found, frozenset(addresses), allow_networks, respects_no_proxy=not configured)


def _refuse_private(host: str, allow_networks: Sequence[Network]) -> None:
    address = _literal(host)
    if address is not None:
        refused = not is_allowed(address, allow_networks)
    else:
        refused = host == "localhost" or host.endswith(_LOCAL_SUFFIXES)
    if refused:
        raise RefusedAddressError(f"{host} is not a public address")


def _literal(name: str) -> str | None:
    """Return the address that `name` spells, in any form that a C library takes (decimal, octal, shortened); else None."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    try:
        return socket.inet_ntoa(socket.inet_aton(name))
    except OSError:
        return None
