"""The page stage: article found -> its page, politely -> article ready with text; and read again while it is warm.

A page that can't be had, now or for good, never loses its article: after a few tries the feed's own words stand in, with the
reason. What is stored is decided in `crawler.read.page_notes`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlmodel import Session

from crawler.errors import CrawlerError, FetchError
from crawler.extract import MOST_PAGES, HostRulesBook
from crawler.fetch import Fetcher
from crawler.in_flight import InFlight
from crawler.polite.host_gate import HostGate
from crawler.polite.robots_gate import RobotsGate
from crawler.pool import CpuPool
from crawler.read.evidence import PageKeeper
from crawler.read.page_notes import (
    Failure,
    PageReport,
    ReadPage,
    Unchanged,
    note_again,
    note_failure,
    note_page,
    stand_in,
)
from crawler.urls import canonical_url, host_of
from crawler.values import ExtractedPage, FetchRequest, Response
from crawler.worker import read_page
from storage.engine import DATABASE_FAILS, Database
from storage.retry_after import parse_retry_after
from storage.stores.articles.page_claims import PageClaim, claim_pages, kept_waiting
from storage.tables import Article

__all__ = ["PageOptions", "PageReader", "PageReport"]

log = structlog.get_logger(__name__)

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
LEASE = timedelta(minutes=3)
PATIENCE = timedelta(minutes=5)
"""How long an article waits for a host that asked us to stay away for longer than this."""
PASSING_KINDS = frozenset({"dns", "connect", "timeout", "robots", "wait"})
PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What the settings say about fetching pages."""

    concurrency: int
    per_host: int
    host_delay: timedelta
    recheck: tuple[timedelta, ...] = ()
    """How long after its first reading a page is read again."""
    rules: HostRulesBook = field(default_factory=HostRulesBook)


