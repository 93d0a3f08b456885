"""The push stage: push stored -> its entries -> articles found, as a poll's. One transaction stores and forgets a push."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from crawler.errors import CrawlerError
from crawler.in_flight import InFlight
from crawler.poll.intake import take_in
from crawler.poll.same_article import DocumentNews, FeedDocument
from crawler.pool import CpuPool
from crawler.schedule import Rhythm
from crawler.schedule.rhythm import learn
from crawler.sources.websub.following import after_push
from crawler.sources.websub.rest import next_gap
from crawler.values import ParsedFeed
from crawler.worker import FetchedDocument, read_document
from storage.engine import DATABASE_FAILS, Database
from storage.stores.feeds.polled import FeedRecord, read_polled, write_polled
from storage.stores.feeds.subscriptions import PushClaim, claim_pushes, is_push_waiting
from storage.tables import FeedState, Push, Subscription

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=3)
CONCURRENCY = 8
BURST = timedelta(minutes=1)
MOST_ATTEMPTS = 3
"""After which a push that kills its readers is given up, and its feed polled."""


@dataclass(frozen=True, slots=True)
class PushReport:
    """What came of one push, for people and logs."""

    outlet: str
    feed: str
    entries: int
    new_articles: int
    error: str | None


class PushReader:
    """Reads the pushes that wait. `step` claims and starts; the work goes on by itself.

    `longest` is the longest time between two polls, however many pushes come.
    """

    def __init__(
        self,
        database: Database,
        pool: CpuPool,
        *,
        fetch_pages: bool,
        longest: timedelta,
        owner: str,
        clock: Callable[[], datetime],
        on_push: Callable[[PushReport], None] = lambda _report: None,
        hint: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._pool = pool
        self._fetch_pages = fetch_pages
        self._longest = longest
        self._owner = owner
        self._clock = clock
        self._on_push = on_push
        self._under_way = InFlight(CONCURRENCY, hint)

    async def step(self) -> int:
        """Claim pushes, as many as there is room for, and starts on them; return how many."""
        if not self._under_way.free or not await self._database.reading(is_push_waiting):
            return 0

        def claim(session: Session) -> list[PushClaim]:
            return claim_pushes(
                session, now=self._clock(), owner=self._owner, lease=LEASE, limit=self._under_way.free
            )

        claims = await self._database.writing(claim)
        for claimed in claims:
            self._under_way.start(self._read(claimed))
        return len(claims)

    async def settle(self) -> None:
        """Wait until no push is being read."""
        await self._under_way.settle()

    async def drain(self, patience: timedelta) -> None:
        """Wait for the pushes under way, then gives the rest up; they stay stored."""
        await self._under_way.drain(patience)

    async def _read(self, claim: PushClaim) -> None:
        try:
            outcome = await self._parse(claim)

            def store(session: Session) -> PushReport | None:
                return self._record(session, claim=claim, outcome=outcome, now=self._clock())

            report = await self._database.writing(store)
        except DATABASE_FAILS as error:
            log.debug("push not stored; it is read again", feed=claim.feed, error=str(error).splitlines()[0])
            return
        except Exception:
            log.exception("push failed: internal error", outlet=claim.outlet, feed=claim.feed)
            return
        if report is None:
            return
        if report.error is not None:
            log.info(
                "push not read; the feed is polled", outlet=claim.outlet, feed=claim.feed, error=report.error
            )
        elif report.new_articles:
            log.debug("articles pushed", outlet=claim.outlet, feed=claim.feed, new=report.new_articles)
        self._on_push(report)

    async def _parse(self, claim: PushClaim) -> ParsedFeed | str:
        if claim.attempts > MOST_ATTEMPTS:
            return f"{claim.feed}: a push was tried {MOST_ATTEMPTS} times and could not be stored"
        if not claim.body.strip():
            return f"{claim.feed}: the push was empty"
        try:
            pushed = FetchedDocument(claim.body, claim.topic, claim.content_type, claim.feed)
            return await self._pool.run(read_document, pushed)
        except CrawlerError as error:
            return f"{claim.feed}: {error}"

    def _record(
        self, session: Session, *, claim: PushClaim, outcome: ParsedFeed | str, now: datetime
    ) -> PushReport | None:
        """Store what a push brought; None where the claim has gone to another in the meantime."""
        push = session.get(Push, claim.push_id, with_for_update=True, populate_existing=True)
        if push is None or push.lease_owner != self._owner:
            return None
        row = session.get_one(Subscription, push.subscription_id)
        context = read_polled(session, [row.feed_id])[row.feed_id]
        feed = context.feed
        session.delete(push)
        if isinstance(outcome, str):
            row.last_error = outcome
            write_polled(session, [replace(feed, next_poll_at=min(feed.next_poll_at, now))])
            return PushReport(claim.outlet, claim.feed, 0, 0, outcome)
        if feed.state is not FeedState.ACTIVE or not context.is_active:
            return None
        document = FeedDocument(
            feed.id,
            feed.outlet_id,
            feed.url,
            context.site,
            context.language,
            outcome,
            now,
            is_control=context.is_control,
        )
        (news,) = take_in(session, [document], fetch_pages=self._fetch_pages)
        if news.new:
            feed = _learned(replace(feed, last_entry_at=now), news, now)
        _note_push(row, push.received_at)
        write_polled(session, [after_push(row, feed, longest=self._longest)])
        return PushReport(claim.outlet, claim.feed, outcome.total, len(news.made), None)


def _learned(feed: FeedRecord, news: DocumentNews, now: datetime) -> FeedRecord:
    """Return the feed with pushed entries in its rhythm, so that polling knows it when pushes stop."""
    rhythm = Rhythm.from_json(feed.rhythm)
    end = now.timestamp()
    start = min(rhythm.as_of, end) if rhythm.as_of else 0.0
    published = (entry.published for entry in news.new)
    times = [end if moment is None else min(max(moment.timestamp(), start), end) for moment in published]
    return replace(feed, rhythm=learn(rhythm, times, now=end).to_json())


def _note_push(row: Subscription, at: datetime) -> None:
    """Learn the usual time between pushes. A hub may send each entry by itself: such a burst counts as one."""
    if row.last_push_at is not None and at - row.last_push_at < BURST:
        return
    usual = None if row.push_gap_seconds is None else timedelta(seconds=row.push_gap_seconds)
    gap = next_gap(usual, None if row.last_push_at is None else at - row.last_push_at)
    row.push_gap_seconds = None if gap is None else gap.total_seconds()
    row.last_push_at = at
