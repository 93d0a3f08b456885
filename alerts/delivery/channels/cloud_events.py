"""CloudEvents 1.0 in their JSON format, and what the channels share that publish them to brokers.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
"""

from __future__ import annotations

import asyncio
import json
from abc import abstractmethod
from dataclasses import dataclass, field
from datetime import UTC
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, ClassVar, Generic, TypeVar
from urllib.parse import urlsplit

from pydantic import Field, StringConstraints
from typing_extensions import override

from alerts.delivery.channels.base import RESPONSE_CHARS, Channel, ChannelSettings, Receipt
from alerts.delivery.rules import ChannelRules
from alerts.errors import DeliveryError
from storage.language import N_
from storage.troubles import Trouble

if TYPE_CHECKING:
    from alerts.delivery.payload import Message

CONTENT_TYPE = "application/cloudevents+json"
TIMEOUT_SECONDS = 15.0
"""For connecting and handing over an event."""
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, pattern=r"^[^\s]+$")]
C = TypeVar("C")


class EventSettings(ChannelSettings):
    """What all channels have that publish events."""

    source: Line = Field(
        default="tocsin",
        title=N_("Source of the events"),
        description=N_("the member source of each event: a URI that tells this Tocsin from others"),
    )
    articles: bool = Field(
        default=False,
        title=N_("Every article, too"),
        description=N_(
            "an event for each article, and for each of its versions, whether it is tracked or not"
        ),
    )

    @property
    @override
    def rules(self) -> ChannelRules:
        """What delivery goes by."""
        return super().rules.model_copy(update={"articles": self.articles})


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """An event as it is published. `id` is the same at each attempt."""

    id: str
    type: str
    body: bytes = field(repr=False)


def cloud_event(message: Message, source: str) -> CloudEvent:
    """Return the event that tells a message; its `data` is what a webhook's is (docs/webhook.md)."""
    type_ = f"tocsin.{message.kind}"
    event = {
        "specversion": "1.0",
        "id": message.uid,
        "source": source,
        "type": type_,
        "time": message.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": message.data.model_dump(mode="json"),
    }
    return CloudEvent(message.uid, type_, json.dumps(event, ensure_ascii=False).encode())


class BrokerChannel(Channel, Generic[C]):
    """Hands events to a broker, over one connection that is kept; an event is sent once the broker says that it has it."""

    library: ClassVar[str]
    """The client's module, of the extra `events`."""

    def __init__(self, host: str, source: str) -> None:
        """`host` is what errors name. Raise `ValueError` where the client is not installed."""
        if find_spec(self.library) is None:
            raise ValueError("its client is not installed: pip install 'tocsin[events]'")
        self._host = host
        self._source = source
        self._connection: C | None = None
        self._connecting = asyncio.Lock()

    async def send(self, message: Message) -> Receipt:
        """Publish one message. Every failure is a passing one: a broker says of none that it will last."""
        event = cloud_event(message, self._source)
        connection = None
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                connection = await self._connected()
                answer = await self.publish(connection, event)
        except TimeoutError as error:
            await self._leave(connection)
            raise DeliveryError(
                Trouble("receiver-timeout", {"host": self._host, "seconds": TIMEOUT_SECONDS}),
                recoverable=True,
            ) from error
        except self._failures() as error:
            await self._leave(connection)
            detail = " ".join(str(error).split()) or type(error).__name__
            raise DeliveryError(
                Trouble("receiver-unreachable", {"host": self._host, "detail": detail[:RESPONSE_CHARS]}),
                recoverable=True,
            ) from error
        return Receipt(response=answer[:RESPONSE_CHARS])

    async def aclose(self) -> None:
        """Close the connection that was kept open."""
        await self._leave(self._connection)

    async def _connected(self) -> C:
        async with self._connecting:
            if self._connection is None or not self.is_open(self._connection):
                self._connection = await self.connect()
            return self._connection

    async def _leave(self, connection: C | None) -> None:
        """Close a connection at which something failed: the next event opens another."""
        if connection is None:
            return
        if connection is self._connection:
            self._connection = None
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                await self.disconnect(connection)
        except self._failures():
            return  # it was broken already

    @abstractmethod
    async def connect(self) -> C:
        """Connect to the broker."""

    @abstractmethod
    async def publish(self, connection: C, event: CloudEvent) -> str:
        """Hand an event over; return what the broker answered once it has it."""

    @abstractmethod
    async def disconnect(self, connection: C) -> None:
        """Close a connection."""

    @abstractmethod
    def failures(self) -> tuple[type[Exception], ...]:
        """Return what the client raises where the broker can't be reached, or does not take an event."""

    def _failures(self) -> tuple[type[Exception], ...]:
        return (*self.failures(), OSError)

    def is_open(self, _connection: C) -> bool:
        """Return whether a connection that was kept still stands, as far as is known."""
        return True


def host_of(url: str) -> str:
    """Return host and port of an address, without names and passwords; of several, all."""
    return urlsplit(url).netloc.rpartition("@")[2]
