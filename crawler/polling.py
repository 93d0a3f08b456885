"""The polling stage: due feed -> response -> entries -> articles found. One transaction stores a poll whole."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlmodel import Session

from crawler.entries import store_entries
from crawler.errors import CrawlerError, FeedError, FetchError
from crawler.fetch import Fetcher
from crawler.in_flight import InFlight
from crawler.pool import CpuPool
from crawler.schedule import LONGEST_RETRY_AFTER, Bounds, Failed, Polled, next_poll
from crawler.urls import host_of
from crawler.values import FetchRequest, Response
from crawler.websub.following import after_poll, follow
from crawler.websub.links import advertised
from crawler.worker import ReadFeed, read_feed
from storage.engine import Database
from storage.queries.feeds import FeedClaim, claim_due_feeds
from storage.queries.hosts import host_named
from storage.retry_after import parse_retry_after
from storage.rows import id_of
from storage.tables import Feed, FeedState, Host, Outlet

log = structlog.get_logger(__name__)

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
LEASE = timedelta(minutes=3)
"""Longer than a fetch with its redirects and a parse may take."""
PERMANENT_REDIRECTS = frozenset({301, 308})
HANG_PAUSE = timedelta(minutes=1)
"""How long a host rests after a request to it hung, so that its other feeds don't each wait in turn."""


@dataclass(frozen=True, slots=True)
class PollOptions:
    """What the settings say about polling."""

    bounds: Bounds
    concurrency: int
    host_delay: timedelta
    fetch_pages: bool
    follow_hubs: bool = False
    """Hubs can reach us: what they push need not be polled."""


@dataclass(frozen=True, slots=True)
class PollReport:
    """What came of one poll, for people and logs."""

    outlet: str
    url: str
    status: int | None
    """HTTP status; None where no response was had."""
    entries: int
    new_articles: int
    error: str | None
    next_poll_at: datetime


@dataclass(frozen=True, slots=True)
class _Success:
    response: Response
    document: ReadFeed | None
    """None where the feed has not changed."""
    body_hash: str | None


@dataclass(frozen=True, slots=True)
class _Failure:
    message: str
    kind: str
    status: int | None = None
    retry_after: timedelta | None = None
    alternates: tuple[str, ...] = ()
    """Feeds that a web page names, where a web page came."""


