"""The running service: one asyncio process that holds every stage.

Each stage is a loop of its own: it does what is due, then waits for a hint from the stage before it or for the tick, which comes
once a second. Hints only save time; what is due stands in the database.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy.exc import SQLAlchemyError

from alerts.delivery.journal import journals_of
from alerts.delivery.recovery import recover
from alerts.delivery.sender import Sender
from alerts.search import Indexer
from alerts.stage import MatchReport, MatchStage
from alerts.stories.keeper import Windows
from crawler.extract import load_rules
from crawler.fetch import Fetcher, FetcherOptions, OutletOptions
from crawler.in_flight import PLACES_EACH
from crawler.polite.host_gate import HostGate
from crawler.polite.robots_gate import RobotsGate
from crawler.poll.poller import Poller, PollOptions, PollReport
from crawler.pool import CpuPool
from crawler.read.evidence import PageKeeper
from crawler.read.page_reader import PageOptions, PageReader, PageReport
from crawler.schedule import Bounds
from crawler.sources.websub.callback import Callback
from crawler.sources.websub.pushes import PushReader, PushReport
from crawler.sources.websub.subscriber import Subscriber
from service.channels import build_channels
from service.clock import utc_now
from service.health import HealthOptions, HealthWatch
from service.hints import Hints
from service.metrics import Metrics
from service.plugins import log_failed_plugins
from service.provision import provision
from service.pulse import Pulse
from service.settings import Settings
from service.upkeep import EVERY, Upkeep, upkeep_options
from service.watchdog import Watchdog
from service.watching import doubts
from service.web.app import build_app
from service.web.server import WebServer
from service.web.site import Site
from service.web.users import check_users
from storage.engine import Database
from storage.lock import exclusive
from storage.migrate import upgrade
from storage.stores.leases import new_owner, release_dead
from storage.stores.outbox.channels import signing_key

log = structlog.get_logger(__name__)

TICK = timedelta(seconds=1)
BREATH = timedelta(milliseconds=20)
"""Hints that come within so short a time are one."""
PATIENCE = timedelta(seconds=2)
"""How long work under way may go on after the order to stop; what is then left is taken up at the next start."""


@dataclass(frozen=True, slots=True)
class Watchers:
    """Who is told what happens, besides the log (the demo's display, tests)."""

    on_poll: Callable[[PollReport], None] = lambda _report: None
    on_page: Callable[[PageReport], None] = lambda _report: None
    on_push: Callable[[PushReport], None] = lambda _report: None
    on_match: Callable[[MatchReport], None] = lambda _report: None


@dataclass(slots=True)
class Service:
    """The stages, assembled. `open_service` makes one; `run` works until `stop` is set."""

    database: Database
    poller: Poller
    pages: PageReader
    matching: MatchStage
    indexer: Indexer
    sender: Sender
    pushes: PushReader
    subscriber: Subscriber | None
    """None without a public address."""
    health: HealthWatch
    upkeep: Upkeep
    web: WebServer
    hints: Hints
    site: Site
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Works until `stop` is set, then lets what is under way finish for a moment and returns."""
        scheduler = AsyncIOScheduler(timezone=UTC)

        def tick() -> None:
            watchdog.ticked()
            self.hints.tick()

        def revive() -> None:
            log.warning("the service's tick did not come: it is planned anew")
            scheduler.reschedule_job("tick", trigger="interval", seconds=TICK.total_seconds())

        watchdog = Watchdog(
            self.database,
            self.site.pulse,
            self.site.metrics,
            clock=self.site.clock,
            notify=self.site.settings.service.notify,
            revive=revive,
        )
        scheduler.add_job(
            tick,
            "interval",
            seconds=TICK.total_seconds(),
            id="tick",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        scheduler.add_job(
            self.upkeep.run,
            "interval",
            seconds=EVERY.total_seconds(),
            id="upkeep",
            coalesce=True,
            max_instances=1,
            misfire_grace_time=None,
        )
        scheduler.start()
        steps = {
            "polling": self.poller.step,
            "pages": self.pages.step,
            "matching": self.matching.step,
            "search index": self.indexer.step,
            "delivery": self.sender.step,
            "pushes": self.pushes.step,
            "health": self.health.step,
        }
        if self.subscriber is not None:
            steps["hubs"] = self.subscriber.step
        for name in steps:
            self.site.pulse.start(name)
        loops = [asyncio.create_task(self._keep(name, step)) for name, step in steps.items()]
        loops.append(asyncio.create_task(watchdog.run(self.stop)))
        try:
            await self.stop.wait()
        finally:
            scheduler.shutdown(wait=False)
            self.hints.tick()
            await asyncio.gather(*loops)
            stages = (self.poller, self.pages, self.sender, self.pushes, self.subscriber)
            await asyncio.gather(*(stage.drain(PATIENCE) for stage in stages if stage is not None))

    async def _keep(self, name: str, step: Callable[[], Awaitable[int]]) -> None:
        """Repeats one stage's step until the service stops. A database that fails is waited for; so is a fault of ours.

        Each is told of once, however often it comes: the stage is tried again every second. Where other services may share the
        database, feeds are claimed by the tick: one that is busy would else always look before one that is idle, and leave it
        nothing.
        """
        shares = name == "polling" and not self.database.is_sqlite
        wake = self.hints.register(only_ticks=shares)
        broken: str | None = None
        while not self.stop.is_set():
            wake.clear()
            began = time.monotonic()
            try:
                done = await step()
            except SQLAlchemyError as error:
                words = str(error).splitlines()[0]
                self.site.pulse.fail(name, f"the database can't be used: {words}")
                if broken is None:
                    log.error("the database can't be used; trying on", stage=name, error=words)
                broken = "database"
                done = 0
            except Exception as error:
                words = f"{type(error).__name__}: {error}"
                self.site.pulse.fail(name, f"a fault of ours: {words}")
                if broken != words:
                    log.exception("a stage failed by a fault of ours; trying on", stage=name)
                broken = words
                done = 0
            else:
                if broken is not None:
                    log.info("the stage works again", stage=name)
                broken = None
                self.site.pulse.beat(name)
            self.site.metrics.stepped(name, time.monotonic() - began)
            if done:
                self.hints.wake()
            if not (name == "polling" and self.poller.has_more):
                await wake.wait()
                if shares:  # at another moment of each second, or one service would come right after the other for ever
                    await asyncio.sleep(random.random() * TICK.total_seconds())  # noqa: S311
            await asyncio.sleep(BREATH.total_seconds() if broken is None else TICK.total_seconds())


@asynccontextmanager
async def open_service(
    settings: Settings,
    *,
    settings_file: str = "settings.toml",
    watchers: Watchers | None = None,
    clock: Callable[[], datetime] = utc_now,
) -> AsyncIterator[Service]:
    """Prepares the database and assembles the stages; on leaving, everything is closed.

    Raises `StorageError` (the database can't be used, or another service runs on it), and `OSError` where the web page's address
    is taken.
    """
    log_failed_plugins()
    pulse = Pulse()
    metrics = Metrics(pulse)
    watchers = _counting(watchers or Watchers(), metrics)
    async with AsyncExitStack() as stack:
        database = stack.enter_context(Database(settings.storage.url))
        stack.enter_context(exclusive(database))
        owner = new_owner()
        upgrade(database)
        journals = journals_of(database)
        await recover(database, journals)  # before what the dead had claimed is queued again
        with database.write() as session:
            changed = provision(session, settings, now=clock())  # first, for it waits for other processes
            release_dead(session, owner=owner)
            key = signing_key(session, now=clock())
        with database.read() as session:
            for warning in doubts(session, changed):
                log.warning("a rule needs attention", rule=warning)
            check_users(session, settings.web.listen)
        web = stack.enter_context(WebServer(settings.web.listen))
        hints = Hints()
        callback = Callback(database, max_body_bytes=settings.crawler.max_body, clock=clock, hint=hints.wake)
        pool = await stack.enter_async_context(CpuPool())
        fetcher = await stack.enter_async_context(Fetcher(fetcher_options(settings)))
        poller, pages = assemble_crawler(
            settings, database, fetcher, pool, owner=owner, clock=clock, watchers=watchers, hint=hints.wake
        )
        matching = MatchStage(
            database,
            clock=clock,
            on_match=watchers.on_match,
            windows=Windows(settings.stories.copies_window, settings.stories.stories_window),
        )
        stack.push_async_callback(matching.close)
        await matching.load()
        channels = build_channels(settings, key=key)
        sender = Sender(database, channels, owner=owner, clock=clock, journals=journals)
        stack.push_async_callback(sender.close)
        pushes = PushReader(
            database,
            pool,
            fetch_pages=settings.crawler.full_text,
            longest=settings.crawler.max_interval,
            owner=owner,
            clock=clock,
            on_push=watchers.on_push,
            hint=hints.wake,
        )
        subscriber = (
            Subscriber(
                database,
                fetcher,
                host_gate(settings, database, clock=clock),
                public_url=settings.web.public_url,
                host_delay=settings.crawler.per_host_delay,
                owner=owner,
                clock=clock,
                hint=hints.wake,
            )
            if settings.web.public_url
            else None
        )
        health = HealthWatch(database, health_options(settings), clock=clock)
        site = Site(
            database=database,
            settings=settings,
            settings_file=settings_file,
            clock=clock,
            fetcher=fetcher,
            pool=pool,
            pulse=pulse,
            metrics=metrics,
            hints=hints,
            callback=callback,
        )
        await stack.enter_async_context(web.serving(build_app(site), site.stopping))
        yield Service(
            database,
            poller,
            pages,
            matching,
            Indexer(database),
            sender,
            pushes,
            subscriber,
            health,
            Upkeep(database, upkeep_options(settings), clock=clock),
            web,
            hints,
            site,
        )


def _counting(watchers: Watchers, metrics: Metrics) -> Watchers:
    """Gives watchers that count what they are told, and pass it on."""

    def polled(report: PollReport) -> None:
        metrics.polled(report)
        watchers.on_poll(report)

    def read(report: PageReport) -> None:
        metrics.read_page(report)
        watchers.on_page(report)

    def matched(report: MatchReport) -> None:
        metrics.matched(report)
        watchers.on_match(report)

    return replace(watchers, on_poll=polled, on_page=read, on_match=matched)


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
    gate = host_gate(settings, database, clock=clock)
    poller = Poller(
        database,
        fetcher,
        pool,
        gate,
        PollOptions(
            bounds=Bounds(crawler.min_interval, crawler.max_interval, crawler.interval),
            concurrency=crawler.concurrency,
            per_host=crawler.per_host_concurrency,
            host_delay=crawler.per_host_delay,
            fetch_pages=crawler.full_text,
            follow_hubs=bool(settings.web.public_url),
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
        gate,
        RobotsGate(database, fetcher, gate, obey=crawler.obey_robots, user_agent=crawler.agent, clock=clock),
        PageOptions(
            concurrency=crawler.concurrency,
            per_host=crawler.per_host_concurrency,
            host_delay=crawler.per_host_delay,
            recheck=crawler.recheck,
            rules=load_rules(Path(crawler.page_rules)),
        ),
        owner=owner,
        clock=clock,
        keeper=(
            PageKeeper(Path(crawler.keep_pages_in), keep_for=crawler.keep_pages_for)
            if crawler.keep_pages
            else None
        ),
        on_ready=watchers.on_page,
        hint=hint,
    )
    return poller, pages


def host_gate(settings: Settings, database: Database, *, clock: Callable[[], datetime]) -> HostGate:
    """Gives the gate before hosts, as the settings ask."""
    crawler = settings.crawler
    return HostGate(
        database, per_host=crawler.per_host_concurrency, host_delay=crawler.per_host_delay, clock=clock
    )


def health_options(settings: Settings) -> HealthOptions:
    """Gives whom to tell of outlets that break, and when, as the settings ask."""
    service = settings.service
    return HealthOptions(notify=service.notify, failures=service.failures, remind=service.remind)


def fetcher_options(settings: Settings) -> FetcherOptions:
    """Gives the fetcher's options as the settings ask."""
    crawler = settings.crawler
    return FetcherOptions(
        user_agent=crawler.agent,
        concurrency=2
        * PLACES_EACH
        * crawler.concurrency,  # the stages bound themselves; this bounds connections
        timeout=crawler.timeout,
        max_body_bytes=crawler.max_body,
        allow_networks=crawler.allow_networks,
        proxy=crawler.proxy or None,
        scrapy=crawler.scrapy,
        outlets={outlet.name: OutletOptions(scrapy=outlet.scrapy) for outlet in settings.outlets},
    )
