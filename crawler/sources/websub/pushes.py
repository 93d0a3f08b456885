"""The push stage: push stored -> its entries -> articles found, as a poll's. One transaction stores and forgets a push."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session
from typing_extensions import override

from crawler.errors import CrawlerError
from crawler.poll.intake import take_in
from crawler.poll.same_article import DocumentNews, FeedDocument
from crawler.pool import CpuPool
from crawler.schedule import Rhythm
from crawler.schedule.rhythm import learn
from crawler.sources.websub.following import after_push
from crawler.sources.websub.rest import next_gap
from crawler.sources.websub.stage import LEASE, HubStage, StageOptions
from crawler.values import ParsedFeed
from crawler.worker import FetchedDocument, read_document
from storage.stores.feeds.polled import FeedRecord, read_polled, write_polled
from storage.stores.feeds.pushes import PushClaim, claim_pushes, is_push_waiting, take_push
from storage.stores.feeds.subscriptions import HubSubscription, change_subscription, subscription_of_id
from storage.tables import FeedState
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

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
    error: Trouble | None


class PushReader(HubStage[PushClaim]):
    """Reads the pushes that wait. `longest` is the longest time between two polls, however many pushes come."""

    def __init__(
        self,
        options: StageOptions,
        pool: CpuPool,
        *,
        fetch_pages: bool,
        longest: timedelta,
        on_push: Callable[[PushReport], None],
    ) -> None:
        super().__init__(options)
        self._pool = pool
        self._fetch_pages = fetch_pages
        self._longest = longest
        self._on_push = on_push

    @override
    def is_due(self, session: Session) -> bool:
        return is_push_waiting(session)

    @override
    def claim(self, session: Session, *, limit: int) -> Sequence[PushClaim]:
        return claim_pushes(
            session, now=self.options.clock(), owner=self.options.owner, lease=LEASE, limit=limit
        )

    @override
    async def work(self, claim: PushClaim) -> None:
        outcome = await self._parse(claim)
        report = await self.options.database.writing(
            lambda session: self._record(session, claim, outcome, self.options.clock())
        )
        if report is None:
            return
        if report.error is not None:
            log.info(
                "push not read; the feed is polled",
                outlet=claim.outlet,
                feed=claim.feed,
                error=report.error.kind,
                **report.error.facts,
            )
        elif report.new_articles:
            log.debug("articles pushed", outlet=claim.outlet, feed=claim.feed, new=report.new_articles)
        self._on_push(report)

    async def _parse(self, claim: PushClaim) -> ParsedFeed | Trouble:
        if claim.attempts > MOST_ATTEMPTS:
            return Trouble("push-tries", {"url": claim.feed, "tries": MOST_ATTEMPTS})
        if not claim.body.strip():
            return Trouble("push-empty", {"url": claim.feed})
        try:
            pushed = FetchedDocument(claim.body, claim.topic, claim.content_type, claim.feed)
            return await self._pool.run(read_document, pushed)
        except CrawlerError as error:
            return Trouble("push-not-read", {"url": claim.feed, "detail": str(error)})

    def _record(
        self, session: Session, claim: PushClaim, outcome: ParsedFeed | Trouble, now: datetime
    ) -> PushReport | None:
        """Store what a push brought; None where the claim has gone to another in the meantime."""
        if not take_push(session, claim):
            return None
        subscription = subscription_of_id(session, claim.subscription_id)
        if subscription is None:
            return None
        context = read_polled(session, [subscription.feed_id])[subscription.feed_id]
        feed = context.feed
        if isinstance(outcome, Trouble):
            change_subscription(session, subscription, replace(subscription, last_error=outcome))
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
        pushing = _with_push(subscription, claim.received_at)
        change_subscription(session, subscription, pushing)
        write_polled(session, [after_push(pushing, feed, longest=self._longest)])
        return PushReport(claim.outlet, claim.feed, outcome.total, len(news.made), None)


def _learned(feed: FeedRecord, news: DocumentNews, now: datetime) -> FeedRecord:
    """Return the feed with pushed entries in its rhythm, so that polling knows it when pushes stop."""
    rhythm = Rhythm.from_json(feed.rhythm)
    end = now.timestamp()
    start = min(rhythm.as_of, end) if rhythm.as_of else 0.0
    published = (entry.published for entry in news.new)
    times = [end if moment is None else min(max(moment.timestamp(), start), end) for moment in published]
    return replace(feed, rhythm=learn(rhythm, times, now=end).to_json())


def _with_push(subscription: HubSubscription, at: datetime) -> HubSubscription:
    """Learn the usual time between pushes. A hub may send each entry by itself: such a burst counts as one."""
    last = subscription.last_push_at
    if last is not None and at - last < BURST:
        return subscription
    seconds = subscription.push_gap_seconds
    usual = None if seconds is None else timedelta(seconds=seconds)
    gap = next_gap(usual, None if last is None else at - last)
    return replace(
        subscription, push_gap_seconds=None if gap is None else gap.total_seconds(), last_push_at=at
    )
