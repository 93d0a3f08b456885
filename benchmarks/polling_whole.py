"""Fetch, parse and state, by three clients that live in processes of their own: Tocsin, aiohttp with feedparser, and reader."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import sqlite3
import statistics
import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AsyncExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from typing import Protocol

import aiohttp
import feedparser
import structlog
import uvloop
from reader import make_reader
from sqlalchemy import text
from sqlmodel import Session

from benchmarks.cost import Cost, Meter, forget_main, memory_of_family
from benchmarks.polling_fetch import AGENT, CONCURRENCY, OPTIONS
from crawler.fetch import Fetcher
from crawler.poll.poller import PollReport
from crawler.urls import host_of
from service.assembly import Assembly, Watchers
from service.settings import Settings
from storage.engine import Database
from storage.migrate import upgrade
from storage.stores.feeds.feed_claims import make_due
from storage.stores.feeds.outlet_edits import OutletValues, put_outlet

LAG_PROBE_SECONDS = 0.005


def add_feeds(session: Session, urls: Sequence[str], *, now: datetime) -> None:
    """Add feeds, each of an outlet of its own."""
    for number, url in enumerate(urls):
        values = OutletValues(f"Office {number}", feeds=(url,), language="en")
        put_outlet(session, values, {url: host_of(url)}, number=None, interval=timedelta(minutes=15), now=now)


def settings_in(folder: str) -> Settings:
    """Return the settings of a service whose database is in this folder."""
    return Settings.model_validate(
        {
            "storage": {"url": f"sqlite:///{folder}/tocsin.db"},
            "crawler": {
                "user_agent": AGENT,
                "concurrency": CONCURRENCY,
                "per_host_delay": "0s",
                "full_text": False,
                "allow_networks": ["127.0.0.0/8"],
            },
            "web": {"listen": "127.0.0.1:0"},
        }
    )


@dataclass(frozen=True, slots=True)
class Polled:
    """What polling all feeds once cost, and how late the event loop was meanwhile (milliseconds, 99 % stay within)."""

    cost: Cost
    new: int
    failed: int
    lag_ms: float
    healthy_seconds: float
    """Until all feeds that were waited for were done."""
    memory: int


class Client(Protocol):
    """Polls its feeds when told to."""

    def poll(self, healthy: Collection[str] | None = None) -> Polled:
        """Poll every feed once; or, with `healthy`, until those are done."""


class Tocsin:
    """The service's own polling stage on a SQLite file, its pool of processes included."""

    def __init__(self, urls: Sequence[str], folder: str) -> None:
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
        self._urls = urls
        self._runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
        self._stack = AsyncExitStack()
        self._settings = settings_in(folder)
        self._database = self._stack.enter_context(Database(self._settings.storage.url))
        upgrade(self._database)
        with self._database.write() as session:
            add_feeds(session, urls, now=_now())
        self._runner.run(self._open())

    async def _open(self) -> None:
        parts = Assembly(
            self._settings,
            self._database,
            clock=_now,
            watchers=Watchers(on_poll=self._note),
        )
        parts.fetcher = Fetcher(replace(OPTIONS, concurrency=8 * CONCURRENCY))
        self._wake, self._finished = parts.hints.register(), asyncio.Event()
        await self._stack.enter_async_context(parts.pool)
        await self._stack.enter_async_context(parts.fetcher)
        self._poller = parts.poller

    def _note(self, report: PollReport) -> None:
        self._reports.append(report)
        self._waited_for.discard(report.url)
        if not self._waited_for:
            self._finished.set()
            self._wake.set()

    def poll(self, healthy: Collection[str] | None = None) -> Polled:
        """Poll as the running service does: steps, woken by what is done."""
        return self._runner.run(self._poll(set(healthy or self._urls)))

    async def _poll(self, waited_for: set[str]) -> Polled:
        self._reports: list[PollReport] = []
        self._waited_for = waited_for
        self._finished.clear()
        with self._database.write() as session:
            session.execute(text("UPDATE host SET blocked_until = NULL, next_request_at = NULL"))
            session.execute(text("UPDATE feed SET lease_until = NULL, lease_owner = NULL"))
            make_due(session, now=_now())
        late: list[float] = []
        probe = asyncio.create_task(_probe(late))
        with Meter() as meter:
            while not self._finished.is_set():
                self._wake.clear()
                await self._poller.step()
                if not self._finished.is_set():
                    await _until(self._wake, seconds=1)
                    await asyncio.sleep(0.02)
        probe.cancel()
        await self._poller.drain(timedelta(0))
        return Polled(
            cost=meter.cost(len(self._reports)),
            new=sum(report.new_articles for report in self._reports),
            failed=sum(report.error is not None for report in self._reports),
            lag_ms=1000 * statistics.quantiles(late, n=100)[98] if len(late) > 1 else 0.0,
            healthy_seconds=meter.seconds,
            memory=memory_of_family(),
        )

    def close(self) -> None:
        """Close the database and the pool."""
        self._runner.run(self._stack.aclose())
        self._runner.close()


