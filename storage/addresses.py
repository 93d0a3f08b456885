"""Which network addresses may be connected to: the rule that keeps feeds and webhooks out of private networks.

On the ground floor because both the crawler and delivery need the same rule, and neither may import the other.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Any

Network = IPv4Network | IPv6Network
AddressInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]
"""What `getaddrinfo` gives: family, kind, protocol, canonical name, socket address."""

_NAT64 = IPv6Network("64:ff9b::/96")
_WIDE = {4: 8, 6: 16}
"""A network of fewer bits, by IP version, is more than one's own."""

_LOGIN = re.compile(r"//[^/@\s]*@")


def masked(text: str) -> str:
    """Return a text whose URLs show no user name and no password."""
    return _LOGIN.sub("//***@", text) if "@" in text else text


class RefusedAddressError(OSError):
    """A connection to an address that is not public and not allowed. Raised before any packet is sent."""


def is_allowed(address: str, allow_networks: Sequence[Network]) -> bool:
    """Return whether `address` (an IP literal) is public, or inside one of `allow_networks`.

    IPv4 addresses that IPv6 carries inside (mapped, 6to4, Teredo, NAT64) are judged as what they are.
    """
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    candidates = {ip, *_inner(ip)}
    if any(candidate in network for candidate in candidates for network in allow_networks):
        return True
    return all(candidate.is_global and not candidate.is_multicast for candidate in candidates)


def is_loopback(host: str) -> bool:
    """Return whether a host's name or address leads to this machine."""
    if host in ("localhost", ""):
        return host == "localhost"
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def wide_networks(key: str, networks: Sequence[Network]) -> Iterator[str]:
    """Warn of networks under a settings key that hold more than anybody's own."""
    for network in networks:
        if network.prefixlen < _WIDE[network.version]:
            yield f"{key}: {network} lets feeds and redirects reach whatever is in your network: name the hosts meant"


def guarded_socket(
    allow_networks: Sequence[Network], *, also: frozenset[tuple[str, int]] = frozenset()
) -> Callable[[AddressInfo], socket.socket]:
    """Return a socket factory (for aiohttp's connector) that sees the very address about to be dialled.

    So redirects, names that resolve to private addresses, names that change their answer, and odd literals are all caught here.
    `also` are (address, port) pairs that are let through, such as the operator's own proxy.
    """

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _name, target = info
        address, port = str(target[0]), int(target[1])
        if (address, port) not in also and not is_allowed(address, allow_networks):
            raise RefusedAddressError(f"{address} is not a public address")
        return socket.socket(family, kind, protocol)

    return make


def _inner(ip: IPv4Address | IPv6Address) -> list[IPv4Address]:
    if isinstance(ip, IPv4Address):
        return []
    inner = [ip.ipv4_mapped, ip.sixtofour]
    if ip.teredo is not None:
        inner.append(ip.teredo[1])
    if ip in _NAT64:
        inner.append(IPv4Address(int(ip) & 0xFFFFFFFF))
    return [address for address in inner if address is not None]
