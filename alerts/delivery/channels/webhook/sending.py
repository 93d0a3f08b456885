"""Webhooks as Standard Webhooks lays down: a signed POST with the same id on every attempt (docs/webhook.md)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import aiohttp
from standardwebhooks.webhooks import Webhook
from yarl import URL

from alerts.delivery.channels.base import RESPONSE_CHARS, Channel, Receipt
from alerts.delivery.characters import storable
from alerts.delivery.payload import Message
from alerts.errors import DeliveryError
from storage.addresses import Network, RefusedAddressError, guarded_socket
from storage.retry_after import parse_retry_after
from storage.troubles import Fact, Trouble

SECRET_PREFIX = "whsec_"  # noqa: S105  (what every secret begins with)
PASSING = frozenset({408, 425, 429})
"""The only 4xx answers that may turn out well without a change on either side."""


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """An endpoint. With several secrets each signs, so that a receiver may change over from one to the next."""

    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    allow_networks: tuple[Network, ...] = ()
    """Private networks that may be connected to; all others are refused as they are dialled."""
    timeout: timedelta = timedelta(seconds=15)
    """For the whole exchange."""


class WebhookChannel(Channel):
    """Posts each message. Follows no redirects and uses no proxy: what is dialled is what the settings say."""

    def __init__(
        self, config: WebhookConfig, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Raise `ValueError` for a URL, a header or a secret that can't be used; a secret is never repeated."""
        self._config = config
        self._url = _checked_url(config.url)
        self._host = self._url.authority.rpartition("@")[2]
        self._headers = _checked_headers(config.headers)
        if not config.secrets:
            raise ValueError(
                "a webhook channel needs a secret: whsec_ and at least 24 random bytes in base64"
            )
        self._signers = [Webhook(_checked_secret(secret)) for secret in config.secrets]
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Message) -> Receipt:
        """Posts the message: any 2xx is success."""
        body = webhook_body(message)
        headers = {**self._headers, **self._signed(message.uid, body)}
        try:
            async with self._open().post(
                self._url, data=body.encode(), headers=headers, allow_redirects=False
            ) as response:
                answer = await _beginning(response)
        except (aiohttp.ClientError, OSError) as error:
            raise self._unanswered(error) from error
        if 200 <= response.status < 300:
            return Receipt(response.status, answer)
        raise self._refused(response, answer)

    async def aclose(self) -> None:
        """Close the connections that were kept open."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        """Return the session; a connection is kept for a few seconds, so that a backlog does not greet for each message."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    socket_factory=guarded_socket(self._config.allow_networks), keepalive_timeout=5
                ),
                timeout=aiohttp.ClientTimeout(total=self._config.timeout.total_seconds()),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _signed(self, uid: str, body: str) -> dict[str, str]:
        now = self._clock().astimezone(UTC)
        return {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "webhook-id": uid,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signer.sign(uid, now, body) for signer in self._signers),
        }

    def _unanswered(self, error: Exception) -> DeliveryError:
        """Says why no answer came. All of it may pass, or be put right by the operator before the retries end."""
        refusal = next((item for item in _causes(error) if isinstance(item, RefusedAddressError)), None)
        match error:
            case _ if refusal is not None or "is not a public address" in str(error):
                why = self._why("refused-address", detail=str(refusal or error))
            case TimeoutError():
                why = self._why("timeout", seconds=self._config.timeout.total_seconds())
            case aiohttp.ClientConnectorCertificateError():
                why = self._why("certificate", detail=str(error.certificate_error))
            case aiohttp.ClientConnectorDNSError():
                why = self._why("unknown")
            case _:
                why = self._why("unreachable", detail=str(error) or type(error).__name__)
        return DeliveryError(why, recoverable=True)

    def _why(self, kind: str, **facts: Fact) -> Trouble:
        return Trouble(f"receiver-{kind}", {"host": self._host, **facts})

    def _refused(self, response: aiohttp.ClientResponse, answer: str) -> DeliveryError:
        status = response.status
        return DeliveryError(
            self._why("answered", status=status),
            recoverable=status >= 500 or status in PASSING,
            status=status,
            response=answer,
            retry_after=parse_retry_after(response.headers.get("Retry-After"), now=self._clock()),
            disable=status == 410,
        )


def webhook_body(message: Message) -> str:
    """Return the JSON that is posted: `type`, `timestamp` (when it happened) and `data`; the same on every attempt."""
    created_at = message.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    data = message.data.model_dump_json()
    return f'{{"type":"{message.kind}","timestamp":"{created_at}","data":{data}}}'


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


def _checked_url(text: str) -> URL:
    try:
        url = URL(text)
        usable = url.scheme in {"http", "https"} and bool(url.host) and url.port is not None
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("the url of a webhook channel must begin with https:// or http:// and name a host")
    return url


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise ValueError(f"{name!r} is no name of a header")
        if any(ord(character) < 32 or ord(character) == 127 for character in value):
            raise ValueError(f"the header {name} holds a line break or another control character")
    return {"User-Agent": "Tocsin", **headers}


def _checked_secret(secret: str) -> bytes:
    text = secret.removeprefix(SECRET_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError("a webhook secret must be whsec_ and then base64, e.g. of 32 random bytes")
    return key


def _causes(error: BaseException) -> list[BaseException]:
    causes = []
    current: BaseException | None = error
    while current is not None:
        causes.append(current)
        current = current.__cause__
    return causes
