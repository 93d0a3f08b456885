"""Whether a page may be fetched, asked of a real server and kept in the host's row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from aiohttp import web

from crawler.errors import FetchError
from crawler.fetch import Fetcher, FetcherOptions
from crawler.polite.host_gate import HostGate
from crawler.polite.robots_gate import LARGEST_FILE, LIFETIME, UNREACHABLE_LIFETIME, RobotsGate
from storage.engine import Database
from storage.rows import id_of
from storage.stores.feeds.hosts import HostRobots, host_named
from storage.tables import Host, Outlet
from tests.crawler.fetch.conftest import _serve

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
AGENT = "Tocsin/0 (+https://tocsin.example)"
FORBIDS = b"User-agent: *\nDisallow: /no\nCrawl-delay: 3\n"
Reply = Callable[[web.BaseRequest], Awaitable[web.Response]]


class Robots:
    """A host whose robots.txt answers as `reply` says, and the gate's answers about it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.now = START
        self.asked: list[str] = []
        self.rests = 0
        self.status, self.body = 200, FORBIDS
        with database.write() as session:
            self.host_id = id_of(host_named(session, "gazette.example"))

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        self.asked.append(request.path)
        if self.status == 301:
            return web.Response(status=301, headers={"Location": self.body.decode()})
        return web.Response(status=self.status, body=self.body)

    async def allows(
        self, *paths: str, outlet_id: int | None = None, known: HostRobots | None = None
    ) -> list[bool | str]:
        """Return what the gate says of each path; an error's kind where it raises.

        `outlet_id`: whose link it is; `known`: what its claim said of the file.
        """
        network = (ip_network("127.0.0.0/8"),)
        answers: list[bool | str] = []
        async with (
            _serve(self._answer) as url,
            Fetcher(FetcherOptions(user_agent=AGENT, allow_networks=network)) as fetcher,
        ):
            hosts = HostGate(self._database, per_host=2, host_delay=timedelta(0), clock=lambda: self.now)
            gate = RobotsGate(
                self._database, fetcher, hosts, obey=True, user_agent=AGENT, clock=lambda: self.now
            )
            for path in paths:
                try:
                    answers.append(
                        await gate.allows(
                            self.host_id, f"{url}{path}", rest=self._rest, outlet_id=outlet_id, known=known
                        )
                    )
                except FetchError as error:
                    answers.append(error.kind)
        return answers

    async def _rest(self) -> None:
        self.rests += 1

    def host(self) -> Host:
        with self._database.read() as session:
            return session.get_one(Host, self.host_id)


@pytest.fixture
def robots(database: Database) -> Robots:
    return Robots(database)


async def test_file_is_asked_for_once_a_day(robots: Robots) -> None:
    assert await robots.allows("/yes", "/no", "/yes") == [True, False, True]
    assert robots.asked == ["/robots.txt"]
    assert robots.rests == 1  # the file took the turn of the first page
    assert robots.host().crawl_delay_seconds == 3
    robots.body = b""
    robots.now += LIFETIME - timedelta(seconds=1)
    assert await robots.allows("/no") == [False]
    robots.now += timedelta(seconds=1)
    assert await robots.allows("/no") == [True]
    assert robots.host().crawl_delay_seconds is None


@pytest.mark.parametrize("age", [None, LIFETIME], ids=["never had", "too old"])
async def test_pages_claimed_before_the_file_was_had_ask_for_it_once(
    robots: Robots, age: timedelta | None
) -> None:
    known = HostRobots(
        "gazette.example", None if age is None else 200, b"", None if age is None else START - age
    )
    assert await robots.allows("/no", "/yes", known=known) == [False, True]
    assert robots.asked == ["/robots.txt"]


async def test_file_that_the_claim_brought_is_not_looked_up(robots: Robots) -> None:
    known = HostRobots("gazette.example", 200, FORBIDS, START)
    assert await robots.allows("/no", "/yes", known=known) == [False, True]
    assert robots.asked == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_file_that_is_not_there_allows_everything(robots: Robots, status: int) -> None:
    robots.status = status
    assert await robots.allows("/no") == [True]


@pytest.mark.parametrize("status", [500, 503])
async def test_host_with_a_fault_forbids_for_a_while(robots: Robots, status: int) -> None:
    robots.status = status
    assert await robots.allows("/yes", "/no") == ["robots", "robots"]
    assert len(robots.asked) == 1
    robots.status = 200
    robots.now += UNREACHABLE_LIFETIME
    assert await robots.allows("/yes", "/no") == [True, False]


async def test_file_behind_a_redirect_counts(robots: Robots) -> None:
    async def elsewhere(_request: web.BaseRequest) -> web.Response:
        return web.Response(body=FORBIDS)

    async with _serve(elsewhere) as url:
        robots.status, robots.body = 301, f"{url}/other.txt".encode()
        assert await robots.allows("/yes", "/no") == [True, False]


async def test_file_behind_endless_redirects_allows_everything(robots: Robots) -> None:
    robots.status, robots.body = 301, b"/robots.txt"
    assert await robots.allows("/no") == [True]
    assert len(robots.asked) == 6


async def test_only_the_first_500_kb_are_read_in_whole_lines(robots: Robots) -> None:
    head = b"User-agent: *\nDisallow: /no\n"
    filler = b"# " + b"x" * 97 + b"\n"
    lines = (LARGEST_FILE - len(head)) // len(filler)
    cut = head + filler * lines
    robots.body = cut + b"#" * (LARGEST_FILE - len(cut) - 12) + b"\nDisallow: /yes/but/not/this\n"
    assert await robots.allows("/yes", "/no") == [True, False]
    kept = robots.host().robots_body
    assert kept is not None
    assert len(kept) <= LARGEST_FILE
    assert kept.endswith(b"\n")


async def test_robots_that_a_link_asks_for_in_vain_forbid_the_hosts_own_pages_nothing(
    robots: Robots, database: Database
) -> None:
    with database.write() as session:
        other = Outlet(name="Ledger", site="https://ledger.example/", created_at=START)
        session.add(other)
        session.flush()
        outlet_id = id_of(other)
    robots.status = 500
    assert await robots.allows("/yes", outlet_id=outlet_id) == ["robots"]
    assert robots.host().robots_fetched_at is None
    robots.status = 200
    assert await robots.allows("/yes", "/no") == [True, False]
    assert await robots.allows("/no", outlet_id=outlet_id) == [False]
    assert len(robots.asked) == 2