class Poller:
    """Polls what is due. `step` claims and starts; the polls go on by themselves."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        pool: CpuPool,
        options: PollOptions,
        *,
        owner: str,
        clock: Callable[[], datetime],
        on_poll: Callable[[PollReport], None] = lambda _report: None,
        hint: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        self._fetcher = fetcher
        self._pool = pool
        self._options = options
        self._owner = owner
        self._clock = clock
        self._on_poll = on_poll
        self._under_way = InFlight(options.concurrency, hint)
        self._failing: dict[int, bool] = {}

    async def step(self, *, only_outlet: str | None = None) -> int:
        """Claims the feeds that are due, as many as there is room for, and starts their polls; gives how many."""
        if not self._under_way.free:
            return 0
        claims = await self._database.writing(
            partial(
                claim_due_feeds,
                now=self._clock(),
                owner=self._owner,
                lease=LEASE,
                limit=self._under_way.free,
                host_delay=self._options.host_delay,
                only_outlet=only_outlet,
            )
        )
        for claim in claims:
            self._under_way.start(self._poll(claim))
        return len(claims)

    async def settle(self) -> None:
        """Waits until no poll is under way."""
        await self._under_way.settle()

    async def drain(self, patience: timedelta) -> None:
        """Waits for the polls under way, then gives the rest up; their feeds stay due."""
        await self._under_way.drain(patience)

    async def _poll(self, claim: FeedClaim) -> None:
        try:
            outcome = await self._ask(claim)
            record = partial(
                self._record,
                claim=claim,
                outcome=outcome,
                now=self._clock(),
                jitter=random.random(),  # noqa: S311  (spreads polls, guards nothing)
            )
            report = await self._database.writing(record)
        except Exception:
            log.exception("poll failed by a fault of ours", outlet=claim.outlet, feed=claim.url)
            return
        if report is not None:
            self._tell(claim, report)

    async def _ask(self, claim: FeedClaim) -> _Success | _Failure:
        request = FetchRequest(claim.url, etag=claim.etag, last_modified=claim.last_modified, accept=ACCEPT)
        try:
            response = await self._fetcher.fetch(request)
        except FetchError as error:
            return _Failure(str(error), error.kind, error.status, error.retry_after)
        if response.status == 304:
            return _Success(response, None, None)
        if response.status != 200:
            return _Failure(
                _explain_status(response),
                "http",
                response.status,
                parse_retry_after(response.headers.get("retry-after"), now=self._clock()),
            )
        body_hash = hashlib.blake2b(response.body, digest_size=16).hexdigest()
        if body_hash == claim.body_hash:
            return _Success(response, None, body_hash)
        try:
            document = await self._pool.run(
                read_feed, response.body, response.url, response.headers.get("content-type")
            )
        except FeedError as error:
            return _Failure(str(error), "feed", response.status, alternates=error.alternates)
        except CrawlerError as error:
            return _Failure(f"{claim.url}: {error}", "feed", response.status)
        return _Success(response, document, body_hash)

    def _record(
        self,
        session: Session,
        *,
        claim: FeedClaim,
        outcome: _Success | _Failure,
        now: datetime,
        jitter: float,
    ) -> PollReport | None:
        """Stores what came of a poll; None where the claim has gone to another in the meantime."""
        feed = session.get_one(Feed, claim.feed_id)
        if feed.lease_owner != self._owner:
            return None
        feed.lease_owner = feed.lease_until = None
        feed.last_polled_at = now
        feed.last_status = outcome.response.status if isinstance(outcome, _Success) else outcome.status
        entries = new_articles = 0
        if isinstance(outcome, _Success):
            if outcome.document is not None:
                entries = len(outcome.document.found)
                new_articles = self._store_document(session, feed, outcome.document, now)
                if self._options.follow_hubs:
                    said = advertised(outcome.response.headers, outcome.response.url, outcome.document.feed)
                    follow(session, feed, said, now=now)
            _note_success(session, feed, outcome, now)
            result: Polled | Failed = Polled(new_articles, entries)
        elif _discover(session, feed, outcome):
            feed.next_poll_at = now
            return None
        else:
            _note_failure(session, feed, outcome, now)
            result = Failed(outcome.retry_after)
        decision = next_poll(
            timedelta(seconds=feed.interval_seconds),
            feed.failures,
            result,
            self._options.bounds,
            now=now,
            jitter=jitter,
        )
        feed.interval_seconds = decision.interval.total_seconds()
        feed.next_poll_at = decision.at
        if isinstance(outcome, _Success):
            feed.next_poll_at = after_poll(
                session,
                feed,
                new_articles=new_articles,
                planned=decision.at,
                bounds=self._options.bounds,
                now=now,
            )
        return PollReport(
            claim.outlet,
            feed.url,
            feed.last_status,
            entries,
            new_articles,
            outcome.message if isinstance(outcome, _Failure) else None,
            feed.next_poll_at,
        )

    def _store_document(self, session: Session, feed: Feed, document: ReadFeed, now: datetime) -> int:
        outlet = session.get_one(Outlet, feed.outlet_id)
        made = store_entries(
            session, feed, outlet, document.found, now=now, fetch_pages=self._options.fetch_pages
        )
        feed.kind = document.feed.kind
        feed.title = document.feed.title
        if made:
            feed.last_entry_at = now
        return len(made)

    def _tell(self, claim: FeedClaim, report: PollReport) -> None:
        """Logs a change of state once, and hands on the report."""
        was_failing = self._failing.get(claim.feed_id)
        failing = report.error is not None
        self._failing[claim.feed_id] = failing
        if failing and not was_failing:
            log.warning(
                "outlet unreachable",
                outlet=report.outlet,
                feed=report.url,
                error=report.error,
                next_try=report.next_poll_at.isoformat(timespec="seconds"),
            )
        elif was_failing and not failing:
            log.info("outlet reachable again", outlet=report.outlet, feed=report.url)
        if report.new_articles:
            log.info(
                "articles found",
                outlet=report.outlet,
                feed=report.url,
                new=report.new_articles,
                entries=report.entries,
            )
        self._on_poll(report)


def _note_success(session: Session, feed: Feed, outcome: _Success, now: datetime) -> None:
    response = outcome.response
    feed.last_success_at = now
    feed.failures = 0
    feed.failing_since = None
    if outcome.document is not None:
        feed.problem = outcome.document.feed.problem
    if response.status == 200:
        feed.etag = response.headers.get("etag")
        feed.last_modified = response.headers.get("last-modified")
        feed.body_hash = outcome.body_hash
    _follow_move(session, feed, response)


def _note_failure(session: Session, feed: Feed, failure: _Failure, now: datetime) -> None:
    feed.failures += 1
    feed.failing_since = feed.failing_since or now
    feed.last_error = failure.message
    if failure.status == 410:
        feed.state = FeedState.RETIRED
    host = session.get_one(Host, feed.host_id)
    if failure.status in (429, 503) and failure.retry_after is not None:
        host.blocked_until = now + min(failure.retry_after, LONGEST_RETRY_AFTER)
        host.blocked_reason = failure.message
    elif failure.kind == "timeout":
        host.blocked_until = now + HANG_PAUSE
        host.blocked_reason = failure.message


def _discover(session: Session, feed: Feed, failure: _Failure) -> bool:
    """Takes the first feed that an outlet's own page names, where the user gave no feed but the page."""
    outlet = session.get_one(Outlet, feed.outlet_id)
    if not failure.alternates or feed.url != outlet.site or feed.address != feed.url:
        return False
    log.info("feed discovered", outlet=outlet.name, site=outlet.site, feed=failure.alternates[0])
    _set_address(session, feed, failure.alternates[0])
    return True


def _follow_move(session: Session, feed: Feed, response: Response) -> None:
    """Adopts a permanent redirect once it is seen twice in a row; one sighting may be a captive portal."""
    permanent = response.redirects and all(hop.status in PERMANENT_REDIRECTS for hop in response.redirects)
    target = response.url if permanent else None
    if target is None or target != feed.redirect_target:
        feed.redirect_target = target
        return
    feed.redirect_target = None
    log.info("feed moved for good", feed=feed.url, address=target)
    _set_address(session, feed, target)


def _set_address(session: Session, feed: Feed, address: str) -> None:
    feed.address = address
    feed.host_id = id_of(host_named(session, host_of(address)))


def _explain_status(response: Response) -> str:
    meaning = {
        401: "it asks for a login",
        403: "it refuses us",
        404: "there is nothing at this address: look for the outlet's new feed address",
        410: "the feed is gone for good and will not be polled again: remove it, or give its new address",
        429: "it asks for fewer requests",
    }.get(response.status, "the server has a fault" if response.status >= 500 else "not a feed's answer")
    return f"{response.url} answered HTTP {response.status}: {meaning}"
