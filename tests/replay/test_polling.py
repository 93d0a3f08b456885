"""Polls against replayed outlets under a clock that is told the time: what HTTP answers, gaps and rhythm do to a feed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest
from aiohttp import web
from sqlalchemy import text
from sqlmodel import select
from structlog.testing import capture_logs

from crawler.fetch import Fetcher, FetcherOptions
from crawler.polite.host_gate import HostGate
from crawler.polite.robots_gate import RobotsGate
from crawler.poll.crawling import LEASE
from crawler.poll.poller import Poller, PollOptions, PollReport
from crawler.pool import CpuPool
from crawler.schedule import Bounds
from storage.engine import Database
from storage.stores.feeds.feed_claims import claim_due_feeds, make_due
from storage.tables import Article, ArticleState, Feed, FeedState, Gap, Host
from storage.troubles import Trouble
from tests.archive import put
from tests.conftest import START, Clock
from tests.databases import on_both, on_sqlite, rename
from tests.replay.outlets import Answer, ReplayOutlets, raw, status

pytestmark = on_sqlite

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FEED, OTHER, NEW = (f"http://gazette.example/{name}" for name in ("rss", "other", "new"))


@dataclass(slots=True)
class Crawl:
    """One outlet with feeds, and the polling stage over it."""

    database: Database
    outlets: ReplayOutlets
    poller: Poller
    clock: Clock
    another: Callable[..., Poller]
    """Makes a poller as after a restart."""
    reports: list[PollReport] = field(default_factory=list)

    def add(self, *feeds: str, name: str = "Gazette") -> None:
        with self.database.write() as session:
            put(session, name, feeds, interval=15 * MINUTE, now=self.clock.now)

    async def poll(self, after: timedelta = MINUTE, *, due: bool = False) -> list[PollReport]:
        """Go on by so much and polls every feed that may be polled then; with `due`, only those whose time has come."""
        self.clock.advance(after)
        self.reports.clear()
        if not due:
            with self.database.write() as session:
                make_due(session, now=self.clock.now)
        while await self.poller.step():
            await self.poller.settle()
        return list(self.reports)

    def feed(self, url: str = FEED) -> Feed:
        with self.database.read() as session:
            return session.exec(select(Feed).where(Feed.url == url)).one()

    def host(self) -> Host:
        with self.database.read() as session:
            return session.exec(select(Host).where(Host.name == "gazette.example")).one()

    def wait(self, url: str = FEED) -> float:
        """Minutes until the feed's next poll."""
        return (self.feed(url).next_poll_at - self.clock.now) / MINUTE


@pytest.fixture(scope="module")
def pool() -> Iterator[CpuPool]:
    started = CpuPool(workers=1)
    yield started
    asyncio.run(started.close())


@pytest.fixture
async def crawl(database: Database, pool: CpuPool, clock: Clock) -> AsyncIterator[Crawl]:
    async with ReplayOutlets() as outlets:
        options = FetcherOptions(user_agent="Tocsin/test", proxy=outlets.proxy)
        async with Fetcher(options) as fetcher:
            reports: list[PollReport] = []

            def another(hint: Callable[[], None] = lambda: None) -> Poller:
                gate = HostGate(database, per_host=2, host_delay=timedelta(0), clock=clock)
                robots = RobotsGate(database, fetcher, gate, obey=True, user_agent="Tocsin/test", clock=clock)
                return Poller(
                    database,
                    fetcher,
                    pool,
                    gate,
                    robots,
                    PollOptions(
                        bounds=Bounds(MINUTE, 6 * HOUR, 15 * MINUTE),
                        concurrency=8,
                        per_host=2,
                        host_delay=timedelta(0),
                        fetch_pages=False,
                    ),
                    owner="here:1:test",
                    clock=clock,
                    on_poll=reports.append,
                    hint=hint,
                )

            crawl = Crawl(database, outlets, another(), clock, another, reports)
            crawl.add(FEED)
            yield crawl


