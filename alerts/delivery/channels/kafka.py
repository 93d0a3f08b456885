"""Kafka: events into a topic, taken by all replicas that are in step."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field, SecretStr
from typing_extensions import override

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin, several
from alerts.delivery.channels.cloud_events import (
    CONTENT_TYPE,
    TIMEOUT_SECONDS,
    BrokerChannel,
    CloudEvent,
    EventSettings,
    Line,
)
from storage.language import N_

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer  # type: ignore[import-untyped]  # it has no types


class KafkaSettings(EventSettings):
    """The topic must be there, unless the cluster makes topics by itself."""

    servers: Annotated[tuple[Line, ...], BeforeValidator(several), Field(min_length=1)] = Field(
        title=N_("Servers"),
        description=N_("host:port of some brokers, from which the others are learned; one a line"),
    )
    topic: Line = Field(default="tocsin", title=N_("Topic"))
    tls: bool = Field(default=False, title=N_("Over TLS"))
    username: str = Field(default="", title=N_("User name"), description=N_("for SASL (PLAIN); needs TLS"))
    password: SecretStr = Field(default=SecretStr(""), title=N_("Password"))


class KafkaChannel(BrokerChannel["AIOKafkaProducer"]):
    """Publishes each message under its id as the key."""

    library = "aiokafka"

    def __init__(self, settings: KafkaSettings) -> None:
        """Raise `ValueError` where a password would be sent in the clear, or the client is not installed."""
        if settings.username and not settings.tls:
            raise ValueError("a user name and password need tls = true: else anybody on the way reads them")
        self._settings = settings
        super().__init__(", ".join(settings.servers), settings.source)

    @override
    async def connect(self) -> AIOKafkaProducer:
        from aiokafka import AIOKafkaProducer

        settings = self._settings
        protocol = "SASL_SSL" if settings.username else "SSL" if settings.tls else "PLAINTEXT"
        producer = AIOKafkaProducer(
            bootstrap_servers=list(settings.servers),
            acks="all",
            enable_idempotence=True,
            request_timeout_ms=int(TIMEOUT_SECONDS * 1000),
            security_protocol=protocol,
            ssl_context=ssl.create_default_context() if settings.tls else None,
            sasl_mechanism="PLAIN",
            sasl_plain_username=settings.username or None,
            sasl_plain_password=settings.password.get_secret_value() or None,
        )
        try:
            await producer.start()
        except BaseException:
            await producer.stop()  # it has tasks by then
            raise
        return producer

    @override
    async def publish(self, connection: AIOKafkaProducer, event: CloudEvent) -> str:
        said = await connection.send_and_wait(
            self._settings.topic,
            event.body,
            key=event.id.encode(),
            headers=[("content-type", CONTENT_TYPE.encode())],
        )
        return f"{said.topic} {said.partition} {said.offset}"

    @override
    async def disconnect(self, connection: AIOKafkaProducer) -> None:
        await connection.stop()

    @override
    def failures(self) -> tuple[type[Exception], ...]:
        from aiokafka.errors import KafkaError  # type: ignore[import-untyped]

        return (KafkaError,)


def _make(settings: KafkaSettings, _context: ChannelContext) -> Channel:
    return KafkaChannel(settings)


plugin = ChannelPlugin(
    doc=N_("CloudEvents into a Kafka topic."),
    settings=KafkaSettings,
    make=_make,
    takes_story_events=True,
    goes_to=lambda settings: ", ".join(settings.servers),
    made_by="file",
    title="Kafka",
)
