"""The seam for download handlers: what a handler must have to be let near the network.

Scrapy lets a handler dial as it likes. Ours refuses private addresses as it dials, where redirects, names that change their
answer and odd spellings all pass. A handler of somebody else's that opens its connections with `socket_factory` says so with
`guards_addresses = True`; a subclass of `GuardedHandler` inherits it. Any other handler is refused.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from scrapy.utils.misc import load_object

from crawler.fetch.keys import OPTIONS, PROXIES
from storage.addresses import AddressInfo, guarded_socket

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.fetch.options import FetcherOptions
    from crawler.fetch.proxies import Proxies


class GuardsAddresses(Protocol):
    """A download handler that dials with sockets of `socket_factory` alone."""

    guards_addresses: bool


def socket_factory(crawler: Crawler) -> Callable[[AddressInfo], socket.socket]:
    """Return what makes the sockets of a download handler, as `aiohttp.TCPConnector(socket_factory=…)` takes it.

    It is called with one entry of `getaddrinfo` and raises `RefusedAddressError` for an address that is neither public nor listed
    in `[crawler] allow_networks`.
    """
    options: FetcherOptions = crawler.settings[OPTIONS]
    proxies: Proxies = crawler.settings[PROXIES]
    return guarded_socket(options.allow_networks, also=proxies.addresses)


def handler_problem(scheme: str, path: object) -> str | None:
    """Return what is wrong with a handler that the settings name for a scheme; None where it may be used."""
    if scheme not in ("http", "https"):
        return f"{scheme}: only http and https are fetched"
    try:
        handler = load_object(path)  # type: ignore[arg-type]  # what is no text is refused in words, too
    except (ImportError, NameError, TypeError, ValueError) as error:
        return f"{scheme}: {path!r} can't be loaded: {error}"
    if not hasattr(handler, "download_request"):
        return f"{scheme}: {path} is not a download handler"
    if not getattr(handler, "guards_addresses", False):
        return (
            f"{scheme}: {path} dials on its own and could be led into private networks; use a handler that dials with "
            "crawler.fetch.handlers.socket_factory and says guards_addresses = True (docs/scrapy.md)"
        )
    return None