def dated(*ages: float, at: datetime = START, channel: str = "", first: int = 0, **headers: str) -> Answer:
    """A feed whose entries were published so many minutes before `at`; their numbers count on from `first`."""
    entries = "".join(
        f"<item><guid>{number}</guid><link>http://gazette.example/a/{number}</link><title>Report {number}</title>"
        f"<pubDate>{format_datetime(at - timedelta(minutes=age))}</pubDate></item>"
        for number, age in enumerate(ages, start=first)
    )
    body = f"<rss version='2.0'><channel><title>Replay</title>{channel}{entries}</channel></rss>"
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _request: web.Response(body=body.encode(), headers=sent)


def broken_off(request: web.BaseRequest) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


HOURLY = tuple(60.0 * number + 7 for number in range(30))


@pytest.mark.parametrize("code", [301, 308])
async def test_permanent_redirect_moves_the_feed_once_it_is_seen_twice(crawl: Crawl, code: int) -> None:
    crawl.outlets.script[FEED] = [status(code, Location=NEW)]
    crawl.outlets.script[NEW] = [dated(*HOURLY)]
    await crawl.poll()
    assert (crawl.feed().address, crawl.feed().moved_at) == (FEED, None)
    await crawl.poll()
    assert (crawl.feed().address, crawl.feed().moved_at) == (NEW, crawl.clock.now)
    await crawl.poll()
    assert crawl.outlets.times(FEED) == 2
    assert crawl.outlets.times(NEW) == 3


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([status(302, Location=NEW)], id="302"),
        pytest.param([status(307, Location=NEW)], id="307"),
        pytest.param(
            [status(301, Location=NEW), dated(*HOURLY), status(301, Location=NEW), dated()], id="not in a row"
        ),
        pytest.param(
            [status(301, Location=NEW), status(301, Location=OTHER)] * 3, id="never to the same place"
        ),
    ],
)
async def test_other_redirects_do_not_move_it(crawl: Crawl, answers: list[Answer]) -> None:
    crawl.outlets.script[FEED] = [*answers]
    crawl.outlets.script[NEW] = crawl.outlets.script[OTHER] = [dated(*HOURLY)]
    for _round in range(4):
        await crawl.poll()
    assert crawl.feed().address == FEED


