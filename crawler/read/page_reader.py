"""The page stage: article found -> its page, politely -> article ready with text; and read again while it is warm.

A page that can't be fetched, now or for good, never loses its article: after a few tries the feed's own words stand in, with the
reason. What is stored is decided in `crawler.read.deciding`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from sqlmodel import Session

from crawler.errors import CrawlerError, FetchError
from crawler.extract import MOST_PAGES, HostRulesBook
from crawler.fetch import Fetcher
from crawler.in_flight import PLACES_EACH, InFlight
from crawler.polite.host_gate import HostGate
from crawler.polite.noting import host_met
from crawler.polite.resting import BadAnswer, concerns_host
from crawler.polite.robots_gate import RobotsGate
from crawler.pool import CpuPool
from crawler.read.deciding import PageContext, PageDecision, decide_page, stand_in
from crawler.read.outcomes import PageFailed, PageOutcome, PageRead, PageReport, PageUnchanged
from crawler.unfetched import unfetched
from crawler.urls import canonical_url, host_of
from crawler.values import ExtractedPage, FetchRequest, Response
from crawler.worker import read_page
from storage.engine import DATABASE_FAILS, Database
from storage.retry_after import parse_retry_after
from storage.stores.articles.page_claims import PageClaim, claim_pages, is_any_page_due
from storage.stores.articles.page_lessons import PageLessons, lock_lessons, read_lessons, write_lessons
from storage.stores.articles.pages import kept_waiting, read_page_article, write_page_article
from storage.stores.feeds.hosts import HostRobots, write_hosts
from storage.stores.leases import free_pages
from storage.troubles import Trouble
from storage.unstored import Unstored

if TYPE_CHECKING:
    from crawler.read.evidence import PageKeeper

__all__ = ["PageOptions", "PageReader", "PageReport"]

log = structlog.get_logger(__name__)

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
LEASE = timedelta(minutes=3)
PATIENCE = timedelta(minutes=5)
"""How long an article waits for a host that asked us to stay away for longer than this."""
LOOKED_AFTER = timedelta(seconds=10)
"""How often articles that have waited so long are looked for."""
PASSING_KINDS = frozenset({"dns", "connect", "timeout", "robots", "wait", "login", "browser"})
PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
SHARES = 4
"""No outlet has more than such a part of the places for pages: one whose links all hang holds up no other."""
NOTHING_LEARNED = PageLessons(frozenset(), b"", [])


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
        self._of_outlets: Counter[int] = Counter()
        """How many pages of each outlet are under way."""
        self._at: set[int] = set()
        """Articles whose pages are under way."""
        self._unstored = Unstored(database, self._free_unstored)
        self._looked_at: datetime | None = None
        """When it was last asked which articles have waited too long; None where more of them may be left."""
        self.has_more = False
        """The last step took all that it had room for: more may be due."""

    async def step(self) -> int:
        """Claim the pages that are due, as many as there is room for, and starts on them; return how many."""
        free = self._under_way.free
        self.has_more = False
        if not free:
            return 0

        now = self._clock()
        looks = self._looked_at is None or not timedelta() <= now - self._looked_at < LOOKED_AFTER

        def take(session: Session) -> tuple[list[PageClaim], list[PageReport]]:
            if not (self._database.is_sqlite or is_any_page_due(session, now=self._clock())):
                return [], []
            return self._take(session, now=self._clock(), limit=free, looks=looks)

        await self._unstored.free()
        with self._unstored.noticed():
            # on SQLite a transaction that writes keeps others from it: it is asked before
            if self._database.is_sqlite and not await self._database.reading(
                is_any_page_due, now=self._clock()
            ):
                return 0
            claims, reports = await self._database.writing(take)
        if looks:
            self._looked_at = now if len(reports) < free else None
        for claim in claims:
            self._at.add(claim.article_id)
            self._of_outlets[claim.outlet_id] += 1
            self._under_way.start(self._counted(claim))
        for report in reports:
            self._tell(report)
        self.has_more = max(len(claims), len(reports)) == free
        return len(claims) + len(reports)

    def _take(
        self, session: Session, *, now: datetime, limit: int, looks: bool
    ) -> tuple[list[PageClaim], list[PageReport]]:
        """Claim what may be asked for; where it `looks`, the feed's own words stand in for what waited too long for its host."""
        reports = []
        waiting = kept_waiting(session, now=now, patience=PATIENCE, limit=limit) if looks else []
        for article, outlet, reason in waiting:
            context = PageContext(article, outlet, NOTHING_LEARNED)
            decision = stand_in(context, reason or Trouble("host-rests"), now)
            write_page_article(session, decision.article, decision.version, is_settled=decision.is_settled)
            reports += [decision.report] if decision.report is not None else []
        claims = claim_pages(
            session,
            now=now,
            owner=self._owner,
            lease=LEASE,
            limit=limit,
            per_host=self._options.per_host,
            host_delay=self._options.host_delay,
            under_way=self._of_outlets,
            per_outlet=max(self._options.per_host, PLACES_EACH * self._options.concurrency // SHARES),
        )
        return claims, reports

    async def settle(self) -> None:
        """Wait until no page is under way."""
        await self._under_way.settle()

    async def drain(self, patience: timedelta) -> None:
        """Wait for the pages under way, then gives the rest up; they stay due."""
        await self._under_way.drain(patience)

    async def _counted(self, claim: PageClaim) -> None:
        try:
            await self._read(claim)
        finally:
            self._of_outlets[claim.outlet_id] -= 1
            self._at.discard(claim.article_id)

    def _free_unstored(self, session: Session) -> int:
        return free_pages(session, self._owner, but=self._at)

    async def _read(self, claim: PageClaim) -> None:
        try:
            outcome = await self._ask(claim)

            def store(session: Session) -> PageReport | None:
                return self._store(session, claim, outcome, now=self._clock())

            with self._unstored.noticed():
                report = await self._database.writing(store)
        except DATABASE_FAILS as error:
            log.debug("page not stored; it is read again", url=claim.url, error=str(error).splitlines()[0])
            return
        except Exception:
            log.exception("page failed: internal error", outlet=claim.outlet, url=claim.url)
            return
        if report is not None:
            self._tell(report)

    def _tell(self, report: PageReport) -> None:
        if report.error is not None:
            log.debug("page not read", outlet=report.outlet, error=report.error.kind, **report.error.facts)
        self._on_ready(report)

    async def _ask(self, claim: PageClaim) -> PageOutcome:
        request = FetchRequest(
            claim.url,
            accept=ACCEPT,
            etag=claim.etag,
            last_modified=claim.last_modified,
            outlet=claim.outlet,
            access=claim.access,
            is_page=True,
        )
        response = await self._fetch(claim, request)
        if isinstance(response, PageFailed):
            return response
        if response.status == 304 and claim.is_recheck:
            return PageUnchanged()
        if not response.is_success:
            return PageFailed(
                BadAnswer(
                    Trouble("http", {"url": response.url, "status": response.status}),
                    response.url,
                    response.status,
                    parse_retry_after(response.headers.get("retry-after"), now=self._clock()),
                ),
                passing=response.status in PASSING_STATUSES,
            )
        try:
            page = await self._whole(claim, await self._extract(response, claim.home))
        except CrawlerError as error:
            trouble = Trouble("not-read", {"url": claim.url, "detail": str(error)})
            return PageFailed(BadAnswer(trouble), passing=False)
        headers = response.headers
        return PageRead(page, etag=headers.get("etag"), last_modified=headers.get("last-modified"))

    async def _fetch(self, claim: PageClaim, request: FetchRequest) -> Response | PageFailed:
        turn = _OwnTurn(self, claim)
        try:
            response = await self._fetcher.sessions.fetch(request, turn.ask, now=self._clock())
        except FetchError as error:
            answer = BadAnswer(error.trouble, error.url, hung=error.kind == "timeout")
            return PageFailed(answer, passing=error.kind in PASSING_KINDS)
        if self._keeper is not None:
            await self._keeper.keep(response, now=self._clock())
        return response

    @asynccontextmanager
    async def follow(self, claim: PageClaim, url: str) -> AsyncIterator[None]:
        """Let a redirect pass to where its host's turn and robots.txt allow it."""
        async with self._gate.passing(url, claimed=claim.url, outlet_id=claim.outlet_id) as turn:
            if turn is None:
                await self._check_robots(claim, claim.host_id, url, rest=_OwnTurn(self, claim).next)
            else:
                delay = turn.delay.total_seconds()

                async def rest() -> None:
                    await asyncio.sleep(delay)

                await self._check_robots(claim, turn.host_id, url, rest=rest)
            yield

    async def ask(self, claim: PageClaim, request: FetchRequest) -> Response:
        """Make a request in the turn of a claim, or in one of its own where it goes to another host. Raises `FetchError`."""
        if host_of(request.url) == host_of(claim.url):
            turn = _OwnTurn(self, claim)
            await self._check_robots(claim, claim.host_id, request.url, rest=turn.next, known=claim.robots)
            return await self._fetcher.fetch(request, gate=turn.follow)
        async with self.follow(claim, request.url):
            elsewhere = replace(claim, url=request.url)
            return await self._fetcher.fetch(request, gate=_OwnTurn(self, elsewhere).follow)

    async def next_turn(self, claim: PageClaim) -> None:
        """Wait for the next turn at a claim's own host. Raises `FetchError` of kind `wait`."""
        await self._gate.next(claim.url, claim.host_id, claim.outlet_id)

    async def _check_robots(
        self,
        claim: PageClaim,
        host_id: int,
        url: str,
        *,
        rest: Callable[[], Awaitable[None]],
        known: HostRobots | None = None,
    ) -> None:
        if not await self._robots.allows(host_id, url, rest=rest, outlet_id=claim.outlet_id, known=known):
            raise FetchError(unfetched("forbidden", "robots-forbid", url), url=url)

    async def _extract(self, response: Response, home: str) -> ExtractedPage:
        rules = self._options.rules.of(host_of(response.url))
        content_type = response.headers.get("content-type")
        return await self._pool.run(
            read_page, response.body, response.url, content_type, rules, self._clock(), home
        )

    async def _whole(self, claim: PageClaim, page: ExtractedPage) -> ExtractedPage:
        """Follow an article in several pages, each a request in its turn; what can't be fetched is left out."""
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
            async with self._gate.passing(url, claimed=claim.url, outlet_id=claim.outlet_id) as turn:
                if turn is None:
                    await self._gate.next(url, claim.host_id, claim.outlet_id)
                else:
                    claim = replace(claim, url=url, host_id=turn.host_id, robots=None)
                following = FetchRequest(
                    url, accept=ACCEPT, outlet=claim.outlet, access=claim.access, is_page=True
                )
                response = await self._fetch(claim, following)
        except FetchError:  # its host lets us wait for too long
            return None
        if isinstance(response, PageFailed) or not response.is_success:
            return None
        return await self._extract(response, claim.home)

    def _store(
        self, session: Session, claim: PageClaim, outcome: PageOutcome, *, now: datetime
    ) -> PageReport | None:
        """Store what came of a page; None where there is nothing to tell, or another has claimed it in the meantime."""
        article = read_page_article(session, claim.article_id)
        if article is None or article.lease_token != claim.token:
            return None
        lessons, host = NOTHING_LEARNED, None
        if isinstance(outcome, PageRead):
            lessons = read_lessons(session, outlet_id=article.outlet_id, host_id=article.host_id, now=now)
        elif isinstance(outcome, PageFailed) and concerns_host(outcome.answer):
            host = host_met(session, outcome.answer.url, article.outlet_id)

        def decide(known: PageLessons) -> PageDecision:
            return decide_page(
                PageContext(article, claim.outlet, known, host),
                outcome,
                is_recheck=claim.is_recheck,
                schedule=self._options.recheck,
                now=now,
            )

        decision = decide(lessons)
        _write(session, decision)
        if decision.lessons is not None:
            locked = lock_lessons(session, lessons, outlet_id=article.outlet_id, host_id=article.host_id)
            known = locked.known
            learned = decision.lessons if known == lessons else decide(known).lessons or known
            if claim.is_guest:
                learned = replace(learned, pages=known.pages)
            write_lessons(session, locked, learned, now=now)
        return decision.report


class _OwnTurn:
    """A page's claim, as turns at its host: what else is asked for it waits for the next."""

    def __init__(self, reader: PageReader, claim: PageClaim) -> None:
        self._reader = reader
        self._claim = claim
        self._asked = False

    async def ask(self, request: FetchRequest) -> Response:
        """Make a request: the first in the claim's turn, those that follow in the next. Raises `FetchError`."""
        if self._asked and host_of(request.url) == host_of(self._claim.url):
            await self.next()
        self._asked = True
        return await self._reader.ask(self._claim, request)

    async def next(self) -> None:
        """Wait for the next turn."""
        await self._reader.next_turn(self._claim)

    def follow(self, url: str) -> AbstractAsyncContextManager[None]:
        """Return what holds the turn at the host of a redirect."""
        return self._reader.follow(self._claim, url)


def _write(session: Session, decision: PageDecision) -> None:
    write_page_article(session, decision.article, decision.version, is_settled=decision.is_settled)
    if decision.host is not None:
        write_hosts(session, [decision.host])
