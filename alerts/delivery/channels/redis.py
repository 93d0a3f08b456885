"""Redis: events into a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, SecretStr
from typing_extensions import override

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin
from alerts.delivery.channels.cloud_events import (
    TIMEOUT_SECONDS,
    BrokerChannel,
    CloudEvent,
    EventSettings,
    Line,
    host_of,
)
from storage.language import N_

if TYPE_CHECKING:
    from redis.asyncio import Redis


class RedisSettings(EventSettings):
    """Redis keeps what it was told as well as it is set up to (`appendfsync`, replicas)."""

    url: SecretStr = Field(
        title=N_("Address of the server"),
        description=N_("redis://… or rediss://…, with the number of the database"),
    )
    stream: Line = Field(
        default="tocsin", title=N_("Stream"), description=N_("the key that events are added to")
    )
    keep: Annotated[int, Field(ge=1)] | None = Field(
        default=None,
        title=N_("Most events in the stream"),
        description=N_("the oldest are dropped beyond some more than so many; empty: none is"),
    )


class RedisChannel(BrokerChannel["Redis"]):
    """Adds each message to a stream, as an entry of `id`, `type` and `event`."""

    library = "redis"

    def __init__(self, settings: RedisSettings) -> None:
        self._url = settings.url.get_secret_value()
        self._stream = settings.stream
        self._keep = settings.keep
        super().__init__(host_of(self._url), settings.source)

    @override
    async def connect(self) -> Redis:
        from redis.asyncio import Redis

        return Redis.from_url(
            self._url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
        )

    @override
    async def publish(self, connection: Redis, event: CloudEvent) -> str:
        entry = await connection.xadd(
            self._stream,
            {"id": event.id, "type": event.type, "event": event.body},
            maxlen=self._keep,
            approximate=True,
        )
        return entry.decode() if isinstance(entry, bytes) else str(entry)

    @override
    async def disconnect(self, connection: Redis) -> None:
        await connection.aclose()

    @override
    def failures(self) -> tuple[type[Exception], ...]:
        from redis.exceptions import RedisError

        return (RedisError,)


def _make(settings: RedisSettings, _context: ChannelContext) -> Channel:
    return RedisChannel(settings)


plugin = ChannelPlugin(
    doc=N_("CloudEvents into a Redis stream."),
    settings=RedisSettings,
    make=_make,
    takes_story_events=True,
    goes_to=lambda settings: host_of(settings.url.get_secret_value()),
    made_by="file",
    title="Redis",
)
