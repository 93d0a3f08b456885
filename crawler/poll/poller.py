"""The polling stage: a due source is claimed, asked, decided on and stored. One transaction stores a batch of polls whole.

`asking` does the I/O, `deciding` and `same_article` decide, `storage.stores.feeds.polled` and `….articles.found` store.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from crawler.batches import Batches
from crawler.domains import own_domains
from crawler.fetch import Fetcher
from crawler.in_flight import InFlight
from crawler.polite.host_gate import HostGate
from crawler.polite.noting import hosts_met
from crawler.polite.robots_gate import RobotsGate
from crawler.poll.asking import Asking
from crawler.poll.crawling import LEASE, SpiderCrawls
from crawler.poll.deciding import PollDecision, PollEvent, decide_poll, hosts_concerned
from crawler.poll.intake import MOST_A_DAY, take_in
from crawler.poll.outcomes import PollOutcome, PollPutOff, PollReport, PollSucceeded, moved_to
from crawler.poll.pushing import FeedPush, PolledWell
from crawler.poll.same_article import DocumentNews, FeedDocument
from crawler.poll.seen import SeenEntries
from crawler.pool import CpuPool
from crawler.schedule import Bounds
from crawler.sources.base import Source
from storage.engine import DATABASE_FAILS, Database
from storage.stores.feeds.feed_claims import FeedClaim, claim_due_feeds
from storage.stores.feeds.hosts import HostRecord, write_hosts
from storage.stores.feeds.polled import (
    FeedRecord,
    PollContext,
    addresses_polled,
    close_gaps,
    fill_gaps,
    host_id_of,
    open_gap,
    read_polled,
    write_polled,
)
from storage.stores.leases import free_feeds
from storage.unstored import Unstored

__all__ = ["PollOptions", "PollReport", "Poller"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class PollOptions:
    """What the settings say about polling."""

    bounds: Bounds
    concurrency: int
    per_host: int
    host_delay: timedelta
    fetch_pages: bool
    baseline_age: timedelta = timedelta(days=1)
    """What stands in a new feed and is older is kept, but alerts nobody."""
    most_articles_a_day: int = MOST_A_DAY
    """Of one outlet; what is over it waits."""


@dataclass(frozen=True, slots=True)
class _Poll:
    """A poll that is over, to be stored."""

    claim: FeedClaim
    event: PollEvent

    @property
    def outcome(self) -> PollOutcome:
        return self.event.outcome


class Poller:
    """Polls what is due. `step` claims and starts; the polls go on by themselves. `push` is what brings entries besides.

    `robots` is asked about login pages, and about what spiders ask for.
    """

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        pool: CpuPool,
        gate: HostGate,
        robots: RobotsGate,
        options: PollOptions,
        *,
        owner: str,
        clock: Callable[[], datetime],
        push: FeedPush | None = None,
        sources: Mapping[str, Source] | None = None,
        on_poll: Callable[[PollReport], None] = lambda _report: None,
        hint: Callable[[], None] = lambda: None,
    ) -> None:
        self._database = database
        crawls = SpiderCrawls(database, fetcher, gate, robots, clock=clock)
        self._asking = Asking(fetcher, pool, gate, robots, crawls, clock=clock, sources=sources)
        self._options = options
        self._owner = owner
        self._clock = clock
        self._push = push
        self._on_poll = on_poll
        self._under_way = InFlight(options.concurrency, hint)
        self._batches: Batches[_Poll, PollDecision | None] = Batches(self._write)
        self._unstored = Unstored(database, self._free_unstored)
        self._at: set[int] = set()
        """Feeds whose polls are under way."""
        self._seen = SeenEntries()
        self._failing: dict[int, bool] = {}
        self.has_more = False
        """The last step took all that it had room for: more may be due."""

    async def step(self, *, only_outlet: str | None = None) -> int:
        """Claim the feeds that are due, as many as there is room for, and start their polls; return how many."""
        free = self._under_way.free
        self.has_more = False
        if not free:
            return 0

        def claim(session: Session) -> list[FeedClaim]:
            return claim_due_feeds(
                session,
                now=self._clock(),
                owner=self._owner,
                lease=LEASE,
                limit=free,
                per_host=self._options.per_host,
                host_delay=self._options.host_delay,
                only_outlet=only_outlet,
            )

        await self._unstored.free()
        with self._unstored.noticed():
            claims = await self._database.writing(claim)
        for claimed in claims:
            self._at.add(claimed.feed_id)
            self._under_way.start(self._poll(claimed))
        self.has_more = len(claims) == free
        return len(claims)

    async def settle(self) -> None:
        """Wait until no poll is under way."""
        await self._under_way.settle()

    async def drain(self, patience: timedelta) -> None:
        """Wait for the polls under way, then give the rest up; their feeds stay due."""
        await self._under_way.drain(patience)

    def _free_unstored(self, session: Session) -> int:
        return free_feeds(session, self._owner, but=self._at)

    async def _poll(self, claim: FeedClaim) -> None:
        try:
            with self._unstored.noticed():
                await self._poll_and_store(claim)
        except DATABASE_FAILS as error:
            log.debug("poll not stored; it is made again", feed=claim.url, error=str(error).splitlines()[0])
        except Exception:
            log.exception("poll failed: internal error", outlet=claim.outlet, feed=claim.url)
        finally:
            self._at.discard(claim.feed_id)

    async def _poll_and_store(self, claim: FeedClaim) -> None:
        seen = self._seen.recall(claim.feed_id, claim.body_hash, now=self._clock())
        started = self._clock()
        outcome = await self._asking.ask(claim, seen)
        jitter = random.random()  # noqa: S311  (spreads polls, guards nothing)
        due = self._asking.due_after(claim, started=started)
        event = PollEvent(outcome, self._clock(), jitter, due, started)
        decision = await self._batches.add(_Poll(claim, event))
        if decision is None:
            log.debug("poll not stored: another process has claimed the feed", feed=claim.url)
            return
        if isinstance(outcome, PollPutOff):
            reason = outcome.trouble.facts.get("reason", outcome.trouble.kind)
            log.info("poll put off", outlet=claim.outlet, feed=claim.name, reason=reason)
        if decision.is_whole:
            self._remember(claim, outcome, was_whole=not seen)
        else:
            self._seen.forget(claim.feed_id)
        if decision.report is not None:
            self._tell(claim, decision.report)

    def _remember(self, claim: FeedClaim, outcome: PollOutcome, *, was_whole: bool) -> None:
        """Keep in mind what a document said, now that it is stored; not where a push tells of the feed's entries as well."""
        if not isinstance(outcome, PollSucceeded) or outcome.document is None or outcome.fingerprint is None:
            return
        if self._push is not None and self._push.brings(outcome.response, outcome.document):
            self._seen.forget(claim.feed_id)
            return
        self._seen.remember(
            claim.feed_id,
            outcome.fingerprint,
            outcome.document.seen,
            was_whole=was_whole,
            now=self._clock(),
        )

    async def _write(self, polls: Sequence[_Poll]) -> list[PollDecision | None]:
        """Store what came of polls in one transaction, and together: a statement each is what costs."""

        def store(session: Session) -> list[PollDecision | None]:
            return self._store(session, polls)

        return await self._database.writing(store)

    def _store(self, session: Session, polls: Sequence[_Poll]) -> list[PollDecision | None]:
        """Store polls; return what was decided of each, None where another has claimed the feed in the meantime."""
        contexts = read_polled(session, [poll.claim.feed_id for poll in polls])
        mine = [poll for poll in polls if contexts[poll.claim.feed_id].feed.lease_token == poll.claim.token]
        news = self._take_in(session, mine, contexts)
        met = hosts_met(session, _met(mine, contexts))
        hosts = {(host.name, host.outlet_id): host for host in met.values()}
        taken = _polled_elsewhere(session, mine)
        decisions: dict[int, PollDecision] = {}
        for poll in mine:
            context = contexts[poll.claim.feed_id]
            outlet_id = context.feed.outlet_id
            own = hosts.get((context.host.name, None), context.host)
            decision = decide_poll(
                replace(context, host=own),
                poll.event,
                news.get(poll.claim.feed_id),
                self._options.bounds,
                hosts={
                    name: hosts[name, met[name, outlet_id].outlet_id]
                    for name in hosts_concerned(poll.outcome)
                },
                taken=taken.get(poll.claim.feed_id, frozenset()),
            )
            # one batch may have several polls of a host
            hosts |= {(host.name, host.outlet_id): host for host in decision.hosts}
            decisions[poll.claim.feed_id] = decision
        self._apply(session, mine, decisions)
        write_hosts(session, _changed(decisions.values()))
        stored = {id(poll) for poll in mine}
        return [decisions[poll.claim.feed_id] if id(poll) in stored else None for poll in polls]

    def _take_in(
        self, session: Session, polls: Sequence[_Poll], contexts: Mapping[int, PollContext]
    ) -> dict[int, DocumentNews]:
        documents = [
            _document(contexts[poll.claim.feed_id], poll.outcome, poll.event.now, self._options)
            for poll in polls
            if isinstance(poll.outcome, PollSucceeded) and poll.outcome.document is not None
        ]
        stored = take_in(
            session,
            documents,
            fetch_pages=self._options.fetch_pages,
            most_a_day=self._options.most_articles_a_day,
        )
        return {document.feed_id: news for document, news in zip(documents, stored, strict=True)}

    def _apply(self, session: Session, polls: Sequence[_Poll], decisions: Mapping[int, PollDecision]) -> None:
        feeds: dict[int, FeedRecord] = {}
        for feed_id, decision in decisions.items():
            feed = decision.feed
            if decision.moves_to_host is not None:
                feed = feed.at_host(host_id_of(session, decision.moves_to_host))
                log.info("feed is polled at another address", feed=feed.url, address=feed.address)
            feeds[feed_id] = feed
        if self._push is not None:
            well = [_polled_well(poll, decisions[poll.claim.feed_id], feeds) for poll in polls]
            noted = [poll for poll in well if poll is not None]
            feeds |= self._push.polled(session, noted, self._options.bounds)
        write_polled(session, list(feeds.values()))
        for poll in polls:
            decision, now = decisions[poll.claim.feed_id], poll.event.now
            if decision.gap is not None:
                since, entries = decision.gap.since, decision.gap.entries
                polled = open_gap(session, decision.feed, since=since, until=now, entries=entries)
                log.warning(
                    "every entry is new: some may be lost",
                    feed=decision.feed.url,
                    since=since.isoformat(timespec="seconds"),
                    entries=entries,
                    sitemaps_polled=polled,
                )
            if decision.closes_gaps:
                close_gaps(session, poll.claim.feed_id, now=now)
            fill_gaps(session, decision.feed.outlet_id, decision.filled)

    def _tell(self, claim: FeedClaim, report: PollReport) -> None:
        """Log a feed that can't be read at its first poll since the start, and hand on the report.

        Later failures are judged by the service's health: one that passes is no news.
        """
        was_failing = self._failing.get(claim.feed_id)
        failing = report.error is not None
        self._failing[claim.feed_id] = failing
        if report.error is not None and not was_failing:
            tell = log.warning if was_failing is None else log.debug
            tell(
                "outlet unreachable",
                outlet=report.outlet,
                feed=report.url,
                error=report.error.kind,
                **{name: fact for name, fact in report.error.facts.items() if name != "url"},
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


def _document(
    context: PollContext, outcome: PollSucceeded, now: datetime, options: PollOptions
) -> FeedDocument:
    feed, document = context.feed, outcome.document
    if document is None:
        raise ValueError(f"{feed.url}: its document has not changed")
    return FeedDocument(
        feed.id,
        feed.outlet_id,
        feed.url,
        context.site,
        context.language,
        document,
        now,
        options.baseline_age,
        is_first=feed.baseline_at is None,
        last_read=feed.last_success_at if feed.baseline_at is not None else None,
        is_control=context.is_control,
    )


def _polled_elsewhere(session: Session, polls: Sequence[_Poll]) -> dict[int, frozenset[str]]:
    """Return for each feed the addresses that it was sent to for good and that other feeds are polled at."""
    targets = {
        poll.claim.feed_id: target
        for poll in polls
        if isinstance(poll.outcome, PollSucceeded)
        and (target := moved_to(poll.outcome.response.redirects)) is not None
    }
    polled = addresses_polled(session, set(targets.values()))
    return {
        feed_id: frozenset({target})
        for feed_id, target in targets.items()
        if polled.get(target, frozenset()) - {feed_id}
    }


def _polled_well(poll: _Poll, decision: PollDecision, feeds: Mapping[int, FeedRecord]) -> PolledWell | None:
    if not isinstance(poll.outcome, PollSucceeded) or decision.report is None:
        return None
    return PolledWell(
        feeds[poll.claim.feed_id],
        poll.outcome.response,
        poll.outcome.document,
        decision.report.new_articles,
        poll.event.now,
    )


def _changed(decisions: Iterable[PollDecision]) -> list[HostRecord]:
    """Return how the hosts stand at the end, in the order of their ids: for all, and for single outlets."""
    stands = {(host.id, host.outlet_id or 0): host for decision in decisions for host in decision.hosts}
    return [stands[key] for key in sorted(stands)]


def _met(polls: Iterable[_Poll], contexts: Mapping[int, PollContext]) -> set[tuple[str, int, frozenset[str]]]:
    """Return the hosts that polls say something of besides their own, each with the outlet and its own domains."""
    found = set()
    for poll in polls:
        context = contexts[poll.claim.feed_id]
        for name in hosts_concerned(poll.outcome):
            found.add((name, context.feed.outlet_id, own_domains((context.site, context.feed.url))))
    return found
