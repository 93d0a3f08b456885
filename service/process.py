"""The running service: one asyncio process that holds all stages, or those of some roles.

Each stage is a loop of its own: it does what is due, then waits for a hint from the stage before it or for the tick, which comes
once a second. Hints only save time; what is due stands in the database.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from alerts.values import WatchList
from service.actions.provisioning import provision
from service.actions.users import check_users
from service.actions.warnings import warnings_of
from service.assembly import Assembly, Watchers
from service.clock import clock_of, utc_now
from service.hints import WORTH_A_LOOK, Patience
from service.locale import translator
from service.plugins import log_failed_plugins
from service.presence import Presence
from service.settings import Settings
from service.stages import EVERY_ROLE, Closes, Drains, HasMore, Loads, Stage, Worker, stages_of
from service.watchdog import Watchdog
from service.web.base_path import BasePath, base_path
from service.web.front import Front
from service.web.headers import Guard
from service.web.server import WebServer
from storage.bell import Bell, Ring
from storage.engine import Database
from storage.errors import StorageError
from storage.language import speak_for_the_service
from storage.lock import exclusive
from storage.migrate import upgrade
from storage.postgres import is_in_the_way
from storage.sealing import seal_what_is_open

log = structlog.get_logger(__name__)

TICK = timedelta(seconds=1)
BREATH = timedelta(milliseconds=20)
"""Hints that come within so short a time are one."""
PATIENCE = timedelta(seconds=2)
"""How long work under way may go on after the order to stop; what is then left is taken up at the next start."""
FETCHING = frozenset({"poll", "read", "web"})
"""The roles that ask hosts and read what they answer (the page tries outlets)."""


@dataclass(slots=True)
class Service:
    """The stages that this process runs. `open_service` makes one; `run` works until `stop` is set."""

    parts: Assembly
    stages: list[Stage]
    web: WebServer | None
    """None where the role `web` is another process'."""
    bell: Bell
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def database(self) -> Database:
        """The database that all stages share."""
        return self.parts.database

    @property
    def url(self) -> str:
        """Where the page is served. Raises `LookupError` where another process serves it."""
        if self.web is None:
            raise LookupError("this process has not the role web")
        return self.web.url

    async def run(self) -> None:
        """Work until `stop` is set, then let what is under way finish for a moment and return."""
        parts = self.parts
        speak_for_the_service(translator(parts.settings.service.language))
        watchdog = Watchdog(
            parts.database,
            parts.pulse,
            parts.metrics,
            clock=parts.clock,
            notify=parts.settings.service.notify,
        )
        working = [(stage, worker) for stage in self.stages if (worker := stage.worker(parts)) is not None]
        for stage, _worker in working:
            parts.pulse.start(stage.name)
        loops = [asyncio.create_task(self._keep(stage, worker)) for stage, worker in working]
        ticking = asyncio.create_task(self._tick())
        watching = asyncio.create_task(watchdog.run(self.stop))
        listening = asyncio.create_task(self.bell.run(self.stop))
        try:
            await self.stop.wait()
        finally:
            await ticking
            await asyncio.gather(*loops, watching, listening)
            drained = (worker for _stage, worker in working if isinstance(worker, Drains))
            await asyncio.gather(*(worker.drain(PATIENCE) for worker in drained))

    async def _tick(self) -> None:
        """Have every stage look for what is due, once a second by the loop's clock, which nobody sets back."""
        while not self.stop.is_set():
            self.parts.hints.hear(Ring(to_all=True))
            await _wait(self.stop, TICK)
        self.parts.hints.hear(Ring(to_all=True))

    async def _keep(self, stage: Stage, worker: Worker) -> None:
        """Repeat one stage's step until the service stops. A database that fails is waited for; so is a fault of ours.

        Each is logged once, however often it comes: the stage is tried again every second.
        """
        parts, name = self.parts, stage.name
        by_ticks = stage.is_shared_by_ticks and not parts.database.is_sqlite
        wake = parts.hints.register(name, after=stage.after, only_ticks=by_ticks)
        worth = WORTH_A_LOOK if isinstance(worker, HasMore) else 1
        patience = None if parts.database.is_sqlite or by_ticks else Patience(worth)
        broken: str | None = None
        while not self.stop.is_set():
            wake.clear()
            began = time.monotonic()
            done = 0
            try:
                done = await worker.step()
            except SQLAlchemyError as error:
                words = str(error).splitlines()[0]
                parts.pulse.fail(name, f"the database can't be used: {words}")
                if broken is None:
                    _log_unusable(name, error, words)
                broken = "database"
            except Exception as error:
                words = f"{type(error).__name__}: {error}"
                parts.pulse.fail(name, f"a fault of ours: {words}")
                if broken != words:
                    log.exception("a stage failed by a fault of ours; trying on", stage=name)
                broken = words
            else:
                if broken is not None:
                    log.info("the stage works again", stage=name)
                broken = None
                parts.pulse.beat(name)
            parts.metrics.stepped(name, time.monotonic() - began)
            if done and not isinstance(worker, Drains):  # what is under way tells of its end by itself
                parts.hints.wake(name, itself=not isinstance(worker, HasMore))
            if patience is not None:
                patience.looked(done)
            if by_ticks:  # at another moment of each second, or one service would always come after the other
                await wake.wait()
                await asyncio.sleep(random.random() * TICK.total_seconds())  # noqa: S311
            elif not (worker.has_more if isinstance(worker, HasMore) else done):
                await self._be_woken(wake, patience)
            await asyncio.sleep(BREATH.total_seconds() if broken is None else TICK.total_seconds())

    async def _be_woken(self, wake: asyncio.Event, patience: Patience | None) -> None:
        """Wait for a hint, then pause where other services hear the same hints and had taken the work before."""
        began = time.monotonic()
        await wake.wait()
        presence = self.parts.presence
        if patience is not None and presence is not None and presence.has_company:
            pause = patience.woken(time.monotonic() - began)
            await _wait(self.stop, timedelta(seconds=pause))


