"""Hosts on addresses of their own (127.1.0.x), with real time: one limit for feeds, pages and what redirects lead to."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_network
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web
from sqlmodel import col, select

from crawler.fetch import Fetcher, FetcherOptions
from crawler.polite.host_gate import HostGate
from crawler.polite.robots_gate import RobotsGate
from crawler.poll.poller import Poller, PollOptions, PollReport
from crawler.pool import CpuPool
from crawler.read.page_reader import PageOptions, PageReader
from crawler.schedule import Bounds
from service.clock import utc_now
from service.troubles import trouble_words
from storage.engine import Database
from storage.stores.feeds.feed_claims import make_due
from storage.tables import Article, ArticleState, Feed, Host, HostRest
from storage.troubles import note
from tests.archive import put
from tests.certificates import make_certificate
from tests.databases import on_both, on_sqlite
from tests.replay.outlets import Answer, not_found
from tests.replay.test_statements import statements

pytestmark = on_sqlite

AGENT = "Tocsin/0 (+https://tocsin.example)"
DELAY = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)


@dataclass(slots=True)
class Seen:
    """A request: when it came, and how many others of its host were then under way."""

    path: str
    at: float
    others: int


class Hosts:
    """Servers on 127.1.0.1 and so on, by number. `script[number, path]` is what one answers."""

    def __init__(self) -> None:
        self.script: dict[tuple[int, str], Answer] = {}
        self.seen: dict[int, list[Seen]] = defaultdict(list)
        self._under_way: dict[int, int] = defaultdict(int)
        self._ports: dict[int, int] = {}
        self._stack = AsyncExitStack()

    async def start(self, number: int) -> None:
        async def answer(request: web.BaseRequest) -> web.StreamResponse:
            now = asyncio.get_running_loop().time()
            self.seen[number].append(Seen(request.path, now, self._under_way[number]))
            self._under_way[number] += 1
            try:
                response = self.script.get((number, request.path), not_found)(request)
                return response if isinstance(response, web.StreamResponse) else await response
            finally:
                self._under_way[number] -= 1

        runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, f"127.1.0.{number}", 0).start()
        self._ports[number] = runner.addresses[0][1]

    def name(self, number: int) -> str:
        return f"127.1.0.{number}:{self._ports[number]}"

    def url(self, number: int, path: str) -> str:
        return f"http://{self.name(number)}{path}"

    def paths(self, number: int) -> list[str]:
        return [seen.path for seen in self.seen[number]]

    def shortest_pause(self, *numbers: int) -> float:
        times = [seen.at for number in numbers for seen in self.seen[number]]
        return min(after - before for before, after in pairwise(sorted(times)))

    async def close(self) -> None:
        await self._stack.aclose()


@dataclass(slots=True)
class Crawl:
    hosts: Hosts
    database: Database
    poller: Poller
    pages: PageReader
    reports: list[PollReport]

    def add(self, *feeds: str) -> None:
        """One outlet for each feed."""
        with self.database.write() as session:
            for url in feeds:
                put(session, url, [url], interval=15 * MINUTE, now=utc_now())

    async def poll(self) -> None:
        """Poll what may be polled now."""
        with self.database.write() as session:
            make_due(session, now=utc_now())
        await self.poller.step()
        await self.poller.settle()

    async def until(self, *paths: tuple[int, str]) -> None:
        """Let both stages work, as the service does, until each of these was asked for and answered."""
        async with asyncio.timeout(180):
            while not all(path in self.hosts.paths(number) for number, path in paths):
                await self.poller.step()
                await self.pages.step()
                await asyncio.sleep(0.02)
            await self.poller.settle()
            await self.pages.settle()

    def host(self, number: int) -> Host:
        with self.database.read() as session:
            return session.exec(select(Host).where(Host.name == self.hosts.name(number))).one()

    def rest_at(self, number: int) -> datetime:
        """Return until when the one outlet that met something at a host, which is not its own, keeps away."""
        with self.database.read() as session:
            met = select(HostRest).join(Host, col(Host.id) == col(HostRest.host_id))
            until = session.exec(met.where(Host.name == self.hosts.name(number))).one().blocked_until
        assert until is not None
        return until

    def rest(self, number: int, *, until: timedelta) -> None:
        """Has a host rest, as after a Retry-After."""
        with self.database.write() as session:
            host = Host(name=self.hosts.name(number), blocked_reason=note("it asked for an hour"))
            host.blocked_until = utc_now() + until
            session.add(host)

    def feed(self, url: str) -> Feed:
        with self.database.read() as session:
            return session.exec(select(Feed).where(Feed.url == url)).one()

    def articles(self) -> list[Article]:
        with self.database.read() as session:
            return list(session.exec(select(Article).order_by(Article.url)))


@pytest.fixture
async def crawl(database: Database) -> AsyncIterator[Crawl]:
    hosts = Hosts()
    for number in (1, 2, 3):
        await hosts.start(number)
    reports: list[PollReport] = []
    gate = HostGate(database, per_host=2, host_delay=DELAY, clock=utc_now)
    options = FetcherOptions(user_agent=AGENT, allow_networks=(ip_network("127.0.0.0/8"),))
    async with CpuPool(workers=1) as pool, Fetcher(options) as fetcher:
        robots = RobotsGate(database, fetcher, gate, obey=True, user_agent=AGENT, clock=utc_now)
        poller = Poller(
            database,
            fetcher,
            pool,
            gate,
            robots,
            PollOptions(
                Bounds(MINUTE, 60 * MINUTE), concurrency=8, per_host=2, host_delay=DELAY, fetch_pages=True
            ),
            owner="here:1:test",
            clock=utc_now,
            on_poll=reports.append,
        )
        pages = PageReader(
            database,
            fetcher,
            pool,
            gate,
            robots,
            PageOptions(concurrency=8, per_host=2, host_delay=DELAY),
            owner="here:1:test",
            clock=utc_now,
        )
        yield Crawl(hosts, database, poller, pages, reports)
    await hosts.close()


def to(url: str, status: int = 302, **headers: str) -> Answer:
    return lambda _request: web.Response(status=status, headers={"Location": url, **headers})


def feed(*links: str) -> Answer:
    date = format_datetime(datetime.now(UTC))
    items = "".join(
        f"<item><link>{link}</link><title>Report {link[-1]}</title><pubDate>{date}</pubDate></item>"
        for link in links
    )
    return lambda _request: web.Response(
        text=f"<rss version='2.0'><channel><title>F</title>{items}</channel></rss>",
        content_type="application/rss+xml",
    )


def slowly(answer: Answer, seconds: float) -> Answer:
    async def wait(request: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(seconds)
        response = answer(request)
        assert isinstance(response, web.StreamResponse)
        return response

    return wait


def page(words: str) -> Answer:
    text = "".join(
        f"<p>{words} was said in paragraph {number} of the report on roads.</p>" for number in range(9)
    )
    return lambda _request: web.Response(
        text=f"<html><head><title>{words}</title></head><body><article>{text}</article></body></html>",
        content_type="text/html",
    )


def robots(text: str) -> Answer:
    return lambda _request: web.Response(text=text)


async def test_redirects_of_many_feeds_come_to_their_host_one_by_one(crawl: Crawl) -> None:
    hosts = crawl.hosts
    for path in ("/a", "/b"):
        hosts.script[1, path] = to(hosts.url(3, path))
        hosts.script[2, path] = to(hosts.url(3, path))
    for path in ("/a", "/b"):
        hosts.script[3, path] = slowly(feed(), 0.5)
    crawl.add(hosts.url(1, "/a"), hosts.url(2, "/b"), hosts.url(3, "/c"))
    hosts.script[3, "/c"] = feed()
    await crawl.poll()
    assert sorted(hosts.paths(3)) == ["/a", "/b", "/c"]
    assert hosts.shortest_pause(3) > DELAY.total_seconds() / 2
    assert max(seen.others for seen in hosts.seen[3]) == 0
    assert [report.error for report in crawl.reports] == [None] * 3


@pytest.mark.thorough
async def test_where_no_page_is_due_no_turn_to_write_is_taken(crawl: Crawl) -> None:
    with statements() as seen:
        assert await crawl.pages.step() == 0
    assert any("recheck_at" in statement for statement in seen)
    assert not [statement for statement in seen if "IMMEDIATE" in statement or "row_number" in statement]


@pytest.mark.thorough
async def test_redirect_to_a_host_that_rests_is_put_off_and_no_failure(crawl: Crawl) -> None:
    hosts = crawl.hosts
    url = hosts.url(1, "/rss")
    hosts.script[1, "/rss"] = to(hosts.url(3, "/rss"))
    crawl.add(url)
    crawl.rest(3, until=timedelta(hours=1))
    await crawl.poll()
    assert hosts.paths(3) == []
    row = crawl.feed(url)
    assert (row.failures, row.last_polled_at, row.lease_until) == (0, None, None)
    assert row.next_poll_at > utc_now() + 59 * MINUTE
    assert crawl.host(1).blocked_until is None


@pytest.mark.thorough
@pytest.mark.parametrize("code", [429, 503])
async def test_retry_after_of_where_a_redirect_led_holds_for_who_was_led_there(
    crawl: Crawl, code: int
) -> None:
    hosts = crawl.hosts
    hosts.script[1, "/rss"] = to(hosts.url(3, "/rss"))
    hosts.script[3, "/rss"] = lambda _request: web.Response(status=code, headers={"Retry-After": "1800"})
    hosts.script[3, "/own"] = feed()
    crawl.add(hosts.url(1, "/rss"))
    await crawl.poll()
    assert (crawl.host(1).blocked_until, crawl.host(3).blocked_until) == (None, None)
    assert 29 * MINUTE < crawl.rest_at(3) - utc_now() <= 30 * MINUTE
    crawl.add(hosts.url(3, "/own"))
    await asyncio.sleep(2 * DELAY.total_seconds())
    await crawl.poll()
    assert hosts.paths(3) == ["/rss", "/own"]


@pytest.mark.thorough
async def test_redirect_within_a_host_is_followed_at_once(crawl: Crawl) -> None:
    hosts = crawl.hosts
    hosts.script[1, "/old"] = to("/new")
    hosts.script[1, "/new"] = feed()
    crawl.add(hosts.url(1, "/old"))
    await crawl.poll()
    assert hosts.paths(1) == ["/old", "/new"]
    held = crawl.host(1).next_request_at
    assert held is not None
    assert held < utc_now() + 2 * DELAY


async def test_feeds_pages_and_robots_of_a_host_keep_one_delay(crawl: Crawl) -> None:
    hosts = crawl.hosts
    links = [hosts.url(1, f"/{number}") for number in range(3)]
    hosts.script[1, "/rss"] = feed(*links)
    hosts.script[1, "/other"] = feed()
    for number in range(3):
        hosts.script[1, f"/{number}"] = page(f"Report {number}")
    crawl.add(hosts.url(1, "/rss"), hosts.url(1, "/other"))
    await crawl.until((1, "/0"), (1, "/1"), (1, "/2"), (1, "/other"))
    assert sorted(hosts.paths(1)) == ["/0", "/1", "/2", "/other", "/robots.txt", "/rss"]
    assert hosts.shortest_pause(1) > DELAY.total_seconds() / 2
    assert {article.state for article in crawl.articles()} == {ArticleState.READY}


@pytest.mark.thorough
async def test_slow_pages_and_feeds_of_a_host_are_two_at_once_at_most(crawl: Crawl) -> None:
    hosts = crawl.hosts
    links = [hosts.url(1, f"/{number}") for number in range(3)]
    hosts.script[1, "/rss"] = feed(*links)
    hosts.script[1, "/other"] = feed()
    for number in range(3):
        hosts.script[1, f"/{number}"] = slowly(page(f"Report {number}"), 1.5)
    crawl.add(hosts.url(1, "/rss"))
    await crawl.until((1, "/0"))
    crawl.add(hosts.url(1, "/other"))
    await crawl.until((1, "/1"), (1, "/2"), (1, "/other"))
    assert max(seen.others for seen in hosts.seen[1]) == 1


@on_both
async def test_page_that_leads_to_another_host_asks_its_robots_and_keeps_its_delay(crawl: Crawl) -> None:
    hosts = crawl.hosts
    hosts.script[1, "/rss"] = feed(hosts.url(1, "/yes"), hosts.url(1, "/no"))
    for path in ("/yes", "/no"):
        hosts.script[1, path] = to(hosts.url(3, path))
        hosts.script[3, path] = page(f"Words of {path}")
    hosts.script[3, "/robots.txt"] = robots("User-agent: *\nDisallow: /no\n")
    crawl.add(hosts.url(1, "/rss"))
    await crawl.until((1, "/yes"), (1, "/no"), (3, "/yes"))
    assert hosts.paths(3) == ["/robots.txt", "/yes"]
    assert hosts.shortest_pause(3) > DELAY.total_seconds() / 2
    no, yes = crawl.articles()
    assert "robots.txt of its host does not allow it" in trouble_words(no.fetch_error)
    assert (yes.fetch_error, yes.text_source) == (None, "page")


@pytest.mark.thorough
@on_both
async def test_page_that_leads_to_a_forbidden_path_of_its_own_host_is_left(crawl: Crawl) -> None:
    hosts = crawl.hosts
    hosts.script[1, "/rss"] = feed(hosts.url(1, "/open"))
    hosts.script[1, "/open"] = to("/private")
    hosts.script[1, "/robots.txt"] = robots("User-agent: *\nDisallow: /private\n")
    crawl.add(hosts.url(1, "/rss"))
    await crawl.until((1, "/open"))
    assert "/private" not in hosts.paths(1)
    (article,) = crawl.articles()
    assert "robots.txt of its host does not allow it" in trouble_words(article.fetch_error)


@pytest.mark.thorough
async def test_page_throttled_where_it_led_rests_its_outlet_there(crawl: Crawl) -> None:
    hosts = crawl.hosts
    hosts.script[1, "/rss"] = feed(hosts.url(1, "/page"))
    hosts.script[1, "/page"] = to(hosts.url(3, "/page"))
    hosts.script[3, "/page"] = lambda _request: web.Response(status=429)
    crawl.add(hosts.url(1, "/rss"))
    await crawl.until((3, "/page"))
    assert (crawl.host(1).blocked_until, crawl.host(3).blocked_until) == (None, None)
    assert crawl.rest_at(3) > utc_now() + 4 * MINUTE


async def test_robots_that_asks_for_fewer_requests_is_heeded(crawl: Crawl) -> None:
    hosts, began = crawl.hosts, utc_now()
    hosts.script[1, "/rss"] = feed(hosts.url(2, "/page"))
    hosts.script[2, "/robots.txt"] = lambda _request: web.Response(status=429, headers={"Retry-After": "60"})
    hosts.script[2, "/page"] = page("Words")
    crawl.add(hosts.url(1, "/rss"))
    await crawl.until((2, "/robots.txt"))
    assert hosts.paths(2) == ["/robots.txt"]
    assert crawl.rest_at(2) > began + MINUTE


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("url", "words"),
    [
        pytest.param("http://nowhere.invalid/rss", "can't be found (DNS)", id="no such name"),
        pytest.param("http://127.1.0.1:1/rss", "can't connect to 127.1.0.1", id="nobody listens"),
        pytest.param(
            "https://127.1.0.9:{port}/rss", "the certificate of 127.1.0.9 is not valid", id="certificate"
        ),
        pytest.param("http://127.1.0.9:{port}/rss", "", id="http spoken to a server of https"),
    ],
)
async def test_feed_that_cannot_be_reached_is_tried_again_ever_later(
    crawl: Crawl, tmp_path: Path, url: str, words: str
) -> None:
    async def never(_request: web.BaseRequest) -> web.Response:
        raise AssertionError("asked without a certificate")

    runner = web.ServerRunner(web.Server(never), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.1.0.9", 0, ssl_context=make_certificate(tmp_path).context).start()
    url = url.format(port=runner.addresses[0][1])
    crawl.add(url)
    waits = []
    for _failure in range(3):
        await crawl.poll()
        await asyncio.sleep(DELAY.total_seconds())
        waits.append((crawl.feed(url).next_poll_at - utc_now()) / MINUTE)
    await runner.cleanup()
    assert [report.status for report in crawl.reports] == [None] * 3
    assert all(words in trouble_words(report.error) for report in crawl.reports)
    assert crawl.feed(url).failures == 3
    assert 8 < waits[0] < 12
    assert all(later > 1.5 * sooner for sooner, later in pairwise(waits))


async def test_dead_host_delays_no_other(crawl: Crawl) -> None:
    hosts = crawl.hosts
    never = asyncio.Event()

    async def hang(_request: web.BaseRequest) -> web.Response:
        await never.wait()
        return web.Response()

    for number in range(4):
        hosts.script[1, f"/{number}"] = hang
        hosts.script[2, f"/{number}"] = feed()
    crawl.add(*(hosts.url(host, f"/{number}") for host in (1, 2) for number in range(4)))
    while len(crawl.reports) < 4:
        await crawl.poller.step()
        await asyncio.sleep(0.02)
    assert {report.url for report in crawl.reports} == {hosts.url(2, f"/{number}") for number in range(4)}
    assert len(hosts.seen[1]) == 1
    never.set()
    await crawl.poller.settle()
