"""What went wrong with a request, in words for people: one table from the libraries' errors to `FetchError`."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
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

from crawler.errors import FetchError
from crawler.fetch.body import BrokenBodyError, CutOffError
from crawler.fetch.lenient import NotHttpError
from crawler.fetch.options import FetcherOptions
from storage.addresses import RefusedAddressError

UNKNOWN_AUTHORITY = frozenset(
    {
        "unable to get local issuer certificate",
        "unable to get issuer certificate",
        "self-signed certificate",
        "self-signed certificate in certificate chain",
        "unable to verify the first certificate",
    }
)
"""OpenSSL's words for a chain that does not end at an authority that is trusted."""


TLS_REASONS = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS at this port; the address may begin with http://",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it speaks TLS 1.1 or older alone, which is not secure",
    "UNSUPPORTED_PROTOCOL": "it speaks TLS 1.1 or older alone, which is not secure",
}
"""OpenSSL's words for what went wrong, and plain ones."""


def explain(error: Exception, url: str, options: FetcherOptions, *, asked: str) -> FetchError:
    """Return `FetchError` that says what happened to the request for `url` while `asked` was asked: `url`, or where it led."""
    if isinstance(error, FetchError):
        return error
    kind, words = _explain(error, _host(asked), options)
    return FetchError(f"{without_credentials(url)}: {words}", kind=kind, url=asked)


def _explain(error: Exception, host: str, options: FetcherOptions) -> tuple[str, str]:
    chain = list(_causes(error))
    refused = next((item for item in chain if "is not a public address" in str(item)), None)
    certificate = next((item.verify_message for item in chain if hasattr(item, "verify_message")), None)
    if refused is not None:
        where = (
            str(refused).rpartition("refused: ")[2]
            if isinstance(refused, RefusedAddressError)
            else str(refused)
        )
        return "address", f"refused, {where}; if it is yours, add its network to [crawler] allow_networks"
    if certificate is not None:
        advice = (
            "; its authority, or a certificate between, can be given as the outlet's ca_file"
            if certificate in UNKNOWN_AUTHORITY
            else ""
        )
        return "tls", f"the certificate of {host} is not valid: {certificate}{advice}"
    if any(isinstance(item, ssl.SSLError | aiohttp.ClientSSLError) for item in chain):
        reason = next((str(said) for item in chain if (said := getattr(item, "reason", None))), "")
        return "tls", f"no secure connection to {host}: {TLS_REASONS.get(reason) or _last_words(chain)}"
    if isinstance(error, DownloadConnectionRefusedError) and any(
        isinstance(item, ConnectionResetError) for item in chain
    ):
        return (
            "connect",
            f"{host} ended the connection as it was made; with https, it may speak TLS 1.1 or older alone",
        )
    match error:
        case DownloadTimeoutError() if isinstance(error.__cause__, aiohttp.ConnectionTimeoutError):
            return "timeout", f"can't connect to {host}: it does not answer"
        case TimeoutError() | DownloadTimeoutError():
            seconds = options.timeout.total_seconds()
            return "timeout", f"no whole answer within {seconds:g} s"
        case CannotResolveHostError():
            return "dns", f"the name {host} can't be found (DNS)"
        case IgnoreRequest() if str(error) == "max redirections reached":
            return "redirects", f"more than {options.max_redirects} redirects"
        case IgnoreRequest():
            return "ignored", f"a Scrapy middleware refused the request: {error}"
        case DownloadCancelledError():
            megabytes = options.max_body_bytes / 1_000_000
            return "too_large", f"the answer is larger than {megabytes:g} MB"
        case BrokenBodyError():
            return "encoding", f"the answer can't be unpacked ({error})"
        case UnsupportedURLSchemeError() | NotSupported() | ValueError() | UnicodeError():
            return "url", "not an address that can be fetched (http or https)"
        case DownloadConnectionRefusedError():
            return "connect", f"can't connect to {host}: {_last_words(chain)}"
        case ResponseDataLossError() | CutOffError():
            return "connect", "the answer broke off"
        case DownloadFailedError() if isinstance(error.__cause__, NotHttpError):
            return "connect", f"the answer of {host} can't be read as HTTP: {error}"
        case _ if any(isinstance(item, aiohttp.ClientResponseError) for item in chain):
            return "connect", f"the answer of {host} can't be read as HTTP"
        case _ if any(isinstance(item, aiohttp.ServerDisconnectedError) for item in chain):
            return "connect", "the answer broke off"
        case _:
            return "connect", _last_words(chain)


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
