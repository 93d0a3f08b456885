"""Which hosts are an outlet's own: its secrets go there, and nowhere else. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit


def own_hosts(addresses: Iterable[str]) -> frozenset[str]:
    """Return the hosts of an outlet's site and sources; what is no web address has none."""
    return frozenset(host.removeprefix("www.") for url in addresses if (host := urlsplit(url).hostname or ""))


def is_own(host: str, hosts: Iterable[str]) -> bool:
    """Return whether a host is one of these, or under one of them."""
    return any(host == own or host.endswith(f".{own}") for own in hosts)