async def test_passing_redirect_after_a_permanent_one_moves_it_to_where_that_led(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [status(301, Location=NEW)]
    crawl.outlets.script[NEW] = [status(302, Location=OTHER)]
    crawl.outlets.script[OTHER] = [dated(*HOURLY)]
    await crawl.poll()
    await crawl.poll()
    assert crawl.feed().address == NEW


async def test_feed_that_moves_to_another_feed_keeps_its_own_address(crawl: Crawl) -> None:
    crawl.add(FEED, NEW)
    crawl.outlets.script[FEED] = [status(301, Location=NEW)]
    crawl.outlets.script[NEW] = [dated(*HOURLY)]
    await crawl.poll()
    await crawl.poll()
    assert (crawl.feed().state, crawl.feed().address) == (FeedState.ACTIVE, FEED)
    assert crawl.feed(NEW).state is FeedState.ACTIVE


@on_both
async def test_feed_that_is_gone_for_days_is_retired_and_one_410_is_a_failure(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [status(410), dated(*HOURLY), status(410)]
    (report,) = await crawl.poll()
    assert report.error == Trouble("http", {"url": FEED, "status": 410})
    await crawl.poll()
    assert (crawl.feed().state, crawl.feed().failures) == (FeedState.ACTIVE, 0)
    for after in (HOUR, DAY, DAY):
        await crawl.poll(after)
        assert crawl.feed().state is FeedState.ACTIVE
    await crawl.poll(2 * DAY)
    assert crawl.feed().state is FeedState.RETIRED
    assert await crawl.poll() == []
    crawl.add(FEED)  # whoever adds it again has it asked
    assert len(await crawl.poll(due=True)) == 1


async def test_moved_feed_goes_back_to_its_own_address_when_the_other_fails(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [status(301, Location=NEW), status(301, Location=NEW), dated(*HOURLY)]
    crawl.outlets.script[NEW] = [dated(*HOURLY), dated(*HOURLY), status(404)]
    await crawl.poll()
    await crawl.poll()
    assert crawl.feed().address == NEW
    await crawl.poll(due=False)
    await crawl.poll(due=True)
    feed = crawl.feed()
    assert (feed.address, feed.failures, feed.moved_at) == (FEED, 0, None)


async def test_moved_feed_is_asked_at_its_own_address_now_and_then(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [status(301, Location=NEW)]
    crawl.outlets.script[NEW] = [dated(*HOURLY)]
    for _poll in range(3):
        await crawl.poll()
    moved_at, asked = crawl.feed().moved_at, crawl.outlets.times(FEED)
    assert moved_at is not None
    await crawl.poll(2 * HOUR)
    assert crawl.feed().address == FEED
    await crawl.poll()
    assert (crawl.feed().address, crawl.feed().moved_at) == (NEW, moved_at)  # nobody is told of it again
    assert crawl.outlets.times(FEED) == asked + 1


async def test_feed_that_is_sent_to_another_outlets_feed_does_not_move(crawl: Crawl) -> None:
    foreign = "http://parked.example/rss"
    crawl.outlets.script[FEED] = [dated(*HOURLY), status(301, Location=foreign)]
    crawl.outlets.script[foreign] = [
        raw(b"<rss version='2.0'><channel><title>Parked</title></channel></rss>")
    ]
    for _poll in range(4):
        await crawl.poll()
    assert (crawl.feed().address, crawl.feed().title) == (FEED, "Replay")


@pytest.mark.parametrize("code", [404, 403, 500, 502])
async def test_errors_back_off_and_one_success_ends_that(crawl: Crawl, code: int) -> None:
    crawl.outlets.script[FEED] = [dated(*HOURLY), *[status(code)] * 8, dated(*HOURLY)]
    await crawl.poll()
    usual = crawl.feed().interval_seconds / 60
    waits = []
    for _failure in range(8):
        await crawl.poll(timedelta(minutes=crawl.wait()) + timedelta(seconds=1), due=True)
        waits.append(crawl.wait())
    assert 8 < waits[0] < 12
    assert all(longer > shorter * 1.6 for shorter, longer in pairwise(waits[:6]))
    assert max(waits) < 6 * 60 * 1.11
    assert (crawl.feed().failures, crawl.feed().last_status) == (8, code)
    await crawl.poll(timedelta(minutes=crawl.wait()) + timedelta(seconds=1), due=True)
    assert (crawl.feed().failures, crawl.feed().failing_since) == (0, None)
    assert crawl.wait() < 5 * usual  # a day without news makes it quieter


async def test_connection_that_breaks_off_backs_off_too(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [broken_off]
    (report,) = await crawl.poll()
    assert report.status is None
    assert 8 < crawl.wait() < 12


@pytest.mark.parametrize(
    ("code", "value", "minutes"),
    [
        pytest.param(429, "1800", 30, id="429, seconds"),
        pytest.param(503, "1800", 30, id="503, seconds"),
        pytest.param(429, format_datetime(START + 2 * HOUR, usegmt=False), 119, id="429, a date"),
        pytest.param(429, "9999999", 24 * 60, id="a day at most"),
    ],
)
async def test_retry_after_holds_for_the_whole_host(
    crawl: Crawl, code: int, value: str, minutes: float
) -> None:
    crawl.add(FEED, OTHER)
    crawl.outlets.script[FEED] = [status(code, Retry_After=value), dated(*HOURLY)]
    crawl.outlets.script[OTHER] = [dated(*HOURLY, first=100)]
    await crawl.poll(MINUTE)
    assert (crawl.outlets.times(FEED), crawl.outlets.times(OTHER)) == (1, 0)
    assert await crawl.poll(timedelta(minutes=minutes - 1)) == []
    assert len(await crawl.poll(2 * MINUTE)) == 2
    assert (crawl.host().blocked_until, crawl.host().throttled) == (None, 0)


async def test_host_that_says_429_without_a_time_rests_ever_longer(crawl: Crawl) -> None:
    crawl.add(FEED, OTHER)
    crawl.outlets.script[FEED] = [status(429)]
    crawl.outlets.script[OTHER] = [status(429)]
    rests = []
    for _round in range(3):
        await crawl.poll()
        blocked = crawl.host().blocked_until
        assert blocked is not None
        rests.append((blocked - crawl.clock.now) / MINUTE)
        crawl.clock.now = blocked
    assert [round(rest / 1.05 / 5) for rest in rests] == [1, 2, 4]
    assert crawl.outlets.times(FEED) + crawl.outlets.times(OTHER) == 3


@pytest.mark.parametrize(
    ("answer", "least", "most"),
    [
        pytest.param(dated(*HOURLY), 5, 20, id="no hint"),
        pytest.param(dated(*HOURLY, Cache_Control="max-age=3600"), 30, 61, id="max-age"),
        pytest.param(dated(*HOURLY, Cache_Control="max-age=31536000"), 60, 200, id="max-age of a year"),
    ],
)
async def test_hints_lengthen_the_wait(crawl: Crawl, answer: Answer, least: float, most: float) -> None:
    crawl.outlets.script[FEED] = [answer]
    await crawl.poll()
    assert least < crawl.wait() < most


async def test_unchanged_body_is_not_read_again_whatever_its_build_date(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [
        dated(*HOURLY, channel=f"<lastBuildDate>Mon, 02 Mar 2026 12:0{n}:00 GMT</lastBuildDate>")
        for n in range(3)
    ]
    assert [report.entries for _n in range(3) for report in await crawl.poll()] == [30, 0, 0]


async def test_answer_304_counts_as_read(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [dated(*HOURLY, ETag='"1"'), status(304)]
    await crawl.poll()
    (report,) = await crawl.poll()
    assert (report.status, report.error, report.entries) == (304, None, 0)
    assert [etag for _url, etag in crawl.outlets.asked] == [None, '"1"']
    assert crawl.feed().last_success_at == crawl.clock.now


async def test_feed_that_answers_304_for_ever_is_found_out(crawl: Crawl) -> None:
    versions = [dated(*HOURLY, ETag='"1"'), dated(5, *HOURLY[1:], first=50, ETag='"1"')]

    def stale(request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("If-None-Match") == '"1"':
            return web.Response(status=304)
        answer = versions.pop(0)(request) if len(versions) > 1 else versions[0](request)
        assert isinstance(answer, web.StreamResponse)
        return answer

    crawl.outlets.script[FEED] = [stale]
    assert [(await crawl.poll(HOUR))[0].entries for _n in range(3)] == [30, 0, 0]
    (report,) = await crawl.poll(DAY)
    assert report.new_articles == 30
    assert crawl.feed().stale_validators
    await crawl.poll(HOUR)
    assert crawl.outlets.asked[-1] == (FEED, None)


async def test_conditions_are_those_of_the_last_document(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [
        dated(*HOURLY, ETag='"1"'),
        dated(5, *HOURLY, first=50, ETag='"2"'),
        dated(4, *HOURLY, first=90),
        dated(3, *HOURLY, first=190),
    ]
    for _poll in range(4):
        await crawl.poll()
    assert [etag for _url, etag in crawl.outlets.asked] == [None, '"1"', '"2"', None]


async def test_document_that_cannot_be_read_changes_no_condition(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [
        dated(*HOURLY, ETag='"1"'),
        raw(b"<html><body>We will be back soon</body></html>", ETag='"2"'),
        dated(*HOURLY, ETag='"1"'),
    ]
    errors = [(await crawl.poll())[0].error is not None for _poll in range(3)]
    assert errors == [False, True, False]
    assert [etag for _url, etag in crawl.outlets.asked] == [None, '"1"', '"1"']


async def test_fault_of_one_feed_does_not_stop_its_host(crawl: Crawl) -> None:
    crawl.add(FEED, OTHER)
    crawl.outlets.script[FEED] = [status(503)]
    crawl.outlets.script[OTHER] = [dated(*HOURLY)]
    assert sorted(report.error is None for report in await crawl.poll()) == [False, True]
    assert crawl.host().blocked_until is None


async def test_feeds_of_a_host_that_failed_together_do_not_come_back_together(crawl: Crawl) -> None:
    feeds = [f"http://gazette.example/{number}" for number in range(20)]
    crawl.add(*feeds)
    for url in feeds:
        crawl.outlets.script[url] = [status(500)]
    await crawl.poll()
    times = {crawl.feed(url).next_poll_at for url in feeds}
    assert len(times) == 20
    assert max(times) - min(times) > 20 * SECOND


async def test_restart_polls_nothing_that_is_not_due(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [dated(*HOURLY)]
    await crawl.poll()
    crawl.add(FEED)  # as the settings do at each start
    crawl.poller = crawl.another()
    assert await crawl.poll(MINUTE, due=True) == []
    assert crawl.outlets.times(FEED) == 1


async def test_poll_that_a_crash_broke_off_is_taken_up_when_its_lease_ends(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [dated(*HOURLY)]
    with crawl.database.write() as session:
        claims = claim_due_feeds(
            session,
            now=crawl.clock.now,
            owner="dead:1:x",
            lease=LEASE,
            limit=9,
            per_host=2,
            host_delay=timedelta(0),
        )
    assert [claim.url for claim in claims] == [FEED]
    assert await crawl.poll(LEASE / 2, due=True) == []
    (report,) = await crawl.poll(LEASE, due=True)
    assert report.new_articles == 30


@on_both
async def test_poll_whose_lease_another_took_is_not_stored(crawl: Crawl) -> None:
    async def late(request: web.BaseRequest) -> web.StreamResponse:
        crawl.clock.advance(LEASE + MINUTE)
        other = crawl.another()  # of the same owner: the token alone tells
        assert await other.step() == 1
        await other.settle()
        response = dated(*HOURLY, first=100)(request)
        assert isinstance(response, web.StreamResponse)
        return response

    crawl.outlets.script[FEED] = [late, dated(*HOURLY)]
    await crawl.poll()
    with crawl.database.read() as session:
        found = session.exec(select(Article.url)).all()
    assert found
    assert not [url for url in found if int(url.rsplit("/", 1)[1]) >= 100]
    assert (len(crawl.reports), crawl.feed().lease_owner) == (1, None)


@on_both
async def test_gap_is_recorded_and_sitemaps_are_polled_at_once(crawl: Crawl) -> None:
    crawl.add(FEED, OTHER)
    crawl.outlets.script[FEED] = [dated(*HOURLY[:5])]
    crawl.outlets.script[OTHER] = [dated(*HOURLY[:5])]
    await crawl.poll()
    with crawl.database.write() as session:
        other = session.exec(select(Feed).where(Feed.url == OTHER)).one()
        other.kind = "sitemap"
    before = crawl.clock.now
    later = before + HOUR
    crawl.outlets.script[FEED] = [
        dated(1, 2, 3, 4, 5, at=later, first=100),
        dated(1, 2, 3, 4, 5, at=later + 20 * MINUTE, first=200),
        dated(1, 11, 12, 13, 14, at=later + 30 * MINUTE, first=199),
    ]
    with crawl.database.write() as session:
        for feed in session.exec(select(Feed)):
            feed.next_poll_at = later if feed.url == FEED else later + DAY
    asked = crawl.outlets.times(OTHER)
    (report, sitemap) = await crawl.poll(HOUR, due=True)
    assert (report.url, report.gap, sitemap.url) == (FEED, True, OTHER)
    assert crawl.outlets.times(OTHER) == asked + 1
    assert crawl.wait() <= 30 * 1.1
    with crawl.database.read() as session:
        (gap,) = session.exec(select(Gap)).all()
    assert (gap.since, gap.until, gap.entries, gap.closed_at) == (before, later, 5, None)
    await crawl.poll(20 * MINUTE)
    assert crawl.wait() <= 10 * 1.1
    await crawl.poll(10 * MINUTE)
    with crawl.database.read() as session:
        gaps = session.exec(select(Gap)).all()
    assert len(gaps) == 2
    assert {gap.closed_at for gap in gaps} == {crawl.clock.now}


def sitemap(*pages: tuple[int, datetime]) -> Answer:
    """A news sitemap of the numbered pages of `dated`, each with its time of publication."""
    urls = "".join(
        f"<url><loc>http://gazette.example/a/{number}</loc><news:news><news:title>Report {number}</news:title>"
        f"<news:publication_date>{at.isoformat()}</news:publication_date></news:news></url>"
        for number, at in pages
    )
    spaces = (
        "xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        "xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'"
    )
    return lambda _request: web.Response(text=f"<urlset {spaces}>{urls}</urlset>")


@on_both
async def test_what_a_feed_lost_in_a_gap_comes_from_the_sitemap(crawl: Crawl) -> None:
    """The feed holds three entries and ten came within the hour: the sitemap has the seven that it dropped."""
    crawl.add(FEED, OTHER)
    crawl.outlets.script[FEED] = [dated(10, 20, 30)]
    crawl.outlets.script[OTHER] = [sitemap((0, START - 10 * MINUTE))]
    await crawl.poll()
    assert crawl.feed(OTHER).kind == "sitemap"
    before = crawl.clock.now
    later = before + HOUR
    times = {number: before + (number - 99) * 5 * MINUTE for number in range(100, 110)}
    last = [(later - times[number]) / MINUTE for number in (107, 108, 109)]
    crawl.outlets.script[FEED] = [dated(*last, at=later, first=107)]
    crawl.outlets.script[OTHER] = [sitemap((0, START - 10 * MINUTE), *times.items())]
    with crawl.database.write() as session:
        for feed in session.exec(select(Feed)):
            feed.next_poll_at = later if feed.url == FEED else later + DAY
    lossy, filling = await crawl.poll(HOUR, due=True)
    assert (lossy.url, lossy.gap, lossy.new_articles) == (FEED, True, 3)
    assert (filling.url, filling.new_articles) == (OTHER, 7)
    with crawl.database.read() as session:
        found = {
            row.feed_title: row.state
            for row in session.exec(select(Article).where(Article.found_at >= later))
        }
        (gap,) = session.exec(select(Gap).where(Gap.since == before)).all()
    assert found == {f"Report {number}": ArticleState.READY for number in times}
    assert gap.filled == 7


async def test_web_page_where_a_feed_should_be_is_said_and_its_feeds_are_offered(crawl: Crawl) -> None:
    link = "<link rel='alternate' type='application/rss+xml' href='/new'>"
    page = web.Response(text=f"<!doctype html><html><head>{link}</head></html>", content_type="text/html")
    crawl.outlets.script[FEED] = [dated(*HOURLY), lambda _request: page]
    await crawl.poll()
    (report,) = await crawl.poll()
    assert report.error is not None
    assert report.error.facts["detail"] == f"{FEED}: this is a web page, not a feed; it names {NEW}"
    feed = crawl.feed()
    assert (feed.address, feed.failures, feed.last_error) == (FEED, 1, report.error)


async def test_poll_that_cannot_be_stored_loses_only_itself(crawl: Crawl) -> None:
    if not crawl.database.is_sqlite:
        pytest.skip("the trigger that refuses an article is SQLite's")
    herald = "http://herald.example/rss"
    crawl.add(herald, name="Herald")
    crawl.outlets.script[FEED] = [dated(*HOURLY, first=600)]
    crawl.outlets.script[herald] = [dated(*HOURLY)]
    with crawl.database.write() as session:
        session.execute(
            text(
                "CREATE TRIGGER poison BEFORE INSERT ON article WHEN NEW.url LIKE '%/a/613' "
                "BEGIN SELECT RAISE(ABORT, 'poison'); END"
            )
        )
    with capture_logs() as logs:
        (report,) = await crawl.poll()
    assert (report.outlet, report.new_articles, crawl.feed().entries) == ("Herald", 30, 0)
    (failure,) = [line for line in logs if line["log_level"] == "error"]
    assert (failure["outlet"], failure["feed"]) == ("Gazette", FEED)


async def test_poll_that_a_failing_database_did_not_store_is_made_again_as_soon_as_it_works(
    crawl: Crawl,
) -> None:
    crawl.outlets.script[FEED] = [dated(*HOURLY)]
    rename(crawl.database, "entry", "away")
    assert await crawl.poller.step() == 1
    await crawl.poller.settle()
    rename(crawl.database, "away", "entry")
    (report,) = await crawl.poll(timedelta(0), due=True)
    assert report.new_articles == 30, "no lease keeps it waiting"


async def test_poll_under_way_is_not_made_twice_where_another_could_not_be_stored(crawl: Crawl) -> None:
    herald = "http://herald.example/rss"
    crawl.add(herald, name="Herald")
    answers = asyncio.Event()

    async def slowly(request: web.BaseRequest) -> web.StreamResponse:
        await answers.wait()
        response = dated(*HOURLY)(request)
        assert isinstance(response, web.StreamResponse)
        return response

    crawl.outlets.script[FEED], crawl.outlets.script[herald] = [slowly], [dated(*HOURLY, first=600)]
    rename(crawl.database, "entry", "away")
    one_is_over = asyncio.Event()
    poller = crawl.another(one_is_over.set)
    assert await poller.step() == 2
    await one_is_over.wait()
    rename(crawl.database, "away", "entry")
    assert await poller.step() == 1, "the Herald alone"
    answers.set()
    await poller.settle()
    assert sorted(report.outlet for report in crawl.reports) == ["Gazette", "Herald"]


async def test_first_poll_is_a_baseline_that_tells_of_young_entries_only(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [dated(30, 23 * 60, 25 * 60, 90 * 24 * 60)]
    await crawl.poll()
    with crawl.database.read() as session:
        states = {row.feed_title: row.state for row in session.exec(select(Article))}
    ready, kept = ArticleState.READY, ArticleState.MATCHED
    assert states == {"Report 0": ready, "Report 1": ready, "Report 2": kept, "Report 3": kept}
    assert crawl.feed().delays == []


async def test_empty_first_document_is_no_baseline(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [dated(), dated(90 * 24 * 60, 91 * 24 * 60)]
    await crawl.poll()
    await crawl.poll()
    with crawl.database.read() as session:
        assert {row.state for row in session.exec(select(Article))} == {ArticleState.MATCHED}
        assert session.exec(select(Gap)).all() == []


async def test_first_document_that_breaks_off_is_no_baseline(crawl: Crawl) -> None:
    whole = dated(30, 90 * 24 * 60, 91 * 24 * 60, ETag='"1"')

    def cut(request: web.BaseRequest) -> web.Response:
        answer = whole(request)
        assert isinstance(answer, web.Response)
        assert isinstance(answer.body, bytes)
        answer.body = answer.body[: answer.body.rindex(b"Report 1") + 4]
        return answer

    crawl.outlets.script[FEED] = [cut, whole]
    await crawl.poll()
    assert (crawl.feed().entries, crawl.feed().baseline_at, crawl.feed().etag) == (1, None, None)
    assert crawl.feed().problem == Trouble("cut-off")
    await crawl.poll()
    with crawl.database.read() as session:
        states = {row.feed_title: row.state for row in session.exec(select(Article))}
    kept = ArticleState.MATCHED
    assert states == {"Report 0": ArticleState.READY, "Report 1": kept, "Report 2": kept}
    assert (crawl.feed().etag, crawl.feed().problem) == ('"1"', None)


async def test_delay_from_publication_to_sight_is_kept(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [dated(*HOURLY), dated(-3, *HOURLY, first=100)]
    await crawl.poll(MINUTE)
    crawl.outlets.script[FEED] = [dated(-5, -3, *HOURLY, at=START, first=500)]
    await crawl.poll(9 * MINUTE)
    assert crawl.feed().delays[-2:] == [7 * 60, 5 * 60]


async def test_manual_poll_works_though_nothing_is_due(crawl: Crawl) -> None:
    crawl.outlets.script[FEED] = [dated(*HOURLY)]
    await crawl.poll()
    assert await crawl.poll(MINUTE, due=True) == []
    assert len(await crawl.poll(MINUTE)) == 1
