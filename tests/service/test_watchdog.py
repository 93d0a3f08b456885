"""The service watches itself: what is wrong is told once, by log, /readyz and channel; systemd hears that we live."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, col, select
from structlog.testing import capture_logs

from service.metrics import Metrics
from service.process import open_service
from service.pulse import Pulse
from service.settings import Settings
from service.systemd import tell_systemd, watchdog_interval
from service.watchdog import HOPELESS_AFTER, Watchdog, queues_behind
from storage.engine import Database
from storage.stores.clock import ahead_of, bring_forward
from storage.stores.gauges import Gauges
from storage.tables import (
    Article,
    ArticleState,
    ChannelRow,
    Feed,
    Host,
    Notification,
    NotificationKind,
    NotificationState,
    Outlet,
)
from tests.conftest import START, Clock

HOUR = timedelta(hours=1)


class Seconds:
    """Seconds that only go forward, when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def pulse(seconds: Seconds) -> Pulse:
    return Pulse(seconds)


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """The socket at which systemd listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "notify"))
        listener.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        yield listener


def watchdog(database: Database, pulse: Pulse, clock: Clock, notify: str = "desk") -> Watchdog:
    return Watchdog(database, pulse, Metrics(pulse), clock=clock, notify=notify)


def rows(database: Database, clock: Clock) -> None:
    """A channel that is told, a host with a feed, and an article that waits to be matched."""
    with database.write() as session:
        session.add(ChannelRow(name="desk", type="email", service_alerts=True, created_at=clock()))
        session.add(ChannelRow(name="digests", type="email", send="08:00 UTC", created_at=clock()))
        session.add(Host(name="gazette.example"))
        session.add(Outlet(name="Gazette", created_at=clock()))
        session.flush()
        session.add(
            Feed(
                outlet_id=1,
                host_id=1,
                url="http://gazette.example/rss",
                address="http://gazette.example/rss",
                interval_seconds=900,
                next_poll_at=clock() + timedelta(minutes=5),
                last_polled_at=clock(),
                created_at=clock(),
            )
        )
        session.add(
            Article(
                outlet_id=1,
                host_id=1,
                url="http://gazette.example/1",
                canonical_url="https://gazette.example/1",
                state=ArticleState.READY,
                found_at=clock(),
                ready_at=clock(),
            )
        )


def told(database: Database) -> list[str]:
    with database.read() as session:
        return [
            row.payload["subject"]
            for row in session.exec(select(Notification).order_by(col(Notification.id)))
        ]


async def test_queue_that_falls_behind_is_told_once_and_so_is_its_end(
    database: Database, pulse: Pulse, clock: Clock
) -> None:
    rows(database, clock)
    watched = watchdog(database, pulse, clock)
    await watched.look()
    clock.advance(timedelta(minutes=12))
    with capture_logs() as logs:
        for _look in range(3):
            await watched.look()
        assert pulse.troubles == {"queue of matching": "1 wait, the oldest for 12 minutes"}
        with database.write() as session:
            session.get_one(Article, 1).state = ArticleState.MATCHED
        for _look in range(3):
            await watched.look()
    assert pulse.troubles == {}
    assert [line["event"] for line in logs] == ["the service has trouble", "the trouble is over"]
    assert told(database) == ["Tocsin has trouble: queue of matching", "Tocsin works again"]


@pytest.mark.parametrize(
    ("fails", "words"),
    [pytest.param(False, "no step for 61 s", id="hangs"), pytest.param(True, "it fails", id="fails")],
)
async def test_stage_that_does_not_work_is_told(
    database: Database, pulse: Pulse, seconds: Seconds, clock: Clock, fails: bool, words: str
) -> None:
    rows(database, clock)
    pulse.start("polling")
    watched = watchdog(database, pulse, clock)
    if fails:
        pulse.fail("polling", "it fails")
    else:
        seconds.now = 61
    for _look in range(2):
        await watched.look()
    assert pulse.troubles == {"stage polling": words}
    pulse.beat("polling")
    for _look in range(2):
        await watched.look()
    assert told(database) == ["Tocsin has trouble: stage polling", "Tocsin works again"]


async def test_nobody_is_told_where_no_channel_is_named(
    database: Database, pulse: Pulse, clock: Clock
) -> None:
    rows(database, clock)
    pulse.fail("polling", "it fails")
    watched = watchdog(database, pulse, clock, notify="")
    for _look in range(2):
        await watched.look()
    assert told(database) == []


async def test_trouble_that_comes_and_goes_is_no_news(database: Database, pulse: Pulse, clock: Clock) -> None:
    rows(database, clock)
    watched = watchdog(database, pulse, clock)
    for _time in range(3):
        pulse.fail("polling", "it fails")
        await watched.look()
        pulse.beat("polling")
        await watched.look()
    assert told(database) == []


@pytest.mark.parametrize(
    ("name", "minutes", "behind"),
    [
        ("polls", 15, False),
        ("polls", 16, True),
        ("pages", 16, True),
        ("matching", 11, True),
        ("delivery", 11, True),
    ],
)
def test_queue_is_behind_when_its_oldest_waited_too_long(name: str, minutes: int, behind: bool) -> None:
    gauges = Gauges({name: 3}, {name: START - timedelta(minutes=minutes)}, {}, {})
    assert bool(queues_behind(gauges, now=START)) is behind


def test_systemd_is_told(systemd: socket.socket) -> None:
    assert tell_systemd("READY=1", "STATUS=polls")
    assert systemd.recv(100) == b"READY=1\nSTATUS=polls"


def test_socket_without_a_file_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind("\0tocsin-test-notify")
        listener.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", "@tocsin-test-notify")
        assert tell_systemd("READY=1")
        assert listener.recv(100) == b"READY=1"


def test_without_systemd_nobody_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not tell_systemd("READY=1")


@pytest.mark.parametrize(
    ("microseconds", "pid", "interval"),
    [
        pytest.param("120000000", None, timedelta(seconds=60), id="half of it"),
        pytest.param("120000000", "1", None, id="another process is meant"),
        pytest.param("", None, None, id="not asked for"),
    ],
)
def test_watchdog_interval(
    monkeypatch: pytest.MonkeyPatch, microseconds: str, pid: str | None, interval: timedelta | None
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", microseconds)
    if pid is not None:
        monkeypatch.setenv("WATCHDOG_PID", pid)
    assert watchdog_interval() == interval


@pytest.mark.parametrize("hangs", [False, True])
async def test_systemd_hears_that_we_live_only_while_every_stage_does(
    database: Database,
    pulse: Pulse,
    seconds: Seconds,
    clock: Clock,
    systemd: socket.socket,
    monkeypatch: pytest.MonkeyPatch,
    hangs: bool,
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", "1000")
    pulse.start("polling")
    seconds.now = HOPELESS_AFTER.total_seconds() + 1 if hangs else 0
    stop = asyncio.Event()
    task = asyncio.create_task(watchdog(database, pulse, clock).run(stop))
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(180):
        heard = [await loop.sock_recv(systemd, 100)]
        if not hangs:
            heard.append(await loop.sock_recv(systemd, 100))
        stop.set()
        while heard[-1] != b"STOPPING=1":
            heard.append(await loop.sock_recv(systemd, 100))
    await task
    assert heard[0] == b"READY=1"
    assert (b"WATCHDOG=1" in heard) is not hangs


def test_clock_set_back_brings_forward_what_was_planned(database: Database, clock: Clock) -> None:
    rows(database, clock)
    with database.write() as session:
        for uid, channel, made, due in (("at once", 1, 0, 0), ("digest", 2, 0, 5), ("before", 1, -2, 5)):
            session.add(
                Notification(
                    uid=uid,
                    channel_id=channel,
                    kind=NotificationKind.ALERT_CREATED,
                    state=NotificationState.QUEUED,
                    payload={},
                    created_at=clock() + made * HOUR,
                    due_at=clock() + due * HOUR,
                )
            )
    clock.advance(-HOUR)
    with database.write() as session:
        assert ahead_of(session, now=clock()) == HOUR
        assert bring_forward(session, by=HOUR, now=clock()) == 2
    with database.read() as session:
        waits = {row.uid: row.due_at - START for row in session.exec(select(Notification))}
        feed = session.exec(select(Feed)).one()
    assert feed.next_poll_at == clock() + timedelta(minutes=5)
    assert waits == {"at once": -HOUR, "digest": 5 * HOUR, "before": 5 * HOUR}


async def test_service_goes_on_when_its_clock_is_set_back(tmp_path: Path, clock: Clock) -> None:
    settings = Settings.model_validate(
        {"storage": {"url": f"sqlite:///{tmp_path / 't.db'}"}, "web": {"listen": "127.0.0.1:0"}}
    )
    async with open_service(settings, clock=clock) as service:
        rows(service.database, clock)
        task = asyncio.create_task(service.run())
        wake = service.parts.hints.register()
        clock.advance(-HOUR)

        def planned(session: Session) -> bool:
            return session.exec(select(Feed)).one().next_poll_at == clock() + timedelta(minutes=5)

        async with asyncio.timeout(180):
            while not await service.database.reading(planned):
                wake.clear()
                await wake.wait()
        service.stop.set()
        await task


async def test_stage_that_fails_by_a_fault_of_ours_is_tried_on(tmp_path: Path, clock: Clock) -> None:
    settings = Settings.model_validate(
        {"storage": {"url": f"sqlite:///{tmp_path / 't.db'}"}, "web": {"listen": "127.0.0.1:0"}}
    )
    fails = iter([True, True, False])
    works = asyncio.Event()

    async def step() -> int:
        if next(fails, False):
            raise KeyError("a bug")
        works.set()
        return 0

    async with open_service(settings, clock=clock) as service:
        service.parts.health.step = step  # type: ignore[method-assign]
        with capture_logs() as logs:
            task = asyncio.create_task(service.run())
            async with asyncio.timeout(180):
                await works.wait()
            service.stop.set()
            await task
    assert [line["event"] for line in logs if line.get("stage") == "health"] == [
        "a stage failed by a fault of ours; trying on",
        "the stage works again",
    ]
