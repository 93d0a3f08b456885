"""Webhooks as Standard Webhooks lays down: a signed POST with the same id on every attempt (docs/webhook.md)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from standardwebhooks.webhooks import Webhook

from alerts.delivery.channels.base import Channel, Receipt
from alerts.delivery.channels.posting import TIMEOUT, Poster, checked_url
from alerts.delivery.payload import Message
from storage.addresses import Network

SECRET_PREFIX = "whsec_"  # noqa: S105  (what every secret begins with)


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """An endpoint. With several secrets each signs, so that a receiver may change over from one to the next."""

    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    allow_networks: tuple[Network, ...] = ()
    """Private networks that may be connected to; all others are refused as they are dialled."""
    timeout: timedelta = TIMEOUT
    """For the whole exchange."""


class WebhookChannel(Channel):
    """Posts each message, signed."""

    def __init__(
        self, config: WebhookConfig, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """Raise `ValueError` for a URL, a header or a secret that can't be used; a secret is never repeated."""
        self._url = checked_url(config.url)
        self._headers = _checked_headers(config.headers)
        if not config.secrets:
            raise ValueError(
                "a webhook channel needs a secret: whsec_ and at least 24 random bytes in base64"
            )
        self._signers = [Webhook(_checked_secret(secret)) for secret in config.secrets]
        self._clock = clock
        self._poster = Poster(config.allow_networks, timeout=config.timeout, clock=clock)

    async def send(self, message: Message) -> Receipt:
        """Post the message: any 2xx is success."""
        body = webhook_body(message)
        answer = await self._poster.send(
            self._url, body.encode(), {**self._headers, **self._signed(message.uid, body)}
        )
        if 200 <= answer.status < 300:
            return answer.receipt
        raise answer.refusal()

    async def aclose(self) -> None:
        """Close the connections that were kept open."""
        await self._poster.aclose()

    def _signed(self, uid: str, body: str) -> dict[str, str]:
        now = self._clock().astimezone(UTC)
        return {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "webhook-id": uid,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(signer.sign(uid, now, body) for signer in self._signers),
        }


def webhook_body(message: Message) -> str:
    """Return the JSON that is posted: `type`, `timestamp` (when it happened) and `data`; the same on every attempt."""
    created_at = message.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    data = message.data.model_dump_json()
    return f'{{"type":"{message.kind}","timestamp":"{created_at}","data":{data}}}'


def _checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not name.isascii() or not name.replace("-", "").replace("_", "").isalnum():
            raise ValueError(f"{name!r} is not a valid name of a header")
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
