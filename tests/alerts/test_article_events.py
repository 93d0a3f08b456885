"""Articles as events: each version once, to channels that ask, kept while the broker is away; nothing where nobody asks."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

from pydantic import SecretStr
from sqlmodel import select

from alerts.delivery.channels.redis import RedisChannel, RedisSettings
from alerts.delivery.sender import Sender
from alerts.match_stage import MatchStage
from storage.engine import Database
from storage.tables import ChannelRow, Notification, NotificationKind, NotificationState
from tests.alerts.delivery.opened import OPENED, opened
from tests.archive import add_article, add_version, watch
from tests.brokers import Broker, entries_of
from tests.conftest import START, Clock

TEXT = "Minister Nasser Bourita received a delegation in Rabat on Monday.\nTalks on fisheries go on."


async def match(database: Database, clock: Clock) -> None:
    stage = MatchStage(database, clock=clock)
    await stage.load()
    while await stage.step():
        pass
    await stage.close()


def told(database: Database) -> list[Notification]:
    with database.read() as session:
        return list(session.exec(select(Notification)))


async def test_where_no_channel_asks_nothing_is_queued(database: Database, clock: Clock) -> None:
    with database.write() as session:
        session.add(ChannelRow(name="desk", type="redis", created_at=START))
        add_article(session, "Talks", TEXT)
    await match(database, clock)
    assert told(database) == []


async def test_each_version_is_told_once_and_waits_for_a_broker_that_is_away(
    database: Database, clock: Clock, redis_server: Broker
) -> None:
    settings = RedisSettings(
        name="archive",
        type="redis",
        url=SecretStr(f"redis://127.0.0.1:{redis_server.port}/0"),
        articles=True,
    )
    with database.write() as session:
        rules = settings.rules.model_dump(mode="json")
        session.add(ChannelRow(name="archive", type="redis", rules=rules, created_at=START))
        watch(session, "Ministers", actors=["Nasser Bourita"])
        number = add_article(session, "Talks", TEXT)
    await match(database, clock)
    await match(database, clock)
    sender = Sender(database, {"archive": opened(RedisChannel(settings))}, owner="own", clock=clock)
    await asyncio.to_thread(redis_server.end)
    await sender.step()
    await sender.drain(timedelta(seconds=60))
    (waiting,) = told(database)
    assert (waiting.kind, waiting.state) == (NotificationKind.ARTICLE, NotificationState.QUEUED)
    await asyncio.to_thread(redis_server.start)
    with database.write() as session:
        add_version(session, number, title="Talks end")
    clock.advance(timedelta(hours=1))
    await match(database, clock)
    await sender.step()
    await sender.drain(timedelta(seconds=60))
    assert {one.state for one in told(database)} == {NotificationState.SENT}
    entries = await entries_of(redis_server.port)
    assert [entry[b"type"] for entry in entries] == [b"tocsin.article", b"tocsin.article"]
    assert len({entry[b"id"] for entry in entries}) == 2
    facts = sorted(
        (json.loads(entry[b"event"])["data"] for entry in entries), key=lambda data: data["version"]
    )
    assert [(data["id"], data["title"], data["text"]) for data in facts] == [
        (number, "Talks", TEXT),
        (number, "Talks end", TEXT),
    ]
    assert facts[0]["mentions"] == [{"watch_list": "Ministers", "kind": "actor", "name": "Nasser Bourita"}]
    for channel in OPENED:
        await channel.aclose()
    OPENED.clear()
