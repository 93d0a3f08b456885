"""What a poll makes of its feed: tables of how a feed stands, what came, and how it stands then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from crawler.polite.resting import BadAnswer
from crawler.poll.deciding import GONE_AFTER, PollEvent, decide_poll
from crawler.poll.outcomes import PollFailed, PollOutcome, PollPutOff, PollSucceeded
from crawler.poll.same_article import DocumentNews
from crawler.schedule import Bounds
from crawler.values import ParsedFeed, Redirect, Response
from storage.stores.feeds.hosts import HostRecord
from storage.stores.feeds.polled import FeedRecord, PollContext
from storage.tables import FeedState
from storage.troubles import Trouble, note
from tests.conftest import START

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BOUNDS = Bounds(MINUTE, 6 * HOUR, 15 * MINUTE)
URL, NEW = "https://gazette.example/rss", "https://gazette.example/new"
FEED = FeedRecord(
    id=1, outlet_id=1, host_id=1, url=URL, address=URL, source_kind="feed", source_settings={"url": URL}, source_state={},
    state=FeedState.ACTIVE, title="Gazette", kind="rss",
    etag='"1"', last_modified=None, body_hash="h", full_at=START, stale_validators=False, baseline_at=START,
    entries=10, rhythm={}, hints={}, overlap_seconds=None, delays=[], interval_seconds=900.0, next_poll_at=START,
    lease_until=START + MINUTE, lease_owner="here:1:x", lease_token=7, last_polled_at=START, last_success_at=START,
    last_entry_at=START, last_status=200, last_error=None, problem=None, failing_since=None, failures=0,
    redirect_target=None, moved_at=None, own_asked_at=None, gone_since=None,
)  # fmt: skip
HOST = HostRecord(1, "gazette.example", 0, None, None)


def decided(
    outcome: PollOutcome,
    feed: FeedRecord = FEED,
    *,
    jitter: float = 0.5,
    after: timedelta = HOUR,
    taken: frozenset[str] = frozenset(),
) -> FeedRecord:
    context = PollContext(feed, "Gazette", "https://gazette.example", "en", True, HOST)
    event = PollEvent(outcome, START + after, jitter)
    return decide_poll(context, event, DocumentNews(), BOUNDS, hosts={}, taken=taken).feed


def failed(status: int) -> PollFailed:
    return PollFailed(BadAnswer(Trouble("http", {"url": URL, "status": status}), URL, status))


def answered(*hops: tuple[int, str], title: str = "Gazette") -> PollSucceeded:
    redirects = tuple(Redirect(status, target) for status, target in hops)
    url = redirects[-1].location if redirects else URL
    document = ParsedFeed("rss", title, "en", "https://gazette.example", (), total=10)
    return PollSucceeded(Response(URL, url, 200, {}, b"", redirects), document, "other")


@pytest.mark.parametrize("outcome", [failed(500), answered(), PollPutOff(note("busy"), MINUTE)])
def test_claim_ends_and_its_token_with_it(outcome: PollOutcome) -> None:
    after = decided(outcome)
    assert (after.lease_until, after.lease_owner) == (None, None)
    assert after.lease_token > FEED.lease_token


def test_polls_that_are_put_off_are_spread() -> None:
    put_off = PollPutOff(note("busy"), 20 * timedelta(seconds=1))
    waits = [decided(put_off, jitter=jitter).next_poll_at - START - HOUR for jitter in (0.0, 0.3, 0.9)]
    assert waits == [timedelta(seconds=20), timedelta(seconds=270), timedelta(seconds=810)]
    assert decided(put_off) == replace(
        FEED,
        lease_until=None,
        lease_owner=None,
        lease_token=8,
        next_poll_at=START + HOUR + timedelta(seconds=450),
    )


@pytest.mark.parametrize(
    ("failures", "since", "state"),
    [
        pytest.param(0, None, FeedState.ACTIVE, id="the first 410"),
        pytest.param(9, GONE_AFTER - HOUR, FeedState.ACTIVE, id="not yet for days"),
        pytest.param(1, GONE_AFTER, FeedState.ACTIVE, id="for days, asked twice"),
        pytest.param(2, GONE_AFTER, FeedState.RETIRED, id="for days, asked thrice"),
    ],
)
def test_feed_is_gone_after_days_of_410(failures: int, since: timedelta | None, state: FeedState) -> None:
    gone_since = None if since is None else START + HOUR - since
    feed = replace(FEED, failures=failures, gone_since=gone_since)
    assert decided(failed(410), feed).state is state
    assert decided(failed(404), feed).gone_since is None


FOREIGN = "https://parked.example/rss"


@pytest.mark.parametrize(
    ("feed", "outcome", "address", "target"),
    [
        pytest.param(FEED, answered((301, NEW)), URL, NEW, id="seen once"),
        pytest.param(replace(FEED, redirect_target=NEW), answered((301, NEW)), NEW, None, id="seen twice"),
        pytest.param(
            replace(FEED, redirect_target=FOREIGN),
            answered((301, FOREIGN), title="Parked"),
            URL,
            FOREIGN,
            id="another site's feed",
        ),
        pytest.param(
            replace(FEED, address=NEW, moved_at=START),
            answered(),
            URL,
            NEW,
            id="its own address is asked an hour later",
        ),
        pytest.param(
            replace(FEED, address=NEW, moved_at=START), failed(404), URL, NEW, id="the new one fails"
        ),
        pytest.param(
            replace(FEED, redirect_target=NEW, moved_at=START), failed(404), NEW, None, id="its own one fails"
        ),
        pytest.param(
            replace(FEED, redirect_target=NEW, moved_at=START),
            answered(),
            URL,
            None,
            id="its own answers again",
        ),
    ],
)
def test_moves(feed: FeedRecord, outcome: PollOutcome, address: str, target: str | None) -> None:
    after = decided(outcome, feed)
    assert (after.address, after.redirect_target) == (address, target)


def test_address_of_another_feed_is_not_taken() -> None:
    feed = replace(FEED, redirect_target=NEW)
    assert decided(answered((301, NEW)), feed, taken=frozenset({NEW})).address == URL
