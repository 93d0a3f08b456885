"""The whole service and a real hub: subscribed, verified, pushed, renewed, refused, left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from sqlmodel import Session, select

from crawler.sources.websub.pushes import PushReport
from service.assembly import Watchers
from service.process import Service, open_service
from service.settings import Settings
from service.troubles import trouble_words
from storage.engine import Database
from storage.tables import Article, Feed, FeedState, Push, Subscription, SubscriptionState
from tests.conftest import START, Clock
from tests.databases import on_both, on_sqlite
from tests.replay.conftest import FEED, World
from tests.replay.hub import PUBLIC, Hub
from tests.replay.outlets import Answer, raw

pytestmark = on_sqlite

HUB = "http://hub.example/"
TOPIC = "http://gazette.example/topic"
LINKS = f'<{HUB}>; rel="hub", <{TOPIC}>; rel=self'
NAME = "Nasser Bourita"
SENTENCE = "Round {}: he spoke of fisheries, of ports and of the calendar of the talks. "


def document(*numbers: int, title: str = NAME) -> bytes:
    """An RSS document whose entries, published at the start, carry their whole text."""
    date = format_datetime(START)
    items = "".join(
        f"<item><guid>g{number}</guid><link>http://gazette.example/{number}</link>"
        f"<title>{title} {number}</title><pubDate>{date}</pubDate>"
        f"<description>{SENTENCE.format(number) * 40}</description></item>"
        for number in numbers
    )
    return f"<rss version='2.0'><channel><title>Gazette</title>{items}</channel></rss>".encode()


def linked(*numbers: int) -> Answer:
    return raw(document(*numbers), Link=LINKS, Content_Type="application/rss+xml")


class Pushes:
    """What the service says of pushes, to be waited for."""

    def __init__(self) -> None:
        self.reports: asyncio.Queue[PushReport] = asyncio.Queue()

    async def next(self) -> PushReport:
        return await asyncio.wait_for(self.reports.get(), 120)


@pytest.fixture
async def hub(world: World) -> AsyncIterator[Hub]:
    async with Hub() as hub:
        world.outlets.script[HUB] = [hub.answer]
        world.outlets.script[FEED] = [linked(1)]
        yield hub


@asynccontextmanager
async def running(
    settings: Settings, hub: Hub, clock: Clock, pushes: Pushes | None = None
) -> AsyncIterator[Service]:
    """A service with a public address and a clock that stands, which the hub can reach."""
    told = pushes or Pushes()
    public = settings.model_copy(update={"web": settings.web.model_copy(update={"public_url": PUBLIC})})
    crawler = public.crawler.model_copy(
        update={
            "interval": timedelta(minutes=15),
            "min_interval": timedelta(minutes=1),
            "max_interval": timedelta(hours=6),
        }
    )
    public = public.model_copy(update={"crawler": crawler})
    watchers = Watchers(on_push=told.reports.put_nowait)
    async with open_service(public, watchers=watchers, clock=clock) as service:
        hub.service = service.url
        task = asyncio.create_task(service.run())
        try:
            yield service
        finally:
            service.stop.set()
            await task


async def subscription(service: Service) -> Subscription:
    def read(session: Session) -> Subscription:
        return session.exec(select(Subscription)).one()

    return await service.database.reading(read)


async def test_push_becomes_an_article_and_an_alert_without_a_poll(
    world: World, hub: Hub, clock: Clock
) -> None:
    pushes = Pushes()
    watch = {"alert": "article", "actors": [{"name": NAME}]}
    async with running(world.settings(watch=watch), hub, clock, pushes):
        await hub.wait_for_verified(1)
        (asked,) = hub.asked
        assert hub.verified == [("subscribe", 200, "c1")]
        assert (asked["hub.mode"], asked["hub.topic"]) == ("subscribe", TOPIC)
        assert asked["hub.callback"].startswith(f"{PUBLIC}/websub/")
        assert len(asked["hub.callback"].rsplit("/", 1)[1]) >= 40
        assert len(asked["hub.secret"]) >= 40
        await world.hook.wait_for(lambda: len(world.hook.webhooks) == 1, seconds=120)
        assert await hub.push(TOPIC, document(2, 1)) == 202
        assert (await pushes.next()).new_articles == 1
        await world.hook.wait_for(lambda: len(world.hook.webhooks) == 2, seconds=120)
    assert world.hook.webhooks[1].data["article"]["url"] == "http://gazette.example/2"
    assert world.outlets.times(FEED) == 1


@pytest.mark.thorough
async def test_pushes_signed_by_any_method_of_the_standard_are_taken(
    world: World, hub: Hub, clock: Clock
) -> None:
    pushes = Pushes()
    async with running(world.settings(), hub, clock, pushes):
        await hub.wait_for_verified(1)
        for number, algorithm in enumerate(("sha1", "sha256", "sha384", "sha512"), 2):
            assert await hub.push(TOPIC, document(number), algorithm=algorithm) == 202
            assert (await pushes.next()).new_articles == 1


async def test_what_is_not_signed_as_agreed_is_ignored(world: World, hub: Hub, clock: Clock) -> None:
    pushes = Pushes()
    async with running(world.settings(), hub, clock, pushes) as service:
        await hub.wait_for_verified(1)
        callback = hub.subscribed[TOPIC].callback
        assert await hub.push(TOPIC, document(6), secret="guessed") == 202
        assert await hub.push(TOPIC, document(7), algorithm="md5") == 202
        assert await hub.post(callback, document(8), {"Content-Type": "application/rss+xml"}) == 202
        assert await hub.push(TOPIC, document(2)) == 202
        await pushes.next()
        urls = await service.database.reading(lambda session: session.exec(select(Article.url)).all())
        waiting = await service.database.reading(lambda session: session.exec(select(Push)).all())
    assert sorted(urls) == ["http://gazette.example/1", "http://gazette.example/2"]
    assert waiting == []


@pytest.mark.thorough
async def test_callback_refuses_what_was_not_asked_for(world: World, hub: Hub, clock: Clock) -> None:
    settings = world.settings()
    small = settings.model_copy(update={"crawler": settings.crawler.model_copy(update={"max_body": 1000})})
    world.outlets.script[FEED] = [raw(b"<rss><channel><title>x</title></channel></rss>", Link=LINKS)]
    async with running(small, hub, clock) as service:
        await hub.wait_for_verified(1)
        callback = hub.subscribed[TOPIC].callback
        good = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "x", "hub.lease_seconds": "60"}
        for url, changed in (
            (callback, {"hub.topic": "http://other.example/"}),
            (callback, {"hub.challenge": ""}),
            (callback, {"hub.mode": "publish"}),
            (callback, {"hub.mode": "unsubscribe"}),
            (f"{PUBLIC}/websub/guessed", {}),
            (f"{PUBLIC}/websub/guessed", {"hub.mode": "denied"}),
        ):
            assert (await hub.get(url, good | changed))[0] == 404
        assert await hub.post(f"{PUBLIC}/websub/guessed", b"x", {}) == 410
        assert await hub.push(TOPIC, b"x" * 1001) == 413
        assert await hub.post(callback, b"x", {"Content-Encoding": "gzip"}) == 415
        row = await subscription(service)
    assert row.state is SubscriptionState.ACTIVE
    assert row.expires_at == clock.now + timedelta(days=10)


@pytest.mark.thorough
@on_both
async def test_lease_is_renewed_before_it_ends(world: World, hub: Hub, clock: Clock) -> None:
    hub.lease = 3600
    async with running(world.settings(), hub, clock) as service:
        await hub.wait_for_verified(1)
        clock.advance(timedelta(minutes=49))
        await hub.wait_for_verified(2)
        row = await subscription(service)
    assert [form["hub.mode"] for form in hub.asked] == ["subscribe", "subscribe"]
    assert hub.asked[0]["hub.callback"] == hub.asked[1]["hub.callback"]
    assert row.expires_at == clock.now + timedelta(hours=1)


@pytest.mark.thorough
@on_both
async def test_polling_rests_while_pushes_arrive_and_comes_back_when_they_stop(
    world: World, hub: Hub, clock: Clock
) -> None:
    pushes = Pushes()
    async with running(world.settings(), hub, clock, pushes) as service:

        async def pushed_after(minutes: int, *numbers: int) -> None:
            clock.advance(timedelta(minutes=minutes))
            await hub.push(TOPIC, document(*numbers))
            await pushes.next()

        await hub.wait_for_verified(1)
        start = clock.now
        await polled(service, start - timedelta(seconds=1))
        for number in range(2, 5):
            await pushed_after(7, number)
        await polled(service, start)  # which finds nothing that was not pushed
        polls = world.outlets.times(FEED)
        for number in range(5, 15):
            await pushed_after(10, number)
        assert world.outlets.times(FEED) == polls  # none in 100 minutes
        world.outlets.script[FEED] = [linked(99)]
        clock.advance(timedelta(minutes=32))  # three usual gaps without a push
        await polled(service, clock.now - timedelta(seconds=1))
        feed = await service.database.reading(lambda session: session.exec(select(Feed)).one())
    assert feed.next_poll_at <= clock.now + timedelta(minutes=12)  # as often as pushes had come


async def until(service: Service, condition: Callable[[Session], bool]) -> None:
    """Wait until a condition holds in the database; every stage that has done something wakes the others, and us."""
    wake = service.parts.hints.register()
    async with asyncio.timeout(180):
        while not await service.database.reading(condition):
            await wake.wait()
            wake.clear()


async def failed(service: Service, times: int) -> None:
    """Wait until so many requests to the hub are known to have failed."""
    await until(service, lambda session: [*session.exec(select(Subscription.failures))] == [times])


async def polled(service: Service, after: datetime) -> None:
    """Wait until a poll is stored that came after this time."""

    def is_stored(session: Session) -> bool:
        (last,) = session.exec(select(Feed.last_polled_at))
        return last is not None and last > after

    await until(service, is_stored)


@on_both
@pytest.mark.parametrize(
    ("status", "denies", "reason"),
    [
        pytest.param(403, "", "HTTP 403: not for you", id="refused at once"),
        pytest.param(202, "no such topic here", "no such topic here", id="denied at the callback"),
    ],
)
async def test_feed_whose_hub_refuses_is_polled(
    world: World, hub: Hub, clock: Clock, status: int, denies: str, reason: str
) -> None:
    hub.status, hub.denies = status, denies
    async with running(world.settings(), hub, clock) as service:
        await until(
            service,
            lambda session: [*session.exec(select(Subscription.state))] == [SubscriptionState.DENIED],
        )
        clock.advance(timedelta(hours=1))
        await world.outlets.wait_for(lambda: world.outlets.times(FEED) == 2)
        row = await subscription(service)
    assert row.state is SubscriptionState.DENIED
    assert reason in trouble_words(row.last_error)
    assert len(hub.asked) == 1


@pytest.mark.thorough
@on_both
async def test_hub_that_is_gone_costs_nothing_but_its_pushes(world: World, hub: Hub, clock: Clock) -> None:
    hub.status = 500
    async with running(world.settings(), hub, clock) as service:
        await failed(service, 1)
        clock.advance(timedelta(minutes=20))
        await world.outlets.wait_for(lambda: world.outlets.times(FEED) == 2)
        await failed(service, 2)
        hub.status = 202
        clock.advance(timedelta(minutes=20))
        await hub.wait_for_verified(1)
        row = await subscription(service)
    assert row.state is SubscriptionState.ACTIVE


@pytest.mark.thorough
async def test_hub_of_a_feed_that_left_is_told(world: World, hub: Hub, clock: Clock) -> None:
    async with running(world.settings(), hub, clock) as service:
        await hub.wait_for_verified(1)
        callback = hub.subscribed[TOPIC].callback

        def remove(session: Session) -> None:
            session.exec(select(Feed)).one().state = FeedState.REMOVED

        clock.advance(timedelta(seconds=5))
        await service.database.writing(remove)
        await hub.wait_for_verified(2)
        assert hub.verified[1][:2] == ("unsubscribe", 200)
        assert hub.subscribed == {}
        assert await hub.post(callback, document(2), {}) == 410


@pytest.mark.thorough
@on_both
async def test_another_hub_is_taken_when_the_feed_names_another(world: World, hub: Hub, clock: Clock) -> None:
    async with Hub() as other:
        world.outlets.script["http://other-hub.example/"] = [other.answer]
        async with running(world.settings(), hub, clock) as service:
            await hub.wait_for_verified(1)
            other.service = hub.service
            links = LINKS.replace(HUB, "http://other-hub.example/")
            world.outlets.script[FEED] = [raw(document(1, 2), Link=links)]
            clock.advance(timedelta(minutes=20))
            await hub.wait_for_verified(2)
            await other.wait_for_verified(1)
            states = await service.database.reading(
                lambda session: dict(session.exec(select(Subscription.hub, Subscription.state)).all())
            )
    assert hub.verified[1][0] == "unsubscribe"
    assert states == {
        HUB: SubscriptionState.ENDED,
        "http://other-hub.example/": SubscriptionState.ACTIVE,
    }


@pytest.mark.thorough
async def test_stored_push_outlives_a_restart(world: World, hub: Hub, clock: Clock) -> None:
    pushes = Pushes()
    settings = world.settings()
    async with running(settings, hub, clock):
        await hub.wait_for_verified(1)
    with Database(world.storage_url) as database, database.write() as session:
        row = session.exec(select(Subscription)).one()
        session.add(Push(subscription_id=row.id or 0, body=document(5), received_at=clock.now))
    async with running(settings, hub, clock, pushes):
        assert (await pushes.next()).new_articles == 1
    assert len(hub.asked) == 1


@pytest.mark.thorough
@on_both
@pytest.mark.parametrize("body", [pytest.param(b"", id="empty"), pytest.param(b"<html>no", id="no feed")])
async def test_push_that_says_nothing_has_the_feed_polled(
    world: World, hub: Hub, clock: Clock, body: bytes
) -> None:
    pushes = Pushes()
    async with running(world.settings(), hub, clock, pushes):
        await hub.wait_for_verified(1)
        clock.advance(timedelta(seconds=5))
        assert await hub.push(TOPIC, body) == 202
        assert (await pushes.next()).error is not None
        await world.outlets.wait_for(lambda: world.outlets.times(FEED) == 2)


async def test_without_a_public_address_no_hub_is_asked(world: World, hub: Hub) -> None:
    from tests.replay.conftest import running as running_private

    async with running_private(world.settings()) as service:
        await world.outlets.wait_for(lambda: world.outlets.times(FEED) >= 3)
        rows: Any = await service.database.reading(lambda session: session.exec(select(Subscription)).all())
    assert rows == []
    assert hub.asked == []
