"""HTTP as channels send it: private addresses refused, no redirects, every failure a `DeliveryError` that names the host."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aiohttp
from pydantic import JsonValue
from yarl import URL

from alerts.delivery.channels.base import RESPONSE_CHARS, Receipt
from alerts.delivery.characters import storable
from alerts.errors import DeliveryError
from storage.addresses import Network, RefusedAddressError, guarded_socket
from storage.retry_after import parse_retry_after
from storage.troubles import Fact, Trouble

PASSING = frozenset({408, 425, 429})
"""The only 4xx answers that may turn out well without a change on either side."""
TIMEOUT = timedelta(seconds=15)
"""For a whole exchange."""


@dataclass(frozen=True, slots=True)
class ReceiverAnswer:
    """What a receiver answered: the status, the beginning of the body, when to try again where it said so."""

    host: str
    status: int
    text: str
    retry_after: timedelta | None

    @property
    def receipt(self) -> Receipt:
        """The receipt of an answer that took the message."""
        return Receipt(self.status, self.text)

    def refusal(self, *, retry_after: timedelta | None = None) -> DeliveryError:
        """Return the error of an answer that did not take the message. `retry_after`: as the body says."""
        return DeliveryError(
            Trouble("receiver-answered", {"host": self.host, "status": self.status}),
            recoverable=self.status >= 500 or self.status in PASSING,
            status=self.status,
            response=self.text,
            retry_after=retry_after or self.retry_after,
            disable=self.status == 410,
        )


class Poster:
    """Sends requests. Follows no redirects and uses no proxy: what is dialled is what the settings say."""

    def __init__(
        self,
        allow_networks: tuple[Network, ...] = (),
        *,
        timeout: timedelta = TIMEOUT,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`allow_networks`: private networks that may be connected to; all others are refused as they are dialled."""
        self._allow_networks = allow_networks
        self._timeout = timeout
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self, url: URL, body: bytes, headers: Mapping[str, str], *, method: str = "POST"
    ) -> ReceiverAnswer:
        """Send a request; return what was answered, whatever the status. Raise `DeliveryError` where no answer came."""
        host = url.authority.rpartition("@")[2]
        try:
            async with self._open().request(
                method, url, data=body, headers={"User-Agent": "Tocsin", **headers}, allow_redirects=False
            ) as response:
                text = await _beginning(response)
        except (aiohttp.ClientError, OSError) as error:
            raise self._unanswered(host, error) from error
        retry_after = parse_retry_after(response.headers.get("Retry-After"), now=self._clock())
        return ReceiverAnswer(host, response.status, text, retry_after)

    async def send_json(
        self, url: URL, value: JsonValue, headers: Mapping[str, str] | None = None, *, method: str = "POST"
    ) -> ReceiverAnswer:
        """Send JSON; as `send`."""
        body = json.dumps(value, ensure_ascii=False).encode()
        return await self.send(
            url, body, {"Content-Type": "application/json", **(headers or {})}, method=method
        )

    async def aclose(self) -> None:
        """Close the connections that were kept open."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        """Return the session; a connection is kept for a few seconds, so that a backlog does not greet for each message."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=guarded_socket(self._allow_networks), keepalive_timeout=5
                ),
                timeout=aiohttp.ClientTimeout(total=self._timeout.total_seconds()),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _unanswered(self, host: str, error: Exception) -> DeliveryError:
        """Say why no answer came. All of it may pass, or be put right by the operator before the retries end."""

        def why(kind: str, **facts: Fact) -> DeliveryError:
            return DeliveryError(Trouble(f"receiver-{kind}", {"host": host, **facts}), recoverable=True)

        refusal = next((item for item in _causes(error) if isinstance(item, RefusedAddressError)), None)
        match error:
            case _ if refusal is not None or "is not a public address" in str(error):
                return why("refused-address", detail=str(refusal or error))
            case TimeoutError():
                return why("timeout", seconds=self._timeout.total_seconds())
            case aiohttp.ClientConnectorCertificateError():
                return why("certificate", detail=str(error.certificate_error))
            case aiohttp.ClientConnectorDNSError():
                return why("unknown")
            case _:
                return why("unreachable", detail=str(error) or type(error).__name__)


def checked_url(text: str) -> URL:
    """Return the address to send to. Raise `ValueError` for one that can't be used."""
    try:
        url = URL(text)
        usable = url.scheme in {"http", "https"} and bool(url.host) and url.port is not None
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("the url of a webhook channel must begin with https:// or http:// and name a host")
    return url


async def _beginning(response: aiohttp.ClientResponse) -> str:
    """Read the beginning of an answer's body. The status stands by now: a body that breaks off or hangs does not undo it."""
    body = bytearray()
    try:
        while len(body) < 4 * RESPONSE_CHARS and (
            part := await response.content.read(4 * RESPONSE_CHARS - len(body))
        ):
            body += part
    except (aiohttp.ClientError, OSError) as error:
        body += f" (broken off: {error or type(error).__name__})".encode()
    return storable(bytes(body).decode("utf-8", "replace"))[:RESPONSE_CHARS]


def _causes(error: BaseException) -> list[BaseException]:
    causes = []
    current: BaseException | None = error
    while current is not None:
        causes.append(current)
        current = current.__cause__
    return causes
