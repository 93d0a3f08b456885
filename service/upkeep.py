"""Upkeep: what is too old, or too much, is deleted in small steps; statistics are kept; free space is given back.

The service does it every hour, `tocsin db prune` when asked. Whatever later articles are still compared with stays.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from service.settings import Settings
from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.engine import Database
from storage.maintenance import give_back, optimize
from storage.memory import return_free_memory
from storage.stores.articles.forgotten import expire
from storage.stores.articles.page_lessons import forget_boilerplate
from storage.stores.feeds.control_findings import expire_findings
from storage.stores.feeds.hosts import expire_rests
from storage.stores.feeds.surveys import expire_surveys
from storage.stores.people.acts import expire_acts
from storage.stores.people.tries import expire_tries
from storage.stores.pruning import (
    Age,
    count_prunable_alerts,
    count_prunable_articles,
    delete_alerts,
    delete_articles,
    delete_told,
    prunable_alerts,
    prunable_articles,
)
from storage.stores.stats import count_articles, used_bytes

log = structlog.get_logger(__name__)

EVERY = timedelta(hours=1)
TRIMMED_EVERY = timedelta(minutes=1)
BATCH = 100
"""Articles or alerts of one transaction, which others wait for: some 30 ms."""
MARGIN = timedelta(days=1)
"""What is compared with later articles is kept so much longer than it is."""
ROOM = 0.95
"""So far below `max_size` it is brought, lest every new article need an old one deleted."""
ROUNDS = 20
FINDINGS_KEPT = timedelta(days=90)
"""What control sources had is compared for so long."""
SURVEYS_KEPT = timedelta(days=30)
RESTS_KEPT = timedelta(days=1)
"""How often an outlet was throttled where it was led is known for so long."""
FAILURES_KEPT = timedelta(days=1)
"""Failed tries of passwords; an hour counts."""
KNOWN_KEPT = timedelta(days=180)
"""Where users have signed in from."""


@dataclass(frozen=True, slots=True)
class UpkeepOptions:
    """What the settings say: how long articles without alerts, and alerts, are kept; bytes that are too many. None: no limit."""

    keep_articles: timedelta | None = None
    keep_alerts: timedelta | None = None
    max_bytes: int | None = None
    compared: timedelta = timedelta(days=14)
    """How long an article is compared with later ones."""
    keep_audit: timedelta | None = None
    """How long it is known who did what."""

    @property
    def prunes(self) -> bool:
        """Return whether anything is ever deleted."""
        return (self.keep_articles, self.keep_alerts, self.max_bytes) != (None, None, None)


@dataclass(slots=True)
class Pruned:
    """What was deleted."""

    articles: int = 0
    alerts: int = 0
    told: int = 0
    """Digests and words about the service."""
    is_still_too_large: bool = False
    """All that is left is too young to be deleted."""


class Upkeep:
    """Does what is to be done, in short transactions among those of the stages."""

    def __init__(self, database: Database, options: UpkeepOptions, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._options = options
        self._clock = clock
        self._next = time.monotonic() + EVERY.total_seconds()
        self._next_trim = time.monotonic() + TRIMMED_EVERY.total_seconds()
        self._running: asyncio.Task[None] | None = None

    async def step(self) -> int:
        """Begin the upkeep where an hour has gone by. It may take minutes, so it is not waited for.

        Each minute, memory that polls have let go of goes back to the system: it lies in pieces between what is held.
        """
        if time.monotonic() >= self._next_trim:
            self._next_trim = time.monotonic() + TRIMMED_EVERY.total_seconds()
            await asyncio.to_thread(return_free_memory)
        if self._running is not None and self._running.done():
            ended, self._running = self._running, None
            ended.result()  # raises what it raised
        if self._running is None and time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY.total_seconds()
            self._running = asyncio.create_task(self.run())
        return 0

    async def drain(self, patience: timedelta) -> None:
        """Let the upkeep finish within `patience`, and leave the rest for the next."""
        if self._running is not None:
            await asyncio.wait({self._running}, timeout=patience.total_seconds())
            self._running.cancel()

    async def run(self) -> None:
        """Do it all. A database that fails is logged; it is tried again in an hour."""
        try:
            pruned = await self.prune()
            await self._database.maintaining(partial(optimize, vacuum=bool(pruned.articles or pruned.alerts)))
            given = int(self._database.is_sqlite)
            while given:
                given = await self._database.writing(give_back)
        except SQLAlchemyError as error:
            log.error("upkeep failed; it is tried again in an hour", error=str(error).splitlines()[0])

    async def prune(self) -> Pruned:
        """Delete what is too old, then what is too much; return what."""
        pruned, options, now = Pruned(), self._options, self._clock()
        if options.keep_alerts is not None:
            await self._prune_alerts(pruned, self._age(now - options.keep_alerts))
            pruned.told = await self._database.writing(
                delete_told, before=self._age(now - options.keep_alerts).found_before
            )
        if options.keep_articles is not None:
            await self._prune_articles(pruned, self._age(now - options.keep_articles))
        if options.max_bytes is not None:
            await self._shrink(pruned, options.max_bytes, now)
        await self._database.writing(expire, now=now)
        await self._database.writing(forget_boilerplate, now=now)
        await self._database.writing(expire_findings, before=now - FINDINGS_KEPT)
        await self._database.writing(expire_surveys, before=now - SURVEYS_KEPT)
        await self._database.writing(expire_rests, before=now - RESTS_KEPT)
        await self._database.writing(
            expire_tries, failed_before=now - FAILURES_KEPT, known_before=now - KNOWN_KEPT
        )
        if options.keep_audit is not None:
            await self._database.writing(expire_acts, before=now - options.keep_audit)
        if pruned.articles or pruned.alerts:
            log.info("old articles and alerts deleted", articles=pruned.articles, alerts=pruned.alerts)
        if pruned.is_still_too_large:
            log.warning(
                "the database is larger than [storage] max_size, and what is left is too young to be deleted",
                max_bytes=options.max_bytes,
            )
        return pruned

    async def due(self) -> Pruned:
        """Return what is too old, and deletes nothing."""
        now, options = self._clock(), self._options

        def count(session: Session) -> Pruned:
            pruned = Pruned()
            if options.keep_alerts is not None:
                pruned.alerts = count_prunable_alerts(session, self._age(now - options.keep_alerts))
            if options.keep_articles is not None:
                pruned.articles = count_prunable_articles(session, self._age(now - options.keep_articles))
            return pruned

        return await self._database.reading(count)

    def _age(self, before: datetime) -> Age:
        return Age(before, self._clock() - self._options.compared - MARGIN)

    async def _prune_articles(self, pruned: Pruned, age: Age, *, most: int | None = None) -> int:
        count = after = 0
        while most is None or count < most:
            limit = BATCH if most is None else min(BATCH, most - count)
            deleted = await self._database.writing(
                _delete_some_articles, age=age, after=after, limit=limit, now=self._clock()
            )
            if not deleted:
                break
            count, after = count + len(deleted), deleted[-1]
        pruned.articles += count
        return count

    async def _prune_alerts(self, pruned: Pruned, age: Age, *, most: int | None = None) -> int:
        count = after = 0
        while most is None or count < most:
            limit = BATCH if most is None else min(BATCH, most - count)
            deleted = await self._database.writing(_delete_some_alerts, age=age, after=after, limit=limit)
            if not deleted:
                break
            count, after = count + len(deleted), deleted[-1]
        pruned.alerts += count
        return count

    async def _shrink(self, pruned: Pruned, most: int, now: datetime) -> None:
        """Delete the oldest until what is stored is small enough: articles without alerts, and only then alerts."""
        age = self._age(now)
        for _round in range(ROUNDS):
            used, articles = await self._database.reading(_used_and_articles)
            if used <= most * (1 if _round == 0 else ROOM):
                return
            too_many = max(1, round((used - ROOM * most) / used * articles))
            if await self._prune_articles(pruned, age, most=too_many):
                continue
            if not await self._prune_alerts(pruned, age, most=too_many):
                pruned.is_still_too_large = True
                return


def upkeep_options(settings: Settings) -> UpkeepOptions:
    """Return how long what is kept, as the settings ask."""
    storage = settings.storage
    return UpkeepOptions(
        storage.keep_articles,
        storage.keep_alerts,
        storage.max_size,
        settings.stories.copies_window,
        storage.keep_audit,
    )


def _delete_some_articles(
    session: Session, *, age: Age, after: int, limit: int, now: datetime
) -> Sequence[int]:
    hold_lock(session, AdvisoryLock.STORIES)
    found = prunable_articles(session, age, after=after, limit=limit)
    if found:
        delete_articles(session, found, now=now)
    return found


def _delete_some_alerts(session: Session, *, age: Age, after: int, limit: int) -> Sequence[int]:
    hold_lock(session, AdvisoryLock.STORIES)
    found = prunable_alerts(session, age, after=after, limit=limit)
    if found:
        delete_alerts(session, found)
    return found


def _used_and_articles(session: Session) -> tuple[int, int]:
    return used_bytes(session), count_articles(session)
