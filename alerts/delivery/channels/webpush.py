"""Web push (RFC 8030, 8291, 8292): notifications in a browser, also while no page of ours is open. Needs the extra `push`.

The message is encrypted for the browser: the push service, which is its vendor's, sees when, how large and to whom, and not
what. The key by which it knows us (VAPID) is drawn from the key of our links, which is in the database (`vapid_number`).
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from hashlib import sha512
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, JsonValue, SecretStr
from typing_extensions import override

from alerts.delivery.cards import CardDeck, plain, written
from alerts.delivery.channels.base import (
    Channel,
    ChannelContext,
    ChannelPlugin,
    ChannelSettings,
    Receipt,
    TrialStep,
)
from alerts.delivery.channels.posting import Poster, checked_url
from alerts.delivery.characters import one_line
from alerts.delivery.payload import AlertData, Message
from storage.language import N_
from storage.setting_types import WebAddress

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

MOST_BYTES = 3_800
"""Of what is encrypted: with header, padding and tag it stays below the 4,096 that every push service takes (RFC 8030 §7.2)."""
MOST_BODY = 600
KEPT = timedelta(days=1)
"""How long a push service keeps a message for a browser that is off."""
SIGNED_FOR = timedelta(hours=12)
"""RFC 8292 §2: at most 24 hours."""
GONE = frozenset({404, 410})
"""The subscription is over: RFC 8030 §7.3, and what push services answer of one that they know no more."""
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the points of P-256."""


def _bytes_of(length: int) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        try:
            found = decoded(value.get_secret_value())
        except ValueError:
            found = b""
        if len(found) != length:
            raise ValueError(f"no key of {length} bytes in base64url, as a browser gives it")
        return value

    return AfterValidator(check)


class WebPushSettings(ChannelSettings):
    """A browser's subscription, as `PushSubscription.toJSON()` gives it. It is made by a button of the page *My alerts*."""

    endpoint: WebAddress = Field(
        repr=False, title=N_("Address"), description=N_("of the push service, as the browser gives it")
    )
    p256dh: Annotated[SecretStr, _bytes_of(65)] = Field(title=N_("Key of the browser"))
    auth: Annotated[SecretStr, _bytes_of(16)] = Field(title=N_("Secret of the browser"))


class WebPushChannel(Channel):
    """Encrypts each message for one browser, and hands it to the push service."""

    def __init__(self, settings: WebPushSettings, context: ChannelContext) -> None:
        """Raise `ValueError` where the library is missing, or an address can't be used."""
        if find_spec("pywebpush") is None:
            raise ValueError("web push needs a library: pip install 'tocsin[push]'")
        self._url = checked_url(settings.endpoint)
        self._keys = {"p256dh": settings.p256dh.get_secret_value(), "auth": settings.auth.get_secret_value()}
        self._context = context
        self._poster = Poster(context.allow_networks, clock=context.clock)

    @override
    async def send(self, message: Message) -> Receipt:
        """Send the message. One whose subscription is over ends the channel."""
        text = json.dumps(written(message, self._context, lambda deck: notification(deck, message)))
        headers = {
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(int(KEPT.total_seconds())),
            "Urgency": "high" if isinstance(message.data, AlertData) else "normal",
            **self._signed(self._context.clock()),
        }
        answer = await self._poster.send(self._url, self._encrypted(text.encode()), headers)
        if 200 <= answer.status < 300:
            return answer.receipt
        raise (replace(answer, status=410) if answer.status in GONE else answer).refusal()

    @override
    async def aclose(self) -> None:
        """Close the connections that were kept open."""
        await self._poster.aclose()

    def _encrypted(self, text: bytes) -> bytes:
        from pywebpush import WebPusher

        pusher = WebPusher({"endpoint": str(self._url), "keys": self._keys})
        body: bytes = pusher.encode(text, "aes128gcm")["body"]
        return body

    def _signed(self, now: datetime) -> dict[str, str]:
        """Return the header by which the push service knows who sends."""
        from py_vapid import Vapid02

        if self._context.push_key is None:
            return {}
        claims = {
            "aud": str(self._url.origin()),
            "exp": int((now + SIGNED_FOR).timestamp()),
            "sub": f"mailto:{parseaddr(self._context.smtp.sender)[1]}",
        }
        signed: dict[str, str] = Vapid02(_private(self._context.push_key)).sign(claims)
        return signed


def notification(deck: CardDeck, message: Message) -> dict[str, JsonValue]:
    """Return what the browser shows, and which page of ours it opens: no link that does something, no secret."""
    where = f"alerts/{message.data.alert_id}" if isinstance(message.data, AlertData) else "alerts"
    if deck.cards and not deck.is_digest:
        (card,) = deck.cards
        title, lines = (
            plain(card.title),
            [card.watch_list, " · ".join(card.facts), *map(plain, card.excerpts)],
        )
    else:
        title = deck.heading
        lines = [deck.note, *(plain(card.title) for card in deck.cards)]
    body = "\n".join(filter(None, lines))[:MOST_BODY]
    found: dict[str, JsonValue] = {
        "title": one_line(title, 200),
        "body": body,
        "url": where,
        "tag": message.uid,
    }
    while body and len(json.dumps(found)) > MOST_BYTES:
        body = body[: len(body) * 3 // 4]
        found["body"] = body
    return found


def vapid_number(key: bytes) -> int:
    """Return the private number of our key pair, drawn from the key of our links. Pure."""
    drawn = hmac.new(key, b"web push", sha512).digest()
    return int.from_bytes(drawn, "big") % (_ORDER - 1) + 1


def public_key(key: bytes) -> str:
    """Return the public half, as a browser is given it (`applicationServerKey`)."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    point = _private(key).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """Return the bytes of base64url without its padding. Raise `ValueError`."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _private(key: bytes) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key

    return derive_private_key(vapid_number(key), SECP256R1())


async def _steps(settings: WebPushSettings, context: ChannelContext) -> AsyncIterator[TrialStep]:
    from alerts.delivery.channels.endpoint_trial import endpoint_steps

    async for step in endpoint_steps(settings.endpoint, context.allow_networks):
        yield step


plugin = ChannelPlugin(
    doc=N_("Notifications in a browser, also while no page is open (the extra push)."),
    settings=WebPushSettings,
    make=WebPushChannel,
    trial_steps=_steps,
    goes_to=lambda settings: urlsplit(settings.endpoint).hostname or "",
    made_by="editor",
    title=N_("Web push"),
)
