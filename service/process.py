"""The running service: one asyncio process that holds every stage.

Each stage is a loop of its own: it does what is due, then waits for a hint from the stage before it or for the tick, which comes
once a second. Hints only save time; what is due stands in the database.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import SQLAlchemyError

from alerts.delivery.sender import Sender
from alerts.stage import MatchReport, MatchStage
from crawler.fetch import Fetcher, FetcherOptions
from crawler.pages import PageOptions, PageReader, PageReport
from crawler.polling import Poller, PollOptions, PollReport
from crawler.pool import CpuPool
from crawler.robots_gate import RobotsGate
from crawler.schedule import Bounds
from service.channels import build_channels
from service.health import HealthOptions, HealthWatch
from service.provision import provision
from service.settings import Settings
from service.watching import doubts
from service.web.server import WebServer
from storage.engine import Database
from storage.lock import exclusive
from storage.migrate import upgrade
from storage.queries.leases import new_owner, release_dead

log = structlog.get_logger(__name__)

TICK = timedelta(seconds=1)
BREATH = timedelta(milliseconds=20)
"""Hints that come within so short a time are one."""
PATIENCE = timedelta(seconds=2)
"""How long work under way may go on after the order to stop; what is then left is taken up at the next start."""


def utc_now() -> datetime:
    """The service's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who is told what happens, besides the log (the demo's display, tests)."""

    on_poll: Callable[[PollReport], None] = lambda _report: None
    on_page: Callable[[PageReport], None] = lambda _report: None
    on_match: Callable[[MatchReport], None] = lambda _report: None


class Hints:
    """Wakes the stages. A hint only saves time: a stage that missed one finds its work at the next tick."""

    def __init__(self) -> None:
        self._events: list[asyncio.Event] = []

    def register(self) -> asyncio.Event:
        """Gives an event that every hint sets."""
        self._events.append(event := asyncio.Event())
        return event

    def wake(self) -> None:
        """Has every stage look for what is due now."""
        for event in self._events:
            event.set()


@dataclass(slots=True)
class Service:
    """The stages, assembled. `open_service` makes one; `run` works until `stop` is set."""

    database: Database
    poller: Poller
    pages: PageReader
    matching: MatchStage
    sender: Sender
    health: HealthWatch
    web: WebServer
    hints: Hints
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Works until `stop` is set, then lets what is under way finish for a moment and returns."""
        scheduler = AsyncIOScheduler(timezone=UTC)
        scheduler.add_job(
            self.hints.wake,
            "interval",
            seconds=TICK.total_seconds(),
            id="tick",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        scheduler.start()
        steps = {
            "polling": self.poller.step,
            "pages": self.pages.step,
            "matching": self.matching.step,
            "delivery": self.sender.step,
            "health": self.health.step,
        }
        loops = [asyncio.create_task(self._keep(name, step)) for name, step in steps.items()]
        try:
            await self.stop.wait()
        finally:
            scheduler.shutdown(wait=False)
            self.hints.wake()
            await asyncio.gather(*loops)
            await asyncio.gather(
                self.poller.drain(PATIENCE), self.pages.drain(PATIENCE), self.sender.drain(PATIENCE)
            )

    async def _keep(self, name: str, step: Callable[[], Awaitable[int]]) -> None:
        """Repeats one stage's step until the service stops. A database that fails is waited for, and told of once."""
        wake = self.hints.register()
        broken = False
        while not self.stop.is_set():
            wake.clear()
            try:
                done = await step()
            except SQLAlchemyError as error:
                if not broken:
                    log.error(
                        "the database can't be used; trying on", stage=name, error=str(error).splitlines()[0]
                    )
                broken = True
                done = 0
            else:
                if broken:
                    log.info("the database works again", stage=name)
                broken = False
            if done:
                self.hints.wake()
            await wake.wait()
            await asyncio.sleep(BREATH.total_seconds())


@asynccontextmanager
async def open_service(
    settings: Settings, *, watchers: Watchers | None = None, clock: Callable[[], datetime] = utc_now
) -> AsyncIterator[Service]:
    """Prepares the database and assembles the stages; on leaving, everything is closed.

    Raises `StorageError` (the database can't be used, or another service runs on it), and `OSError` where the web page's address
    is taken.
    """
    watchers = watchers or Watchers()
    async with AsyncExitStack() as stack:
        database = stack.enter_context(Database(settings.storage.url))
        stack.enter_context(exclusive(database))
        owner = new_owner()
        upgrade(database)
        with database.write() as session:
            release_dead(session, owner=owner)
            changed = provision(session, settings, now=clock())
        with database.read() as session:
            for warning in doubts(session, changed):
                log.warning("a rule needs attention", rule=warning)
        web = await stack.enter_async_context(WebServer(settings.web.listen, database))
        pool = await stack.enter_async_context(CpuPool())
        fetcher = await stack.enter_async_context(Fetcher(fetcher_options(settings)))
        hints = Hints()
        poller, pages = assemble_crawler(
            settings, database, fetcher, pool, owner=owner, clock=clock, watchers=watchers, hint=hints.wake
        )
        matching = MatchStage(database, clock=clock, on_match=watchers.on_match)
        stack.push_async_callback(matching.close)
        await matching.load()
        sender = Sender(database, build_channels(settings), owner=owner, clock=clock)
        stack.push_async_callback(sender.close)
        health = HealthWatch(database, health_options(settings), clock=clock)
        yield Service(database, poller, pages, matching, sender, health, web, hints)


def assemble_crawler(
    settings: Settings,
    database: Database,
    fetcher: Fetcher,
    pool: CpuPool,
    *,
    owner: str,
    clock: Callable[[], datetime],
    watchers: Watchers,
    hint: Callable[[], None] = lambda: None,
) -> tuple[Poller, PageReader]:
    """Gives the two stages of the crawler as the settings ask."""
    crawler = settings.crawler
    poller = Poller(
        database,
        fetcher,
        pool,
        PollOptions(
            bounds=Bounds(crawler.min_interval, crawler.max_interval, crawler.interval),
            concurrency=crawler.concurrency,
            host_delay=crawler.per_host_delay,
            fetch_pages=crawler.full_text,
            baseline_age=crawler.baseline_age,
        ),
        owner=owner,
        clock=clock,
        on_poll=watchers.on_poll,
        hint=hint,
    )
    pages = PageReader(
        database,
        fetcher,
        pool,
        RobotsGate(database, fetcher, obey=crawler.obey_robots, user_agent=crawler.agent, clock=clock),
        PageOptions(
            concurrency=crawler.concurrency,
            per_host=crawler.per_host_concurrency,
            host_delay=crawler.per_host_delay,
        ),
        owner=owner,
        clock=clock,
        on_ready=watchers.on_page,
        hint=hint,
    )
    return poller, pages


def health_options(settings: Settings) -> HealthOptions:
    """Gives whom to tell of outlets that break, and when, as the settings ask."""
    service = settings.service
    return HealthOptions(notify=service.notify, failures=service.failures, remind=service.remind)


def fetcher_options(settings: Settings) -> FetcherOptions:
    """Gives the fetcher's options as the settings ask."""
    crawler = settings.crawler
    return FetcherOptions(
        user_agent=crawler.agent,
        concurrency=2 * crawler.concurrency,
        timeout=crawler.timeout,
        max_body_bytes=crawler.max_body,
        allow_networks=crawler.allow_networks,
        proxy=crawler.proxy or None,
    )
