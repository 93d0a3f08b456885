"""Which forward proxy a request goes through, and what a proxy must not be asked for."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment

from crawler.errors import CrawlerError
from storage.addresses import Network, RefusedAddressError, is_allowed

_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


class Proxies:
    """Knows the operator's proxies: the one named in the settings takes everything; without one the environment decides.

    Raises `CrawlerError` for a proxy that speaks something other than HTTP.
    """

    def __init__(self, named: str | None) -> None:
        self._named = _checked(named) if named else None
        self._by_scheme = {
            scheme: _checked(proxy)
            for scheme, proxy in getproxies_environment().items()
            if not named and scheme in ("http", "https") and proxy
        }

    def choose(self, url: str) -> str | None:
        """Gives the proxy for `url`; None where it is asked directly (`no_proxy` counts for the environment's proxies)."""
        if self._named is not None:
            return self._named
        parts = urlsplit(url)
        if parts.scheme not in self._by_scheme or proxy_bypass_environment(parts.hostname or ""):
            return None
        return self._by_scheme[parts.scheme]


def refuse_private_target(host: str, allow_networks: Sequence[Network]) -> None:
    """Raises `RefusedAddressError` for what a proxy must not fetch for us: private addresses written out, and local names.

    Without a proxy, the socket sees the address itself. Behind one it sees the proxy's, and names are resolved there:
    that a public name has a private address is then for the proxy to notice.
    """
    name = host.rstrip(".").lower()
    address = "127.0.0.1" if name == "localhost" else _literal(name)
    if not is_allowed(address, allow_networks) if address is not None else name.endswith(_LOCAL_SUFFIXES):
        raise RefusedAddressError(f"{host} is not a public address")


def _checked(proxy: str) -> str:
    url = proxy if "://" in proxy else f"http://{proxy}"
    if urlsplit(url).scheme not in ("http", "https"):
        raise CrawlerError(f"the proxy must be an http or https URL, not a {urlsplit(url).scheme} one")
    return url


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