class AiohttpFeedparser:
    """The script that one would write: 64 workers, feedparser as it is, a table of what was seen."""

    def __init__(self, urls: Sequence[str], folder: str) -> None:
        self._urls = urls
        self._database = sqlite3.connect(f"{folder}/script.db")
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute(
            "CREATE TABLE seen (feed TEXT, guid TEXT, title TEXT, link TEXT, PRIMARY KEY (feed, guid))"
        )
        self._database.execute("CREATE TABLE feed (url TEXT PRIMARY KEY, etag TEXT)")
        self._new = 0

    def poll(self, healthy: Collection[str] | None = None) -> Polled:
        """Poll all."""
        return uvloop.run(self._poll())

    async def _poll(self) -> Polled:
        remaining = iter(self._urls)
        self._new = 0

        async def work() -> None:
            for url in remaining:
                async with session.get(url, headers=self._conditions(url)) as response:
                    if response.status == 200:
                        self._store(
                            url, response.headers.get("ETag"), feedparser.parse(await response.read())
                        )

        async with aiohttp.ClientSession(headers={"User-Agent": AGENT}) as session:
            with Meter() as meter:
                await asyncio.gather(*(work() for _ in range(CONCURRENCY)))
        return Polled(meter.cost(len(self._urls)), self._new, 0, 0.0, meter.seconds, memory_of_family())

    def _conditions(self, url: str) -> dict[str, str]:
        row = self._database.execute("SELECT etag FROM feed WHERE url = ?", (url,)).fetchone()
        return {"If-None-Match": row[0]} if row and row[0] else {}

    def _store(self, url: str, etag: str | None, document: feedparser.FeedParserDict) -> None:
        with self._database:
            cursor = self._database.executemany(
                "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)",
                [(url, entry.id, entry.title, entry.link) for entry in document.entries],
            )
            self._new += cursor.rowcount
            self._database.execute("INSERT OR REPLACE INTO feed VALUES (?, ?)", (url, etag))

    def close(self) -> None:
        """Close the database."""
        self._database.close()


class Reader:
    """The package `reader`, its feeds updated by 64 workers."""

    def __init__(self, urls: Sequence[str], folder: str) -> None:
        self._count = len(urls)
        self._reader = make_reader(f"{folder}/reader.db")
        for url in urls:
            self._reader.add_feed(url)

    def poll(self, healthy: Collection[str] | None = None) -> Polled:
        """Update all."""
        new = failed = 0
        with Meter() as meter:
            for result in self._reader.update_feeds_iter(workers=CONCURRENCY, scheduled=False):
                if isinstance(result.value, Exception):
                    failed += 1
                elif result.value is not None:
                    new += result.value.new
        return Polled(meter.cost(self._count), new, failed, 0.0, meter.seconds, memory_of_family())

    def close(self) -> None:
        """Close the database."""
        self._reader.close()


class InProcess:
    """A client in a process of its own."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def poll(self, healthy: Collection[str] | None = None) -> Polled:
        """Poll there. Raises `RuntimeError` where the process died."""
        self._pipe.send((healthy,))
        try:
            polled = self._pipe.recv()
        except EOFError:
            raise RuntimeError("the client's process died") from None
        assert isinstance(polled, Polled)
        return polled


@contextmanager
def running(client: Callable[[Sequence[str], str], Client], urls: Sequence[str]) -> Iterator[InProcess]:
    """Run a client while the block lasts."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(client, urls, theirs))
    process.start()
    theirs.close()
    try:
        yield InProcess(ours)
    finally:
        ours.close()
        process.join(30)
        process.kill()


def _serve(client: Callable[[Sequence[str], str], Client], urls: Sequence[str], pipe: Connection) -> None:
    forget_main()
    with tempfile.TemporaryDirectory() as folder, closing(client(urls, folder)) as polling:  # type: ignore[type-var]
        while True:
            try:
                (healthy,) = pipe.recv()
            except EOFError:
                return
            pipe.send(polling.poll(healthy))


async def _probe(late: list[float]) -> None:
    """Note again and again how much later than asked the loop comes back."""
    loop = asyncio.get_running_loop()
    while True:
        asked = loop.time()
        await asyncio.sleep(LAG_PROBE_SECONDS)
        late.append(max(0.0, loop.time() - asked - LAG_PROBE_SECONDS))


async def _until(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


def _now() -> datetime:
    return datetime.now(UTC)
