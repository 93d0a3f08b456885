"""The one interface of every channel. Retry, logging and storage wrap it from outside (`alerts.delivery.sender`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from alerts.delivery.payload import Message

RESPONSE_CHARS = 500
"""How much of a receiver's answer is kept."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The receiver took the message. `status` is its code where it gave one, `response` what it answered.

    `recipients` holds code and words for each recipient, where there are several: some may have refused it for good.
    """

    status: int | None = None
    response: str = ""
    recipients: Mapping[str, tuple[int, str]] = field(default_factory=dict)


class Channel(Protocol):
    """Somewhere to send messages. Instances may send several at once; between messages they keep connections at most."""

    async def send(self, message: Message) -> Receipt:
        """Sends one message. Raises `DeliveryError`, which says whether trying again can help."""
        ...

    async def aclose(self) -> None:
        """Closes what is kept open. A channel that is used again afterwards opens it anew."""
        ...
