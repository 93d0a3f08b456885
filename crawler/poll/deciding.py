"""What a poll makes of its feed, its host and its next poll. Pure: told how they stand and what came, how they stand now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.polite.resting import after_answer, after_trouble, concerns_host
from crawler.poll.identity import has_time
from crawler.poll.moving import adopted, after_success_elsewhere, back_home
from crawler.poll.outcomes import PollFailed, PollOutcome, PollPutOff, PollReport, PollSucceeded
from crawler.poll.same_article import DocumentNews
from crawler.schedule import (
    Bounds,
    Failed,
    History,
    NextPoll,
    Polled,
    PollHints,
    Rhythm,
    freshness,
    hints_of,
    next_poll,
)
from crawler.urls import host_of
from crawler.values import Entry, ParsedFeed
from storage.stores.feeds.hosts import HostRecord
from storage.stores.feeds.polled import FeedRecord, PollContext
from storage.tables import FeedState
from storage.troubles import Trouble

DELAYS = 100
"""Of so many entries the delay is kept."""
LONGEST_SPREAD = timedelta(minutes=1)
"""Of a poll that was put off, where its source has a schedule of its own: its interval may be a month."""
GONE_AFTER = timedelta(days=3)
"""How long a feed must answer 410 to be gone for good: one may be a mistake of a CDN or a plugin."""
GONE_TIMES = 3


@dataclass(frozen=True, slots=True)
class PollEvent:
    """A poll that is over: what came of it, when, and a random number in [0, 1) that spreads what follows.

    `due` is when the next is, where the source's settings say so; `started` when this one began.
    """

    outcome: PollOutcome
    now: datetime
    jitter: float
    due: datetime | None = None
    started: datetime | None = None


@dataclass(frozen=True, slots=True)
class OpenedGap:
    """A time in which entries may have been lost."""

    since: datetime
    entries: int


@dataclass(frozen=True, slots=True)
class PollDecision:
    """How a feed and the hosts on its way stand after a poll, and what else is to be stored."""

    feed: FeedRecord
    hosts: tuple[HostRecord, ...] = ()
    """Those that changed."""
    moves_to_host: str | None = None
    """The host of its new address."""
    gap: OpenedGap | None = None
    closes_gaps: bool = False
    filled: tuple[datetime, ...] = ()
    """When the articles that a sitemap brought were published: they may fill gaps of the outlet's feeds."""
    report: PollReport | None = None
    """None where there is nothing to tell."""
    is_whole: bool = True
    """All that its document says was taken in; else it is read again as if nothing of it were known."""


def hosts_concerned(outcome: PollOutcome) -> frozenset[str]:
    """Return the names of the hosts besides the feed's own that a poll says something of."""
    if isinstance(outcome, PollFailed) and concerns_host(outcome.answer):
        return frozenset({host_of(outcome.answer.url)})
    if isinstance(outcome, PollSucceeded) and outcome.response.redirects:
        return frozenset({host_of(outcome.response.url)})
    return frozenset()


def decide_poll(
    context: PollContext,
    event: PollEvent,
    news: DocumentNews | None,
    bounds: Bounds,
    *,
    hosts: Mapping[str, HostRecord],
    taken: frozenset[str] = frozenset(),
) -> PollDecision:
    """Return what a poll changes. Its claim ends in any case.

    `news` is what its document brought; `hosts` are those of `hosts_concerned`; `taken` the addresses at which other feeds are
    polled.
    """
    feed = replace(context.feed, lease_owner=None, lease_until=None, lease_token=context.feed.lease_token + 1)
    match event.outcome:
        case PollPutOff() as put_off:
            interval = LONGEST_SPREAD if event.due else timedelta(seconds=feed.interval_seconds)
            spread = event.jitter * interval  # many may be sent to one host
            return PollDecision(replace(feed, next_poll_at=event.now + max(put_off.wait, spread)))
        case PollFailed() as failed:
            return _after_failure(context, feed, failed, event, bounds, hosts)
        case PollSucceeded() as succeeded:
            return _after_success(context, feed, succeeded, event, news, bounds, hosts, taken)


