"""The polling stage: due feed -> response -> entries -> articles found. One transaction stores a poll whole."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlmodel import Session

from crawler.batches import Batches
from crawler.errors import CrawlerError, FeedError, FetchError
from crawler.fetch import Fetcher
from crawler.in_flight import InFlight
from crawler.polite.host_gate import HostGate
from crawler.poll.entries import Document, Stored, store_documents
from crawler.poll.gaps import note_filled, note_overlap
from crawler.poll.identity import has_time
from crawler.poll.outcomes import (
    Failure,
    PutOff,
    Success,
    discover,
    explain_status,
    note_failure,
    note_success,
    without_build_date,
)
from crawler.poll.seen import SeenEntries
from crawler.pool import CpuPool
from crawler.schedule import (
    Bounds,
    Failed,
    Hints,
    History,
    Polled,
    Rhythm,
    freshness,
    hints_of,
    next_poll,
)
from crawler.sources.websub.following import after_poll, follow
from crawler.sources.websub.links import advertised
from crawler.values import FetchRequest
from crawler.worker import ReadFeed, read_feed
from storage.engine import DATABASE_FAILS, Database
from storage.retry_after import parse_retry_after
from storage.rows import id_of
from storage.stores.feeds.feed_claims import FeedClaim, Marks, claim_due_feeds, load_feeds, marks_of
from storage.stores.feeds.subscriptions import active_subscriptions
from storage.tables import Feed, Outlet, Subscription

log = structlog.get_logger(__name__)

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml, "
    "application/xml;q=0.9, text/xml;q=0.9, application/json;q=0.8, */*;q=0.1"
)
LEASE = timedelta(minutes=3)
"""Longer than a fetch with its redirects and a parse may take."""
DELAYS = 100
"""Of so many entries the delay is kept."""


@dataclass(frozen=True, slots=True)
class PollOptions:
    """What the settings say about polling."""

    bounds: Bounds
    concurrency: int
    per_host: int
    host_delay: timedelta
    fetch_pages: bool
    follow_hubs: bool = False
    """Hubs can reach us: what they push need not be polled."""
    baseline_age: timedelta = timedelta(days=1)
    """What stands in a new feed and is older is kept, but alerts nobody."""


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
    gap: bool = False
    """Entries may have been lost since the poll before."""


@dataclass(frozen=True, slots=True)
class _Poll:
    """A poll that is over, to be stored."""

    claim: FeedClaim
    outcome: Success | Failure | PutOff
    now: datetime
    jitter: float


class Poller:
    """Polls what is due. `step` claims and starts; the polls go on by themselves."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        pool: CpuPool,
        gate: HostGate,
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
        self._gate = gate
        self._options = options
        self._owner = owner
        self._clock = clock
        self._on_poll = on_poll
        self._under_way = InFlight(options.concurrency, hint)
        self._records: Batches[_Poll, PollReport | None] = Batches(self._write)
        self._seen = SeenEntries()
        self._failing: dict[int, bool] = {}
        self.has_more = False
        """The last step took all that it had room for: more may be due."""

    async def step(self, *, only_outlet: str | None = None) -> int:
        """Claims the feeds that are due, as many as there is room for, and starts their polls; gives how many."""
        free = self._under_way.free
        if not free:
            return 0
        claims = await self._database.writing(
            partial(
                claim_due_feeds,
                now=self._clock(),
                owner=self._owner,
                lease=LEASE,
                limit=free,
                per_host=self._options.per_host,
                host_delay=self._options.host_delay,
                only_outlet=only_outlet,
            )
        )
        for claim in claims:
            self._under_way.start(self._poll(claim))
        self.has_more = len(claims) == free
        return len(claims)

    async def settle(self) -> None:
        """Waits until no poll is under way."""
        await self._under_way.settle()

    async def drain(self, patience: timedelta) -> None:
        """Waits for the polls under way, then gives the rest up; their feeds stay due."""
        await self._under_way.drain(patience)

    async def _poll(self, claim: FeedClaim) -> None:
        try:
            seen = self._seen.recall(claim.feed_id, claim.body_hash, now=self._clock())
            outcome = await self._ask(claim, seen)
            jitter = random.random()  # noqa: S311  (spreads polls, guards nothing)
            report = await self._records.add(_Poll(claim, outcome, self._clock(), jitter))
        except DATABASE_FAILS as error:
            log.debug("poll not stored; it is made again", feed=claim.url, error=str(error).splitlines()[0])
            return
        except Exception:
            log.exception("poll failed by a fault of ours", outlet=claim.outlet, feed=claim.url)
            return
        if report is not None:
            self._remember(claim, outcome, was_whole=not seen)
            self._tell(claim, report)

    def _remember(self, claim: FeedClaim, outcome: Success | Failure | PutOff, *, was_whole: bool) -> None:
        """Keeps in mind what a document said, now that it is stored; not where a hub tells of the feed's entries as well."""
        if not isinstance(outcome, Success) or outcome.document is None or outcome.fingerprint is None:
            return
        said = advertised(outcome.response.headers, outcome.response.url, outcome.document.feed)
        if self._options.follow_hubs and said.hubs:
            self._seen.forget(claim.feed_id)
            return
        self._seen.remember(
            claim.feed_id,
            outcome.fingerprint,
            outcome.document.seen,
            was_whole=was_whole,
            now=self._clock(),
        )

    async def _write(self, polls: Sequence[_Poll]) -> list[PollReport | None]:
        """Stores what came of polls in one transaction, and together: a statement each is what costs."""
        return await self._database.writing(partial(self._store, polls=polls))

    def _store(self, session: Session, *, polls: Sequence[_Poll]) -> list[PollReport | None]:
        """Stores what came of polls; gives None where a claim has gone to another in the meantime."""
        feed_ids = [poll.claim.feed_id for poll in polls]
        rows = load_feeds(session, feed_ids)  # held to the end: a session keeps its rows weakly
        feeds = {id_of(feed): (feed, outlet) for feed, _host, outlet in rows}
        marks = marks_of(session, feed_ids)
        pushed = active_subscriptions(session, feed_ids, now=self._clock()) if marks.with_hubs else {}
        mine = [poll for poll in polls if feeds[poll.claim.feed_id][0].lease_owner == self._owner]
        documents = {
            poll.claim.feed_id: self._document(*feeds[poll.claim.feed_id], poll.outcome.document, poll.now)
            for poll in mine
            if isinstance(poll.outcome, Success) and poll.outcome.document is not None
        }
        stored = dict(
            zip(
                documents,
                store_documents(session, list(documents.values()), fetch_pages=self._options.fetch_pages),
                strict=True,
            )
        )
        reports = {
            id(poll): self._record(
                session,
                *feeds[poll.claim.feed_id],
                poll,
                stored.get(poll.claim.feed_id),
                marks,
                pushed.get(poll.claim.feed_id),
            )
            for poll in mine
        }
        return [reports.get(id(poll)) for poll in polls]

    async def _ask(self, claim: FeedClaim, seen: bytes) -> Success | Failure | PutOff:
        request = FetchRequest(
            claim.url,
            etag=claim.etag,
            last_modified=claim.last_modified,
            accept=ACCEPT,
            outlet=claim.outlet,
        )
        try:
            response = await self._fetcher.fetch(request, gate=partial(self._gate.passing, claimed=claim.url))
        except FetchError as error:
            if error.kind == "wait":
                return PutOff(str(error), error.retry_after or timedelta(0))
            return Failure(str(error), error.kind, error.url)
        if response.status == 304:
            return Success(response, None, None)
        if not response.is_success:
            return Failure(
                explain_status(response),
                "http",
                response.url,
                response.status,
                parse_retry_after(response.headers.get("retry-after"), now=self._clock()),
            )
        fingerprint = hashlib.blake2b(without_build_date(response.body), digest_size=16).hexdigest()
        if fingerprint == claim.body_hash:
            return Success(response, None, fingerprint)
        try:
            document = await self._pool.run(
                read_feed, response.body, response.url, response.headers.get("content-type"), seen
            )
        except FeedError as error:
            return Failure(str(error), "feed", response.url, response.status, alternates=error.alternates)
        except CrawlerError as error:
            return Failure(f"{claim.url}: {error}", "feed", response.url, response.status)
        return Success(response, document, fingerprint)

    def _record(
        self,
        session: Session,
        feed: Feed,
        outlet: Outlet,
        poll: _Poll,
        stored: Stored | None,
        marks: Marks,
        subscription: Subscription | None,
    ) -> PollReport | None:
        """Stores what a poll says of its feed, and ends its claim; `stored` is what came of its document.

        None where there is nothing to tell.
        """
        outcome, now = poll.outcome, poll.now
        feed.lease_owner = feed.lease_until = None
        if isinstance(outcome, PutOff):
            log.info("poll put off", outlet=poll.claim.outlet, feed=feed.url, reason=outcome.message)
            spread = timedelta(seconds=poll.jitter * feed.interval_seconds)
            feed.next_poll_at = now + max(outcome.wait, spread)  # many may be sent to one host
            return None
        feed.last_polled_at = now
        feed.last_status = outcome.response.status if isinstance(outcome, Success) else outcome.status
        if isinstance(outcome, Failure) and discover(session, feed, outcome):
            feed.next_poll_at = now
            return None
        history = _history(feed)
        hints = Hints()
        entries = new_articles = 0
        result: Polled | Failed
        if isinstance(outcome, Success):
            result = Polled()
            if outcome.document is not None and stored is not None:
                self._note_document(session, feed, outlet, outcome.document, stored, now)
                entries, new_articles = outcome.document.entries, len(stored.made)
                result = Polled(tuple(item.entry.published for item in stored.new), entries)
                said = advertised(outcome.response.headers, outcome.response.url, outcome.document.feed)
                if self._options.follow_hubs and (said.hubs or feed.id in marks.with_hubs):
                    follow(session, feed, said, now=now)
            note_success(session, feed, outcome, now)
            hints = Hints.from_json(feed.hints, fresh=freshness(outcome.response.headers, now=now))
        else:
            note_failure(session, feed, outcome, now, jitter=poll.jitter)
            history = replace(history, failures=feed.failures)
            result = Failed(outcome.retry_after)
        decision = next_poll(history, result, hints, self._options.bounds, now=now, jitter=poll.jitter)
        feed.interval_seconds = decision.interval.total_seconds()
        feed.next_poll_at = decision.at
        feed.rhythm = decision.rhythm.to_json()
        if entries:
            feed.entries = entries
            since, has_gap = history.last_success, feed.id in marks.with_gaps
            note_overlap(session, feed, decision, since=since, entries=entries, has_gap=has_gap, now=now)
        if isinstance(outcome, Success) and subscription is not None:
            feed.next_poll_at = after_poll(
                subscription,
                feed,
                new_articles=new_articles,
                planned=decision.at,
                bounds=self._options.bounds,
                now=now,
            )
        return PollReport(
            poll.claim.outlet,
            feed.url,
            feed.last_status,
            entries,
            new_articles,
            outcome.message if isinstance(outcome, Failure) else None,
            feed.next_poll_at,
            decision.gap,
        )

    def _document(self, feed: Feed, outlet: Outlet, document: ReadFeed, now: datetime) -> Document:
        old_before = now - self._options.baseline_age if feed.baseline_at is None else None
        return Document(feed, outlet, document.found, now, old_before)

    def _note_document(
        self,
        session: Session,
        feed: Feed,
        outlet: Outlet,
        document: ReadFeed,
        stored: Stored,
        now: datetime,
    ) -> None:
        feed.kind = document.feed.kind
        feed.title = document.feed.title
        feed.hints = hints_of(document.feed).to_json()
        if feed.baseline_at is None:
            # what a first document that breaks off holds back is no news either, when the next one has it
            if document.entries and (not document.feed.is_cut_off or feed.last_success_at is not None):
                feed.baseline_at = now
                feed.last_entry_at = _newest(document, now)
        elif stored.new:
            feed.last_entry_at = now
            feed.delays = [*feed.delays, *_delays(stored, now)][-DELAYS:]
        if document.feed.kind.startswith("sitemap"):
            note_filled(session, outlet, stored.made)

    def _tell(self, claim: FeedClaim, report: PollReport) -> None:
        """Logs a feed that can't be read at its first poll since the start, and hands on the report.

        Later failures are judged by the service's health: one that passes is no news.
        """
        was_failing = self._failing.get(claim.feed_id)
        failing = report.error is not None
        self._failing[claim.feed_id] = failing
        if failing and not was_failing:
            tell = log.warning if was_failing is None else log.debug
            tell(
                "outlet unreachable",
                outlet=report.outlet,
                feed=report.url,
                error=report.error,
                next_try=report.next_poll_at.isoformat(timespec="seconds"),
            )
        elif was_failing and not failing:
            log.debug("outlet reachable again", outlet=report.outlet, feed=report.url)
        if report.new_articles:
            log.debug(
                "articles found",
                outlet=report.outlet,
                feed=report.url,
                new=report.new_articles,
                entries=report.entries,
            )
        self._on_poll(report)


def _history(feed: Feed) -> History:
    overlap = feed.overlap_seconds
    return History(
        rhythm=Rhythm.from_json(feed.rhythm),
        interval=timedelta(seconds=feed.interval_seconds),
        last_success=feed.last_success_at if feed.baseline_at is not None else None,
        entries=feed.entries,
        overlap=None if overlap is None else timedelta(seconds=overlap),
        failures=feed.failures,
    )


def _newest(document: ReadFeed, now: datetime) -> datetime | None:
    times = [item.entry.published for item in document.found if item.entry.published is not None]
    return min(max(times), now) if times else None


def _delays(stored: Stored, now: datetime) -> Iterator[int]:
    """Gives the seconds from publication to now of each new entry that says when it was published.

    A date without a time (midnight) tells nothing of that.
    """
    for item in stored.new:
        published = item.entry.published
        if published is not None and has_time(published):
            yield max(0, round((now - published).total_seconds()))