class PageReader:
    """Fetches the pages that are due and makes their articles ready. `step` claims and starts; the work goes on by itself."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        pool: CpuPool,
        gate: HostGate,
        robots: RobotsGate,
        options: PageOptions,
        *,
        owner: str,
        clock: Callable[[], datetime],
        keeper: PageKeeper | None = None,
        on_ready: Callable[[PageReport], None] = lambda _report: None,
        hint: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._fetcher = fetcher
        self._pool = pool
        self._gate = gate
        self._robots = robots
        self._options = options
        self._owner = owner
        self._clock = clock
        self._keeper = keeper
        self._on_ready = on_ready
        self._under_way = InFlight(options.concurrency, hint)

    async def step(self) -> int:
        """Claims the pages that are due, as many as there is room for, and starts on them; gives how many."""
        free = self._under_way.free
        if not free:
            return 0
        claims, reports = await self._database.writing(partial(self._take, now=self._clock(), limit=free))
        for claim in claims:
            self._under_way.start(self._read(claim))
        for report in reports:
            self._tell(report)
        return len(claims) + len(reports)

    def _take(
        self, session: Session, *, now: datetime, limit: int
    ) -> tuple[list[PageClaim], list[PageReport]]:
        """Claims what may be asked for; for what has waited too long for its host, the feed's own words stand in."""
        reports = []
        for article, outlet, reason in kept_waiting(session, now=now, patience=PATIENCE, limit=limit):
            reports.append(stand_in(session, article, reason or "its host asked us to wait", outlet, now))
        claims = claim_pages(
            session,
            now=now,
            owner=self._owner,
            lease=LEASE,
            limit=limit,
            per_host=self._options.per_host,
            host_delay=self._options.host_delay,
        )
        return claims, reports

    async def settle(self) -> None:
        """Waits until no page is under way."""
        await self._under_way.settle()

    async def drain(self, patience: timedelta) -> None:
        """Waits for the pages under way, then gives the rest up; they stay due."""
        await self._under_way.drain(patience)

    async def _read(self, claim: PageClaim) -> None:
        try:
            outcome = await self._ask(claim)
            report = await self._database.writing(
                partial(self._record, claim=claim, outcome=outcome, now=self._clock())
            )
        except DATABASE_FAILS as error:
            log.debug("page not stored; it is read again", url=claim.url, error=str(error).splitlines()[0])
            return
        except Exception:
            log.exception("page failed by a fault of ours", outlet=claim.outlet, url=claim.url)
            return
        if report is not None:
            self._tell(report)

    def _tell(self, report: PageReport) -> None:
        if report.error is not None:
            log.debug("page not read", outlet=report.outlet, url=report.url, error=report.error)
        self._on_ready(report)

    async def _ask(self, claim: PageClaim) -> ReadPage | Unchanged | Failure:
        request = FetchRequest(
            claim.url,
            accept=ACCEPT,
            etag=claim.etag,
            last_modified=claim.last_modified,
            outlet=claim.outlet,
        )
        response = await self._fetch(claim, request)
        if isinstance(response, Failure):
            return response
        if response.status == 304 and claim.is_recheck:
            return Unchanged()
        if not response.is_success:
            return Failure(
                f"{response.url} answered HTTP {response.status}",
                passing=response.status in PASSING_STATUSES,
                url=response.url,
                status=response.status,
                retry_after=parse_retry_after(response.headers.get("retry-after"), now=self._clock()),
            )
        try:
            page = await self._whole(claim, await self._extract(response))
        except CrawlerError as error:
            return Failure(f"{claim.url}: {error}", passing=False)
        headers = response.headers
        return ReadPage(page, etag=headers.get("etag"), last_modified=headers.get("last-modified"))

    async def _fetch(self, claim: PageClaim, request: FetchRequest) -> Response | Failure:
        try:
            rest = partial(self._gate.next, request.url, claim.host_id)
            await self._check_robots(claim.host_id, request.url, rest=rest)
            response = await self._fetcher.fetch(request, gate=partial(self._follow, claim))
        except FetchError as error:
            return Failure(
                str(error), passing=error.kind in PASSING_KINDS, url=error.url, hung=error.kind == "timeout"
            )
        if self._keeper is not None:
            await self._keeper.keep(response, now=self._clock())
        return response

    @asynccontextmanager
    async def _follow(self, claim: PageClaim, url: str) -> AsyncIterator[None]:
        """Lets a redirect pass to where its host's turn and robots.txt allow it."""
        async with self._gate.passing(url, claimed=claim.url) as turn:
            if turn is None:
                host_id, rest = claim.host_id, partial(self._gate.next, url, claim.host_id)
            else:
                host_id, rest = turn.host_id, partial(asyncio.sleep, turn.delay.total_seconds())
            await self._check_robots(host_id, url, rest=rest)
            yield

    async def _check_robots(self, host_id: int, url: str, *, rest: Callable[[], Awaitable[None]]) -> None:
        if not await self._robots.allows(host_id, url, rest=rest):
            raise FetchError(f"{url}: robots.txt of its host does not allow it", kind="forbidden", url=url)

    async def _extract(self, response: Response) -> ExtractedPage:
        rules = self._options.rules.of(host_of(response.url))
        content_type = response.headers.get("content-type")
        return await self._pool.run(
            read_page, response.body, response.url, content_type, rules, self._clock()
        )

    async def _whole(self, claim: PageClaim, page: ExtractedPage) -> ExtractedPage:
        """Follows an article in several pages, each a request in its turn; what can't be had is left out."""
        seen, following = {canonical_url(page.url)}, page.next_page
        while following and len(seen) < MOST_PAGES and host_of(following) == host_of(page.url):
            if canonical_url(following) in seen:
                break
            seen.add(canonical_url(following))
            part = await self._next_part(claim, following)
            if part is None or part.problem is not None:
                break
            known = set(page.text.split("\n"))
            lines = [line for line in part.text.split("\n") if line not in known]
            page = replace(page, text="\n".join([page.text, *lines]))
            following = part.next_page
        return page

    async def _next_part(self, claim: PageClaim, url: str) -> ExtractedPage | None:
        try:
            async with self._gate.passing(url, claimed=claim.url) as turn:
                if turn is None:
                    await self._gate.next(url, claim.host_id)
                else:
                    claim = replace(claim, url=url, host_id=turn.host_id)
                response = await self._fetch(claim, FetchRequest(url, accept=ACCEPT, outlet=claim.outlet))
        except FetchError:  # its host lets us wait for too long
            return None
        if isinstance(response, Failure) or not response.is_success:
            return None
        return await self._extract(response)

    def _record(
        self, session: Session, *, claim: PageClaim, outcome: ReadPage | Unchanged | Failure, now: datetime
    ) -> PageReport | None:
        """Stores what came of a page; None where there is nothing to tell, or the claim has gone to another."""
        article = session.get_one(Article, claim.article_id, with_for_update={"key_share": True})
        if article.lease_owner != self._owner:
            return None
        schedule = self._options.recheck
        if claim.is_recheck:
            return note_again(session, article, outcome, claim.outlet, schedule=schedule, now=now)
        if isinstance(outcome, ReadPage):
            return note_page(session, article, outcome, claim.outlet, schedule=schedule, now=now)
        if isinstance(outcome, Unchanged):  # no condition was made
            outcome = Failure(f"{claim.url} answered HTTP 304 to a first request", passing=False)
        return note_failure(session, article, outcome, claim.outlet, now=now)
