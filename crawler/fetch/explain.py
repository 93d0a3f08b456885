"""What went wrong with a request: one table from the libraries' errors to `FetchError`."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit, urlunsplit

import aiohttp
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotSupported,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)

from crawler.access.keys import SecretFileError
from crawler.errors import FetchError
from crawler.fetch.body import BrokenBodyError, CutOffError
from crawler.fetch.lenient import NotHttpError
from crawler.fetch.options import FetcherOptions
from crawler.unfetched import TLS_REASONS, unfetched
from storage.addresses import RefusedAddressError
from storage.troubles import Fact


def explain(
    error: Exception, url: str, options: FetcherOptions, *, asked: str, is_shown: bool = False
) -> FetchError:
    """Return `FetchError` that says what happened to the request for `url` while `asked` was asked: `url`, or where it led.

    `is_shown`: by a browser, which has more time.
    """
    if isinstance(error, FetchError):
        return error
    patience = options.browser.timeout if is_shown else options.timeout
    kind, reason, facts = _explain(error, _host(asked), options, patience)
    where, origin = without_credentials(asked), without_credentials(url)
    return FetchError(unfetched(kind, reason, where, asked_for=origin, **facts), url=asked)


def _explain(
    error: Exception, host: str, options: FetcherOptions, patience: timedelta
) -> tuple[str, str, dict[str, Fact]]:
    """Return kind, reason and its facts."""
    chain = list(_causes(error))
    of_host: dict[str, Fact] = {"host": host}
    refused = next((item for item in chain if "is not a public address" in str(item)), None)
    if refused is not None:
        words = str(refused)
        if isinstance(refused, RefusedAddressError):
            words = words.rpartition("refused: ")[2]
        return "address", "private-address", {"detail": words}
    certificate = next((item.verify_message for item in chain if hasattr(item, "verify_message")), None)
    if certificate is not None:
        return "tls", "certificate", {**of_host, "detail": certificate}
    if any(isinstance(item, ssl.SSLError | aiohttp.ClientSSLError) for item in chain):
        code = next((str(said) for item in chain if (said := getattr(item, "reason", None))), "")
        return "tls", "handshake", {**of_host, "detail": code if code in TLS_REASONS else _last_words(chain)}
    if isinstance(error, DownloadConnectionRefusedError) and any(
        isinstance(item, ConnectionResetError) for item in chain
    ):
        return "connect", "ended", of_host
    match error:
        case SecretFileError():
            return "login", "access", {"detail": str(error)}
        case DownloadTimeoutError() if isinstance(error.__cause__, aiohttp.ConnectionTimeoutError):
            return "timeout", "silent", of_host
        case TimeoutError() | DownloadTimeoutError():
            return "timeout", "slow", {"seconds": patience.total_seconds()}
        case CannotResolveHostError():
            return "dns", "unknown-name", of_host
        case IgnoreRequest() if str(error) == "max redirections reached":
            return "redirects", "redirects", {"most": options.max_redirects}
        case IgnoreRequest():
            return "ignored", "middleware", {"detail": str(error)}
        case DownloadCancelledError():
            return "too_large", "large", {"megabytes": options.max_body_bytes / 1_000_000}
        case BrokenBodyError():
            return "encoding", "packed", {"detail": str(error)}
        case UnsupportedURLSchemeError() | NotSupported() | ValueError() | UnicodeError():
            return "url", "scheme", {}
        case DownloadConnectionRefusedError():
            return "connect", "refused", {**of_host, "detail": _last_words(chain)}
        case ResponseDataLossError() | CutOffError():
            return "connect", "cut-off", {}
        case DownloadFailedError() if isinstance(error.__cause__, NotHttpError):
            return "connect", "not-http", {**of_host, "detail": str(error)}
        case _ if any(isinstance(item, aiohttp.ClientResponseError) for item in chain):
            return "connect", "not-http", {**of_host, "detail": ""}
        case _ if any(isinstance(item, aiohttp.ServerDisconnectedError) for item in chain):
            return "connect", "cut-off", {}
        case _:
            return "connect", "system", {"detail": _last_words(chain)}


def without_credentials(url: str) -> str:
    """Return the URL without a user name and password in it."""
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
    """Return what the innermost error that says anything says: the system's own words."""
    for item in reversed(chain):
        words = item.strerror if isinstance(item, OSError) and item.strerror else str(item)
        if words:
            return words
    return type(chain[0]).__name__
