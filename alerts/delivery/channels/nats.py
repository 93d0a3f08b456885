"""NATS: events into a stream of JetStream, which says when it has stored one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, SecretStr, StringConstraints
from typing_extensions import override

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin
from alerts.delivery.channels.cloud_events import (
    CONTENT_TYPE,
    TIMEOUT_SECONDS,
    BrokerChannel,
    CloudEvent,
    EventSettings,
    host_of,
)
from storage.language import N_

if TYPE_CHECKING:
    from nats.aio.client import Client


class NatsSettings(EventSettings):
    """A stream must take the subjects: `nats stream add tocsin --subjects "tocsin.>"`."""

    url: SecretStr = Field(
        title=N_("Address of the server"),
        description=N_("nats://… or tls://…, with user and password if need be"),
    )
    subject: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")] = Field(
        default="tocsin",
        title=N_("Subject"),
        description=N_(
            "what the subjects begin with, such as tocsin in tocsin.alert.created; a stream must take them"
        ),
    )


class NatsChannel(BrokerChannel["Client"]):
    """Publishes each message to a subject named for its kind."""

    library = "nats"

    def __init__(self, settings: NatsSettings) -> None:
        self._url = settings.url.get_secret_value()
        self._subject = settings.subject
        super().__init__(host_of(self._url), settings.source)

    @override
    async def connect(self) -> Client:
        import nats

        async def ignore(_error: Exception) -> None:
            """Take what is also raised where it happens."""

        return await nats.connect(
            self._url, allow_reconnect=False, connect_timeout=int(TIMEOUT_SECONDS), error_cb=ignore
        )

    @override
    async def publish(self, connection: Client, event: CloudEvent) -> str:
        """Publish under the event's id, by which the stream itself leaves out what comes again within two minutes."""
        subject = f"{self._subject}{event.type.removeprefix('tocsin')}"
        said = await connection.jetstream().publish(
            subject,
            event.body,
            timeout=TIMEOUT_SECONDS,
            headers={"Nats-Msg-Id": event.id, "Content-Type": CONTENT_TYPE},
        )
        return f"{said.stream} {said.seq}"

    @override
    async def disconnect(self, connection: Client) -> None:
        await connection.close()

    @override
    def failures(self) -> tuple[type[Exception], ...]:
        from nats.errors import Error

        return (Error,)

    @override
    def is_open(self, connection: Client) -> bool:
        return connection.is_connected


def _make(settings: NatsSettings, _context: ChannelContext) -> Channel:
    return NatsChannel(settings)


plugin = ChannelPlugin(
    doc=N_("CloudEvents into a NATS stream (JetStream)."),
    settings=NatsSettings,
    make=_make,
    takes_story_events=True,
    goes_to=lambda settings: host_of(settings.url.get_secret_value()),
    made_by="file",
    title="NATS",
)
