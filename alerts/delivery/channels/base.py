"""The one interface of every channel. Retry, logging and storage wrap it from outside (`alerts.delivery.sender`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from alerts.delivery.payload import Message

RESPONSE_CHARS = 500
"""How much of a receiver's answer is kept."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receiver took the message. `status` is its code where it gave one, `response` what it answered."""

    status: int | None = None
    response: str = ""


class Channel(Protocol):
    """Somewhere to send messages. Instances keep no state between messages and may send several at once."""

    async def send(self, message: Message) -> Receipt:
        """Sends one message. Raises `DeliveryError`, which says whether trying again can help."""
        ...
