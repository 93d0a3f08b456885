"""Matrix, by its Client-Server API: https://spec.matrix.org/latest/client-server-api/#sending-events-to-a-room"""

from __future__ import annotations

import json
from datetime import timedelta
from urllib.parse import quote

from pydantic import JsonValue
from yarl import URL

from alerts.delivery.cards import CardDeck, written
from alerts.delivery.channels.base import Channel, ChannelContext, Receipt
from alerts.delivery.channels.posting import Poster, ReceiverAnswer, checked_url
from alerts.delivery.chat_html import chat_lines, plain_lines
from alerts.delivery.payload import Message

MOST_BYTES = 45_000
"""An event holds at most 65,536 bytes, encoded."""


class MatrixChannel(Channel):
    """Sends each message under its uid as the transaction's id: the server takes it once, however often it is sent."""

    at_once = 1

    def __init__(self, server: str, room: str, token: str, context: ChannelContext) -> None:
        checked_url(server)
        self._base = (
            f"{server.rstrip('/')}/_matrix/client/v3/rooms/{quote(room, safe='')}/send/m.room.message"
        )
        self._token = token
        self._context = context
        self._poster = Poster(context.allow_networks, clock=context.clock)

    async def send(self, message: Message) -> Receipt:
        """Send the message."""
        told = written(message, self._context, matrix_message)
        url = URL(f"{self._base}/{quote(message.uid, safe='')}", encoded=True)
        headers = {"Authorization": f"Bearer {self._token}"}
        answer = await self._poster.send_json(url, told, headers, method="PUT")
        if 200 <= answer.status < 300:
            return answer.receipt
        raise answer.refusal(retry_after=_wait(answer))

    async def aclose(self) -> None:
        """Close the connections that were kept open."""
        await self._poster.aclose()


def matrix_message(deck: CardDeck) -> dict[str, JsonValue]:
    """Return the content of an `m.room.message`. Cards that do not fit are counted."""
    if deck.is_digest:
        deck = deck.fitted(lambda some: len(json.dumps(_content(some)).encode()) <= MOST_BYTES)
    return _content(deck)


def _content(deck: CardDeck) -> dict[str, JsonValue]:
    return {
        "msgtype": "m.text",
        "body": "\n".join(plain_lines(deck)),
        "format": "org.matrix.custom.html",
        "formatted_body": "<br>".join(
            line.replace("\n", "<br>") for line in chat_lines(deck, with_links=True)
        ),
    }


def _wait(answer: ReceiverAnswer) -> timedelta | None:
    """Return how long to wait as older servers say it: in the body."""
    try:
        return timedelta(milliseconds=float(json.loads(answer.text)["retry_after_ms"]))
    except (ValueError, KeyError, TypeError):
        return None
