"""Events, published to real brokers on loopback that are there, are not, and come back."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import nats
import pytest
from aio_pika import connect
from pydantic import SecretStr

from alerts.delivery.channels import channel_plugins
from alerts.delivery.channels.amqp import AmqpChannel, AmqpSettings
from alerts.delivery.channels.cloud_events import cloud_event
from alerts.delivery.channels.kafka import KafkaChannel, KafkaSettings
from alerts.delivery.channels.nats import NatsChannel, NatsSettings
from alerts.delivery.channels.redis import RedisChannel, RedisSettings
from alerts.delivery.payload import AlertData, DigestData
from alerts.errors import DeliveryError
from tests.alerts.delivery.opened import opened
from tests.alerts.delivery.samples import UID, alert_data, arabic_data, digest_data, message
from tests.brokers import Broker, entries_of, free_port


def check(body: bytes, kind: str = "alert.created") -> dict[str, Any]:
    """Check an event by the specification's required attributes, and return its data."""
    event = json.loads(body)
    assert (event["specversion"], event["id"], event["source"], event["type"]) == (
        "1.0",
        UID,
        "tocsin",
        f"tocsin.{kind}",
    )
    assert datetime.fromisoformat(event["time"]).tzinfo is not None
    assert event["datacontenttype"] == "application/json"
    data: dict[str, Any] = event["data"]
    return data


@pytest.mark.parametrize(
    "data", [alert_data(), arabic_data(), digest_data()], ids=["alert", "arabic", "digest"]
)
def test_event_has_the_data_of_a_webhook(data: AlertData | DigestData) -> None:
    told = message(data)
    assert check(cloud_event(told, "tocsin").body, told.kind) == data.model_dump(mode="json")


def nats_channel(port: int) -> NatsChannel:
    settings = NatsSettings(name="n", type="nats", url=SecretStr(f"nats://127.0.0.1:{port}"))
    return opened(NatsChannel(settings))


async def test_nats_stream_has_an_event_once_however_often_it_is_sent(nats_server: Broker) -> None:
    client = await nats.connect(f"nats://127.0.0.1:{nats_server.port}")
    stream = client.jetstream()
    await stream.add_stream(name="news", subjects=["tocsin.>"])
    channel = nats_channel(nats_server.port)
    receipt = await channel.send(message())
    assert receipt.response == "news 1"
    await channel.send(message())
    reader = await stream.subscribe("tocsin.alert.created")
    found = await reader.next_msg(timeout=10)
    assert check(found.data) == alert_data().model_dump(mode="json")
    assert (await stream.stream_info("news")).state.messages == 1
    await client.close()


async def test_nats_without_a_stream_that_takes_it_is_no_success(nats_server: Broker) -> None:
    with pytest.raises(DeliveryError) as caught:
        await nats_channel(nats_server.port).send(message())
    assert caught.value.recoverable
    assert f"127.0.0.1:{nats_server.port}" in str(caught.value)


async def test_nats_that_was_away_is_sent_to_again(nats_server: Broker) -> None:
    client = await nats.connect(f"nats://127.0.0.1:{nats_server.port}")
    await client.jetstream().add_stream(name="news", subjects=["tocsin.>"])
    await client.close()
    channel = nats_channel(nats_server.port)
    await channel.send(message())
    nats_server.end()
    with pytest.raises(DeliveryError) as caught:
        await channel.send(message())
    assert caught.value.recoverable
    nats_server.start()
    assert (await channel.send(message())).response == "news 1"  # it has it from before


def redis_channel(port: int, keep: int | None = None) -> RedisChannel:
    url = SecretStr(f"redis://127.0.0.1:{port}/0")
    return opened(RedisChannel(RedisSettings(name="r", type="redis", url=url, keep=keep)))


async def test_redis_stream_has_the_event_and_its_id_stays(redis_server: Broker) -> None:
    channel = redis_channel(redis_server.port)
    await channel.send(message())
    redis_server.end()
    with pytest.raises(DeliveryError) as caught:
        await channel.send(message())
    assert caught.value.recoverable
    redis_server.start()
    await channel.send(message())
    one, two = await entries_of(redis_server.port)
    assert one == two
    assert (one[b"id"].decode(), one[b"type"]) == (UID, b"tocsin.alert.created")
    assert check(one[b"event"]) == alert_data().model_dump(mode="json")


@pytest.mark.thorough
async def test_amqp_queue_has_a_lasting_event_and_no_queue_is_no_success(rabbitmq_server: Broker) -> None:
    url = f"amqp://guest:guest@127.0.0.1:{rabbitmq_server.port}/"
    channel = opened(AmqpChannel(AmqpSettings(name="a", type="amqp", url=SecretStr(url), routing_key="news")))
    with pytest.raises(DeliveryError) as caught:
        await channel.send(message())  # nobody takes it
    assert caught.value.recoverable
    assert "guest" not in str(caught.value)
    connection = await connect(url)
    queue = await (await connection.channel()).declare_queue("news", durable=True)
    await channel.send(message())
    found = await queue.get()
    assert found is not None
    assert (found.message_id, found.content_type, int(found.delivery_mode or 0)) == (
        UID,
        "application/cloudevents+json",
        2,
    )
    assert check(found.body) == alert_data().model_dump(mode="json")
    await connection.close()


async def test_kafka_that_is_not_there_is_tried_again() -> None:
    port = free_port()
    channel = KafkaChannel(KafkaSettings(name="k", type="kafka", servers=(f"127.0.0.1:{port}",)))
    with pytest.raises(DeliveryError, match=str(port)) as caught:
        await opened(channel).send(message())
    assert caught.value.recoverable


def test_kafka_password_is_not_sent_in_the_clear() -> None:
    settings = KafkaSettings(
        name="k", type="kafka", servers=("h:9092",), username="u", password=SecretStr("p")
    )
    with pytest.raises(ValueError, match="tls = true"):
        KafkaChannel(settings)


def test_lists_of_channels_say_where_events_go_and_no_password() -> None:
    settings = AmqpSettings(name="a", type="amqp", url=SecretStr("amqp://user:word@rabbit:5672/"))
    assert channel_plugins()["amqp"].goes_to(settings) == "rabbit:5672"