async def _wait(event: asyncio.Event, most: timedelta) -> None:
    """Wait for an event, or for so long."""
    try:
        async with asyncio.timeout(most.total_seconds()):
            await event.wait()
    except TimeoutError:
        return


def _log_unusable(stage: str, error: SQLAlchemyError, words: str) -> None:
    """Log that the database can't be used by a stage now; that others hold locks for long is no error of anybody's."""
    if is_in_the_way(error):
        log.warning(
            "another session of the database holds a lock for long; retrying", stage=stage, error=words
        )
    else:
        log.error("the database can't be used; trying on", stage=stage, error=words)


def _warn_of_rules(session: Session, changed: Sequence[WatchList]) -> None:
    """Log what is wrong with the rules that the settings changed."""
    if not changed:
        return

    for warning in warnings_of(session, changed):
        log.warning("a rule needs attention", rule=warning)


def _recover(database: Database) -> None:
    """Record what dead services of this machine had sent."""
    from alerts.delivery.journal import journals_of
    from alerts.delivery.recovery import recover_now

    recover_now(database, journals_of(database))


async def _open_worker(worker: object, stack: AsyncExitStack) -> None:
    """Have a worker load what it must know, and close on leaving."""
    if isinstance(worker, Closes):
        stack.push_async_callback(worker.close)
    if isinstance(worker, Loads):
        await worker.load()


@asynccontextmanager
async def open_service(
    settings: Settings,
    *,
    settings_file: str = "settings.toml",
    watchers: Watchers | None = None,
    clock: Callable[[], datetime] | None = None,
    roles: Collection[str] = EVERY_ROLE,
    migrate: Callable[[Database], object] = upgrade,
) -> AsyncIterator[Service]:
    """Prepare the database and assemble the stages of these roles; on leaving, everything is closed.

    The time is the database's, which on SQLite is the machine's, unless another `clock` is given.
    Raises `StorageError` (the database can't be used, another service runs on it, or it can't be shared), and `OSError` where the
    web page's address is taken.
    """
    log_failed_plugins()
    async with AsyncExitStack() as stack:
        database = stack.enter_context(Database(settings.storage.address))
        if database.is_sqlite and set(roles) != EVERY_ROLE:
            raise StorageError("SQLite serves one process: --only needs PostgreSQL (docs/operations.md)")
        stack.enter_context(exclusive(database))
        migrate(database)
        if database.key_file:
            with database.write() as session:
                seal_what_is_open(session)
        receivers_clock = utc_now
        if clock is None:
            clock = receivers_clock = clock_of(database)
        presence = Presence(database, clock, recover=partial(_recover, database), name=database.name)
        stack.enter_context(presence.held())
        parts = Assembly(
            settings,
            database,
            presence=presence,
            clock=clock,
            receivers_clock=receivers_clock,
            watchers=watchers,
            settings_file=settings_file,
        )
        presence.on_freed = partial(asyncio.get_running_loop().call_soon_threadsafe, parts.hints.tick)
        with database.write() as session:
            changed = provision(session, settings, now=clock(), is_start=True)
        with database.read() as session:
            _warn_of_rules(session, changed)
            if not (settings.web.oidc.issuer or settings.web.proxy_header.user):
                check_users(session, settings.web.listen)
        web = None
        if "web" in roles:
            header = settings.web.proxy_header
            identity = (header.user, header.groups) if header.user else ()
            web = stack.enter_context(
                WebServer(settings.web.listen, proxies=settings.web.trusted_proxies, identity=identity)
            )
        stack.push_async_callback(parts.close_workers)
        if FETCHING & set(roles):
            await stack.enter_async_context(parts.pool)
            await stack.enter_async_context(parts.fetcher)
        if "poll" in roles and parts.mailbox is not None:
            stack.push_async_callback(parts.mailbox.aclose)
        stages = stages_of(roles)
        for stage in stages:
            await _open_worker(stage.worker(parts), stack)
        if web is not None:
            app = BasePath(Guard(Front(parts.site), parts.metrics), base_path(settings.web.public_url))
            await stack.enter_async_context(web.serving(app, parts.site.stopping))
        bell = Bell(database, presence.name, heard=parts.hints.hear, has_company=lambda: presence.has_company)
        parts.hints.tell_others = bell.ring
        yield Service(parts, stages, web, bell)
