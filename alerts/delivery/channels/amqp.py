"""AMQP 0-9-1 (RabbitMQ): events to an exchange or straight into a queue, confirmed by the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field, SecretStr
from typing_extensions import override

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin
from alerts.delivery.channels.cloud_events import (
    CONTENT_TYPE,
    TIMEOUT_SECONDS,
    BrokerChannel,
    CloudEvent,
    EventSettings,
    Line,
    host_of,
)
from storage.language import N_

if TYPE_CHECKING:
    from aio_pika.abc import AbstractConnection, AbstractExchange


class AmqpSettings(EventSettings):
    """An event that no queue takes counts as not sent: it is tried again."""

    url: SecretStr = Field(
        title=N_("Address of the server"),
        description=N_("amqp://… or amqps://…, with user, password and virtual host"),
    )
    exchange: str = Field(
        default="", title=N_("Exchange"), description=N_("it must be there; empty: the default one")
    )
    routing_key: Line = Field(
        default="tocsin",
        title=N_("Routing key"),
        description=N_("at the default exchange the name of the queue, which must be there"),
    )


class AmqpChannel(BrokerChannel["tuple[AbstractConnection, AbstractExchange]"]):
    """Publishes each message as a lasting one, which a queue must take."""

    library = "aio_pika"

    def __init__(self, settings: AmqpSettings) -> None:
        self._url = settings.url.get_secret_value()
        self._exchange = settings.exchange
        self._routing_key = settings.routing_key
        super().__init__(host_of(self._url), settings.source)

    @override
    async def connect(self) -> tuple[AbstractConnection, AbstractExchange]:
        from aio_pika import connect

        connection = await connect(self._url, timeout=TIMEOUT_SECONDS)
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        if self._exchange:
            return connection, await channel.get_exchange(self._exchange, ensure=True)
        return connection, channel.default_exchange

    @override
    async def publish(
        self, connection: tuple[AbstractConnection, AbstractExchange], event: CloudEvent
    ) -> str:
        from aio_pika import DeliveryMode, Message

        _connection, exchange = connection
        message = Message(
            event.body,
            content_type=CONTENT_TYPE,
            message_id=event.id,
            type=event.type,
            delivery_mode=DeliveryMode.PERSISTENT,
        )
        said = await exchange.publish(message, self._routing_key, mandatory=True, timeout=TIMEOUT_SECONDS)
        return type(said).__name__

    @override
    async def disconnect(self, connection: tuple[AbstractConnection, AbstractExchange]) -> None:
        await connection[0].close()

    @override
    def failures(self) -> tuple[type[Exception], ...]:
        from aio_pika.exceptions import AMQPError

        return (AMQPError,)

    @override
    def is_open(self, connection: tuple[AbstractConnection, AbstractExchange]) -> bool:
        return not connection[0].is_closed


def _make(settings: AmqpSettings, _context: ChannelContext) -> Channel:
    return AmqpChannel(settings)


plugin = ChannelPlugin(
    doc=N_("CloudEvents to RabbitMQ (AMQP 0-9-1)."),
    settings=AmqpSettings,
    make=_make,
    takes_story_events=True,
    goes_to=lambda settings: host_of(settings.url.get_secret_value()),
    made_by="file",
    title="AMQP",
)