def _after_failure(
    context: PollContext,
    feed: FeedRecord,
    failed: PollFailed,
    event: PollEvent,
    bounds: Bounds,
    hosts: Mapping[str, HostRecord],
) -> PollDecision:
    now, answer = event.now, failed.answer
    feed = replace(feed, last_polled_at=now, last_status=answer.status)
    if feed.url == context.site and feed.address == feed.url:
        # the user gave no feed but the outlet's page: the first that it names, or else the list that it is
        if failed.alternates:
            found = failed.alternates[0]
            return PollDecision(replace(feed, address=found, next_poll_at=now), moves_to_host=host_of(found))
        if failed.listed and feed.source_kind == "feed":
            settings = {"url": feed.url}
            return PollDecision(replace(feed, source_kind="list", source_settings=settings, next_poll_at=now))
    is_gone = answer.status == 410
    feed = replace(
        feed,
        failures=feed.failures + 1,
        failing_since=feed.failing_since or now,
        last_error=answer.trouble,
        gone_since=(feed.gone_since or now) if is_gone else None,
    )
    if feed.gone_since is not None and feed.failures >= GONE_TIMES and now - feed.gone_since >= GONE_AFTER:
        feed = replace(feed, state=FeedState.RETIRED)
    decision = next_poll(
        replace(_history(feed), failures=feed.failures),
        Failed(answer.retry_after),
        PollHints(),
        bounds,
        now=now,
        jitter=event.jitter,
    )
    feed = _scheduled(feed, decision, event)
    home = back_home(feed, now=now)
    changed = [
        after_trouble(host, answer, now=now, jitter=event.jitter)
        for host in hosts.values()
        if concerns_host(answer)
    ]
    return PollDecision(
        home or feed,
        tuple(changed),
        moves_to_host=host_of(home.address) if home is not None else None,
        report=PollReport(
            context.outlet, feed.url, answer.status, 0, 0, answer.trouble, (home or feed).next_poll_at
        ),
    )


def _after_success(
    context: PollContext,
    feed: FeedRecord,
    succeeded: PollSucceeded,
    event: PollEvent,
    news: DocumentNews | None,
    bounds: Bounds,
    hosts: Mapping[str, HostRecord],
    taken: frozenset[str],
) -> PollDecision:
    now, response, document = event.now, succeeded.response, succeeded.document
    history = _history(feed)
    news = news or DocumentNews()
    entries = document.total if document is not None else 0
    kept = 0 if document is not None and document.is_stream else entries
    before = feed
    if document is not None:
        feed = _with_document(feed, document, news, now)
    feed = replace(
        feed,
        last_polled_at=now,
        last_status=response.status,
        last_success_at=now,
        failures=0,
        failing_since=None,
        gone_since=None,
    )
    error = document.problem if document is not None and document.has_failed else None
    if error is not None:
        failures, since = before.failures + 1, before.failing_since or now
        feed = replace(feed, failures=failures, failing_since=since, last_error=error, problem=None)
    if response.status != 304:
        feed = _with_validators(feed, succeeded, now, is_whole=not news.waiting)
    hints = PollHints.from_json(feed.hints, fresh=freshness(response.headers, now=now))
    polled = Polled(tuple(entry.published for entry in news.new), kept)
    decision = next_poll(history, polled, hints, bounds, now=now, jitter=event.jitter)
    feed = _scheduled(feed, decision, event)
    gap = None
    if kept:
        overlap = None if decision.overlap is None else decision.overlap.total_seconds()
        feed = replace(feed, entries=entries, overlap_seconds=overlap)
        # one with a schedule of its own may leave out what it knows to have brought: that tells of no loss
        if decision.gap and history.last_success is not None and event.due is None:
            gap = OpenedGap(history.last_success, entries)
    moved = adopted(before, feed, response, document, taken=taken, now=now)
    feed = moved if moved is not None else after_success_elsewhere(feed, now=now)
    is_sitemap = document is not None and document.kind.startswith("sitemap")
    return PollDecision(
        feed,
        _answered(context.host, hosts, now),
        moves_to_host=host_of(feed.address) if feed.address != before.address else None,
        gap=gap,
        closes_gaps=bool(kept) and gap is None and decision.overlap is None and context.has_gap,
        filled=tuple(moment for moment in news.made if moment is not None) if is_sitemap else (),
        report=PollReport(
            context.outlet,
            feed.url,
            response.status,
            entries,
            len(news.made),
            error,
            feed.next_poll_at,
            decision.gap and event.due is None,
        ),
        is_whole=not news.waiting,
    )


