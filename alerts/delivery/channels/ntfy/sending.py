"""ntfy, by JSON: https://docs.ntfy.sh/publish/#publish-as-json"""

from __future__ import annotations

from pydantic import JsonValue

from alerts.delivery.cards import CardDeck, written
from alerts.delivery.channels.base import Channel, ChannelContext, Receipt
from alerts.delivery.channels.posting import Poster, checked_url
from alerts.delivery.characters import one_line
from alerts.delivery.chat_html import plain_lines
from alerts.delivery.payload import Message

MOST_BYTES = 3_900
"""Of a message's text: above 4,096 bytes ntfy makes an attachment of it."""
MOST_ACTIONS = 3


class NtfyChannel(Channel):
    """Publishes each message with buttons."""

    def __init__(self, server: str, topic: str, token: str, context: ChannelContext) -> None:
        self._url = checked_url(server)
        self._topic = topic
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._context = context
        self._poster = Poster(context.allow_networks, clock=context.clock)

    async def send(self, message: Message) -> Receipt:
        """Publish the message."""
        body: JsonValue = {"topic": self._topic, **written(message, self._context, ntfy_message)}
        answer = await self._poster.send_json(self._url, body, self._headers)
        if 200 <= answer.status < 300:
            return answer.receipt
        raise answer.refusal()

    async def aclose(self) -> None:
        """Close the connections that were kept open."""
        await self._poster.aclose()


def ntfy_message(deck: CardDeck) -> dict[str, JsonValue]:
    """Return the members of what is published, the topic aside. Lines that do not fit are left out."""
    if deck.is_digest:
        deck = deck.fitted(lambda some: _bytes(list(plain_lines(some))) <= MOST_BYTES)
    lines = list(plain_lines(deck))
    while _bytes(lines) > MOST_BYTES:
        lines.pop()
    message: dict[str, JsonValue] = {
        "title": one_line(deck.heading if deck.is_digest or deck.note else deck.subject, 200),
        "message": "\n".join(lines),
    }
    if deck.cards and not deck.is_digest:
        (card,) = deck.cards
        if card.buttons:
            message["click"] = card.buttons[0].url
        message["actions"] = [
            {"action": "view", "label": button.words, "url": button.url}
            for button in card.buttons[:MOST_ACTIONS]
        ]
    return message


def _bytes(lines: list[str]) -> int:
    return len("\n".join(lines).encode())
