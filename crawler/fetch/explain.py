"""What went wrong with a request, in words for people: one table from the libraries' errors to `FetchError`."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from scrapy.exceptions import IgnoreRequest, NotSupported

from crawler.errors import FetchError
from crawler.fetch.body import BrokenBodyError, TooLargeError
from crawler.fetch.options import FetcherOptions
from storage.addresses import RefusedAddressError


def explain(error: Exception, url: str, options: FetcherOptions) -> FetchError:
    """Gives the `FetchError` that says what happened to the request for `url`."""
    if isinstance(error, FetchError):
        return error
    shown = without_credentials(url)
    host = _host(url)
    chain = list(_causes(error))
    refused = next((item for item in chain if "is not a public address" in str(item)), None)
    certificate = next((item.verify_message for item in chain if hasattr(item, "verify_message")), None)
    if refused is not None:
        where = (
            str(refused).rpartition("refused: ")[2]
            if isinstance(refused, RefusedAddressError)
            else str(refused)
        )
        return FetchError(
            f"{shown}: refused, {where}; if it is yours, add its network to [crawler] allow_networks",
            kind="address",
        )
    if certificate is not None:
        return FetchError(f"{shown}: the certificate of {host} is not valid: {certificate}", kind="tls")
    if any(isinstance(item, ssl.SSLError | aiohttp.ClientSSLError) for item in chain):
        return FetchError(f"{shown}: no secure connection to {host}: {_last_words(chain)}", kind="tls")
    match error:
        case aiohttp.ConnectionTimeoutError():
            return FetchError(f"{shown}: can't connect to {host}: it does not answer", kind="timeout")
        case TimeoutError():
            seconds = options.timeout.total_seconds()
            return FetchError(f"{shown}: no whole answer within {seconds:g} s", kind="timeout")
        case aiohttp.ClientConnectorDNSError():
            return FetchError(f"{shown}: the name {host} can't be found (DNS)", kind="dns")
        case IgnoreRequest():
            return FetchError(f"{shown}: more than {options.max_redirects} redirects", kind="redirects")
        case TooLargeError():
            megabytes = options.max_body_bytes / 1_000_000
            return FetchError(f"{shown}: the answer is larger than {megabytes:g} MB", kind="too_large")
        case BrokenBodyError():
            return FetchError(f"{shown}: the answer can't be unpacked ({error})", kind="encoding")
        case aiohttp.InvalidURL() | NotSupported() | ValueError() | UnicodeError():
            return FetchError(f"{shown}: not an address that can be fetched (http or https)", kind="url")
        case aiohttp.ClientConnectorError():
            return FetchError(f"{shown}: can't connect to {host}: {_last_words(chain)}", kind="connect")
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError():
            return FetchError(f"{shown}: the answer broke off", kind="connect")
        case _:
            return FetchError(f"{shown}: {_last_words(chain)}", kind="connect")


def without_credentials(url: str) -> str:
    """Gives the URL without a user name and password in it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the host"
    except ValueError:
        return "the host"


def _causes(error: BaseException) -> Iterator[BaseException]:
    current: BaseException | None = error
    while current is not None:
        yield current
        inner = getattr(current, "os_error", None)
        if isinstance(inner, BaseException) and inner is not current.__cause__:
            yield inner
        current = current.__cause__ or current.__context__


def _last_words(chain: list[BaseException]) -> str:
    """Gives what the innermost error that says anything says: the system's own words."""
    for item in reversed(chain):
        words = item.strerror if isinstance(item, OSError) and item.strerror else str(item)
        if words:
            return words
    return type(chain[0]).__name__
