"""Sends to browsers.

The message is encrypted for the browser: the push service, which is its vendor's, sees when, how large and to whom, and not
what. The key by which it knows us (VAPID) is drawn from the key of our links, which is in the database (`vapid_number`).
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parseaddr
from importlib.util import find_spec

from pydantic import JsonValue
from typing_extensions import override

from alerts.delivery.cards import CardDeck, plain, written
from alerts.delivery.channels.base import Channel, ChannelContext, Receipt
from alerts.delivery.channels.posting import Poster, checked_url
from alerts.delivery.channels.webpush import WebPushSettings
from alerts.delivery.channels.webpush.keys import private_key
from alerts.delivery.characters import one_line
from alerts.delivery.payload import AlertData, Message

MOST_BYTES = 3_800
"""Of what is encrypted: with header, padding and tag it stays below the 4,096 that every push service takes (RFC 8030 §7.2)."""
MOST_BODY = 600
KEPT = timedelta(days=1)
"""How long a push service keeps a message for a browser that is off."""
SIGNED_FOR = timedelta(hours=12)
"""RFC 8292 §2: at most 24 hours."""
GONE = frozenset({404, 410})
"""The subscription is over: RFC 8030 §7.3, and what push services answer of one that they know no more."""


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
        signed: dict[str, str] = Vapid02(private_key(self._context.push_key)).sign(claims)
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
