"""Telegram, by its Bot API: https://core.telegram.org/bots/api#sendmessage"""

from __future__ import annotations

import json
from datetime import timedelta

from pydantic import JsonValue
from yarl import URL

from alerts.delivery.cards import CardDeck, written
from alerts.delivery.channels.base import Channel, ChannelContext, Receipt
from alerts.delivery.channels.posting import Poster, ReceiverAnswer, checked_url
from alerts.delivery.chat_html import chat_lines
from alerts.delivery.payload import Message

MOST_CHARACTERS = 4096
"""Of a message, its markup counted, which Telegram would not count."""


class TelegramChannel(Channel):
    """Sends each message with buttons under it. One at a time: Telegram takes one a second for a chat."""

    at_once = 1

    def __init__(self, server: str, token: str, chat: str, context: ChannelContext) -> None:
        self._url = _method(server, token)
        self._chat = chat
        self._context = context
        self._poster = Poster(context.allow_networks, clock=context.clock)

    async def send(self, message: Message) -> Receipt:
        """Send the message. Telegram says in the body how long to wait, where it is asked too often."""
        told = written(message, self._context, telegram_message)
        answer = await self._poster.send_json(self._url, {"chat_id": self._chat, **told})
        if 200 <= answer.status < 300:
            return Receipt(answer.status, "taken")
        raise answer.refusal(retry_after=_wait(answer))

    async def aclose(self) -> None:
        """Close the connections that were kept open."""
        await self._poster.aclose()


def telegram_message(deck: CardDeck) -> dict[str, JsonValue]:
    """Return the members of `sendMessage`, the chat aside. What does not fit is left out, whole lines at a time."""

    def written(some: CardDeck) -> list[str]:
        return list(chat_lines(some, with_links=False))

    if deck.is_digest:
        deck = deck.fitted(lambda some: _length(written(some)) <= MOST_CHARACTERS)
    lines = written(deck)
    while _length(lines) > MOST_CHARACTERS:
        lines.pop()
    message: dict[str, JsonValue] = {
        "text": "\n".join(lines),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
    }
    if deck.cards and not deck.is_digest:
        buttons: list[JsonValue] = [
            {"text": button.words, "url": button.url} for button in deck.cards[0].buttons
        ]
        message["reply_markup"] = {"inline_keyboard": [buttons]}
    return message


def _method(server: str, token: str) -> URL:
    if not token.replace(":", "").replace("-", "").replace("_", "").isalnum():
        raise ValueError("token: it must look like 123456:ABC…, as @BotFather gives it")
    return checked_url(f"{server.rstrip('/')}/bot{token}/sendMessage")


def _length(lines: list[str]) -> int:
    return sum(len(line) + 1 for line in lines)


def _wait(answer: ReceiverAnswer) -> timedelta | None:
    try:
        return timedelta(seconds=float(json.loads(answer.text)["parameters"]["retry_after"]))
    except (ValueError, KeyError, TypeError):
        return None
