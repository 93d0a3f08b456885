"""The page stage: article found -> its page, politely -> article ready with text.

A page that can't be had, now or for good, never loses its article: after a few tries the feed's own words stand in, with the
reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlmodel import Session

from crawler.entries import make_ready
from crawler.errors import CrawlerError, FetchError
from crawler.fetch import Fetcher
from crawler.in_flight import InFlight
from crawler.pool import CpuPool
from crawler.robots_gate import RobotsGate
from crawler.schedule import LONGEST_RETRY_AFTER
from crawler.urls import canonical_url
from crawler.values import ExtractedPage, FetchRequest
from crawler.worker import read_page
from storage.engine import Database
from storage.queries.articles import PageClaim, claim_pages, kept_waiting
from storage.retry_after import parse_retry_after
from storage.tables import Article, Host

log = structlog.get_logger(__name__)

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
LEASE = timedelta(minutes=3)
RETRY_DELAYS = (timedelta(seconds=20), timedelta(minutes=2), timedelta(minutes=5))
"""Pauses before the second, third and fourth try; then the feed's own words stand in."""
PATIENCE = timedelta(minutes=5)
"""How long an article waits for a host that asked us to stay away for longer than this."""
PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class PageOptions:
    """What the settings say about fetching pages."""

    concurrency: int
    per_host: int
    host_delay: timedelta


@dataclass(frozen=True, slots=True)
class PageReport:
    """What came of one page, for people and logs."""

    outlet: str
    url: str
    title: str
    characters: int
    error: str | None


@dataclass(frozen=True, slots=True)
class _Failure:
    message: str
    passing: bool
    retry_after: timedelta | None = None


class PageReader:
    """Fetches the pages that are due and makes their articles ready. `step` claims and starts; the work goes on by itself."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        pool: CpuPool,
        robots: RobotsGate,
        options: PageOptions,
        *,
        owner: str,
        clock: Callable[[], datetime],
        on_ready: Callable[[PageReport], None] = lambda _report: None,
        hint: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._fetcher = fetcher
        self._pool = pool
        self._robots = robots
        self._options = options
        self._owner = owner
        self._clock = clock
        self._on_ready = on_ready
        self._under_way = InFlight(options.concurrency, hint)

    async def step(self) -> int:
        """Claims the pages that are due, as many as there is room for, and starts on them; gives how many."""
        if not self._under_way.free:
            return 0
        claims, reports = await self._database.writing(partial(self._take, now=self._clock()))
        for claim in claims:
            self._under_way.start(self._read(claim))
        for report in reports:
            self._tell(report)
        return len(claims) + len(reports)

    def _take(self, session: Session, now: datetime) -> tuple[list[PageClaim], list[PageReport]]:
        """Claims what may be asked for; for what has waited too long for its host, the feed's own words stand in."""
        limit = self._under_way.free
        reports = []
        for article, outlet, reason in kept_waiting(session, now=now, patience=PATIENCE, limit=limit):
            reports.append(_stand_in(session, article, reason or "its host asked us to wait", outlet, now))
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
        except Exception:
            log.exception("page failed by a fault of ours", outlet=claim.outlet, url=claim.url)
            return
        if report is not None:
            self._tell(report)

    def _tell(self, report: PageReport) -> None:
        if report.error is not None:
            log.info("page not read", outlet=report.outlet, url=report.url, error=report.error)
        self._on_ready(report)

    async def _ask(self, claim: PageClaim) -> ExtractedPage | _Failure:
        try:
            if not await self._robots.allows(claim.host_id, claim.url):
                return _Failure(f"{claim.url}: robots.txt of its host does not allow it", passing=False)
            response = await self._fetcher.fetch(FetchRequest(claim.url, accept=ACCEPT))
        except FetchError as error:
            return _Failure(str(error), passing=error.kind in ("dns", "connect", "timeout", "robots"))
        if response.status != 200:
            return _Failure(
                f"{response.url} answered HTTP {response.status}",
                passing=response.status in PASSING_STATUSES,
                retry_after=parse_retry_after(response.headers.get("retry-after"), now=self._clock()),
            )
        try:
            return await self._pool.run(
                read_page, response.body, response.url, response.headers.get("content-type")
            )
        except CrawlerError as error:
            return _Failure(f"{claim.url}: {error}", passing=False)

    def _record(
        self, session: Session, *, claim: PageClaim, outcome: ExtractedPage | _Failure, now: datetime
    ) -> PageReport | None:
        """Stores what came of a page; None where it is tried again later, or the claim has gone to another."""
        article = session.get_one(Article, claim.article_id)
        if article.lease_owner != self._owner:
            return None
        if isinstance(outcome, _Failure):
            return _note_failure(session, article, outcome, claim.outlet, now)
        return _note_page(session, article, outcome, claim.outlet, now)


def _note_page(
    session: Session, article: Article, page: ExtractedPage, outlet: str, now: datetime
) -> PageReport:
    """Takes over what the page says, and what the feed says where the page says nothing."""
    article.fetch_attempts += 1
    article.declared_url = canonical_url(page.canonical_url) if page.canonical_url else None
    article.authors = list(page.authors) or article.authors
    article.language = page.language or article.language
    article.lead = page.lead or article.lead
    article.image = page.image
    article.photo_credit = page.photo_credit
    article.paywalled = page.paywalled
    article.published_at = article.published_at or page.published
    article.modified_at = page.modified
    title = article.feed_title or page.title
    from_page = len(page.text) >= len(article.feed_text)
    article.fetch_error = None if page.text else f"{article.url}: no article text was found on the page"
    make_ready(
        session,
        article,
        title=title,
        text=page.text if from_page else article.feed_text,
        source="page" if from_page else "summary",
        now=now,
    )
    return PageReport(outlet, article.url, title, len(page.text), article.fetch_error)


def _note_failure(
    session: Session, article: Article, failure: _Failure, outlet: str, now: datetime
) -> PageReport | None:
    """Plans another try, or lets the feed's own words stand in."""
    if failure.retry_after is not None:
        host = session.get_one(Host, article.host_id)
        host.blocked_until = now + min(failure.retry_after, LONGEST_RETRY_AFTER)
        host.blocked_reason = failure.message
    if failure.passing and article.fetch_attempts < len(RETRY_DELAYS):
        article.fetch_error = failure.message
        article.next_fetch_at = now + RETRY_DELAYS[article.fetch_attempts]
        article.fetch_attempts += 1
        article.lease_until = article.lease_owner = None
        return None
    article.fetch_attempts += 1
    return _stand_in(session, article, failure.message, outlet, now)


def _stand_in(session: Session, article: Article, reason: str, outlet: str, now: datetime) -> PageReport:
    """Lets the feed's own words stand in for the page, and says why."""
    article.fetch_error = reason
    title, text = article.feed_title, article.feed_text
    make_ready(session, article, title=title, text=text, source="summary", now=now)
    return PageReport(outlet, article.url, title, 0, reason)
