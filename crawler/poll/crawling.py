"""A user's spider among the polls: its requests pass the gate and robots.txt like all others, its claim is kept while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlmodel import Session

from crawler.errors import FetchError
from crawler.fetch import Fetcher
from crawler.fetch.spiders.crossing import LONGEST_REST, Answer
from crawler.polite.host_gate import HostGate
from crawler.polite.noting import note_trouble
from crawler.polite.resting import BadAnswer, concerns_host
from crawler.polite.robots_gate import RobotsGate
from crawler.spider_values import SpiderOrder, SpiderOutcome
from crawler.unfetched import unfetched
from crawler.urls import host_of
from storage.engine import DATABASE_FAILS, Database
from storage.retry_after import parse_retry_after
from storage.stores.feeds.feed_claims import FeedClaim, extend_claim
from storage.stores.feeds.hosts import hosts_by_name
from storage.stores.feeds.turns import Turn
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=3)
"""Longer than a fetch with its redirects and a parse may take; that of a spider's source is renewed while it runs."""
RENEWED_EVERY = LEASE / 3


class SpiderCrawls:
    """Runs spiders for the claims of their sources."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        gate: HostGate,
        robots: RobotsGate,
        *,
        clock: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._fetcher = fetcher
        self._gate = gate
        self._robots = robots
        self._clock = clock

    async def run(self, claim: FeedClaim, order: SpiderOrder) -> SpiderOutcome:
        """Run a spider as one of the claim's outlet. It ends where another process takes the claim over."""
        keeping = asyncio.ensure_future(self._keep(claim, asyncio.current_task()))
        try:
            return await self._fetcher.crawl(
                replace(order, outlet=claim.outlet, access=claim.access),
                partial(self.passing, outlet_id=claim.outlet_id),
                clock=self._clock,
            )
        finally:
            keeping.cancel()

    async def _keep(self, claim: FeedClaim, poll: asyncio.Task[object] | None) -> None:
        """Renew the claim's lease while the spider runs."""

        def extend(session: Session) -> bool:
            return extend_claim(session, claim, until=self._clock() + LEASE)

        while True:
            await asyncio.sleep(RENEWED_EVERY.total_seconds())
            with suppress(*DATABASE_FAILS):  # it comes back before the lease ends, or the poll is made again
                if not await self._database.writing(extend) and poll is not None:
                    log.info("spider stopped: another process has claimed its source", outlet=claim.outlet)
                    poll.cancel()
                    return

    @asynccontextmanager
    async def passing(
        self, url: str, *, claimed: str | None = None, outlet_id: int | None = None
    ) -> AsyncIterator[Answer]:
        """Hold the turn at the host of a request that robots.txt allows, and note what it answers. Raises `FetchError`.

        Where a page in the browser is led on, `claimed` is the request whose turn is held: at its host no other is waited for.
        """
        async with AsyncExitStack() as stack:
            if claimed is not None and host_of(url) == host_of(claimed):
                host_id = await self._database.reading(_host_id(url))
                await self._check_robots(host_id, url, timedelta(), outlet_id)
            else:
                turn = await self._turn(stack, url, outlet_id)
                await self._check_robots(turn.host_id, url, turn.delay, outlet_id)
            answer = Answer()
            yield answer
        bad = _bad_answer(url, answer, now=self._clock())
        if bad is not None and concerns_host(bad):
            await self._database.writing(
                partial(note_trouble, bad=bad, asked=url, outlet_id=outlet_id, now=self._clock())
            )

    async def _check_robots(self, host_id: int, url: str, delay: timedelta, outlet_id: int | None) -> None:
        async def rest() -> None:
            await asyncio.sleep(delay.total_seconds())

        if not await self._robots.allows(host_id, url, rest=rest, outlet_id=outlet_id):
            raise FetchError(unfetched("forbidden", "robots-forbid", url), url=url)

    async def _turn(self, stack: AsyncExitStack, url: str, outlet_id: int | None) -> Turn:
        """Return the turn once it comes: a spider waits while its own time lasts, but not for a host that rests for long."""
        try:
            host_of(url)
        except ValueError as error:
            raise FetchError(unfetched("url", "scheme", url), url=url) from error
        while True:
            try:
                passing = self._gate.passing(url, claimed=None, outlet_id=outlet_id)
                turn = await stack.enter_async_context(passing)
            except FetchError as error:
                if error.kind != "wait" or (error.retry_after or timedelta()) > LONGEST_REST:
                    raise
                if error.trouble.facts.get("reason") == "rests":
                    await asyncio.sleep((error.retry_after or timedelta()).total_seconds())
            else:
                if turn is None:
                    raise RuntimeError(f"{url}: a request without a claim was given no turn")
                return turn


def _host_id(url: str) -> Callable[[Session], int]:
    """Return what reads the number of a URL's host."""
    name = host_of(url)
    return lambda session: hosts_by_name(session, {name})[name].id


def _bad_answer(url: str, answer: Answer, *, now: datetime) -> BadAnswer | None:
    """Return what an answer says against its host, if anything."""
    if answer.trouble is not None:
        return BadAnswer(answer.trouble, url, hung=answer.hung)
    if answer.status is None or answer.status < 400:
        return None
    trouble = Trouble("http", {"url": url, "status": answer.status})
    return BadAnswer(trouble, url, answer.status, parse_retry_after(answer.retry_after, now=now))