def _answered(own: HostRecord, others: Mapping[str, HostRecord], now: datetime) -> tuple[HostRecord, ...]:
    hosts = {own.id: own} | {host.id: host for host in others.values()}
    after = [(host, after_answer(host, now=now)) for host in hosts.values()]
    return tuple(now_stands for host, now_stands in after if now_stands != host)


def _scheduled(feed: FeedRecord, decision: NextPoll, event: PollEvent) -> FeedRecord:
    interval = decision.interval if event.due is None else event.due - (event.started or event.now)
    return replace(
        feed,
        interval_seconds=interval.total_seconds(),
        next_poll_at=event.due or decision.at,
        rhythm=decision.rhythm.to_json(),
    )


def _with_document(feed: FeedRecord, document: ParsedFeed, news: DocumentNews, now: datetime) -> FeedRecord:
    """Return the feed with what its document says of it."""
    feed = replace(
        feed,
        kind=document.kind,
        title=document.title,
        hints=hints_of(document).to_json(),
        problem=Trouble("over-budget", {"waiting": news.waiting}) if news.waiting else document.problem,
        source_state=feed.source_state if document.state is None else document.state,
    )
    if feed.baseline_at is None:
        # what a first document that breaks off holds back is no news either, when the next one has it
        if (document.total or document.is_stream) and (
            not document.is_cut_off or feed.last_success_at is not None
        ):
            return replace(feed, baseline_at=now, last_entry_at=_newest(document.entries, now))
        return feed
    if news.new:
        delays = [*feed.delays, *_delays(news.new, now)][-DELAYS:]
        return replace(feed, last_entry_at=now, delays=delays)
    return feed


def _with_validators(
    feed: FeedRecord, outcome: PollSucceeded, now: datetime, *, is_whole: bool
) -> FeedRecord:
    """Return the feed with the validators of a whole document; where one breaks off, the whole is asked for at the next poll."""
    if not is_whole or (outcome.document is not None and outcome.document.is_cut_off):
        return replace(feed, etag=None, last_modified=None, body_hash=None)
    headers = outcome.response.headers
    etag, last_modified = headers.get("etag"), headers.get("last-modified")
    is_other = feed.body_hash is not None and outcome.fingerprint != feed.body_hash
    are_same = bool(etag or last_modified) and (etag, last_modified) == (feed.etag, feed.last_modified)
    return replace(
        feed,
        etag=etag,
        last_modified=last_modified,
        body_hash=outcome.fingerprint,
        full_at=now,
        # the same validators for another document: a 304 from here means nothing
        stale_validators=feed.stale_validators or (is_other and are_same),
    )


def _history(feed: FeedRecord) -> History:
    overlap = feed.overlap_seconds
    return History(
        rhythm=Rhythm.from_json(feed.rhythm),
        interval=timedelta(seconds=feed.interval_seconds),
        last_success=feed.last_success_at if feed.baseline_at is not None else None,
        entries=feed.entries,
        overlap=None if overlap is None else timedelta(seconds=overlap),
        failures=feed.failures,
    )


def _newest(entries: Sequence[Entry], now: datetime) -> datetime | None:
    times = [entry.published for entry in entries if entry.published is not None]
    return min(max(times), now) if times else None


def _delays(new: Sequence[Entry], now: datetime) -> Iterator[int]:
    """Yield the seconds from publication to now of each new entry that says when it was published.

    A date without a time (midnight) tells nothing of that.
    """
    for entry in new:
        if entry.published is not None and has_time(entry.published):
            yield max(0, round((now - entry.published).total_seconds()))
