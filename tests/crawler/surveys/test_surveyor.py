"""The survey stage over loopback: what is found at each of twenty addresses, politely, and nobody held up by a slow one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from ipaddress import ip_network

import pytest

from crawler.fetch import Fetcher, FetcherOptions
from crawler.polite.host_gate import HostGate
from crawler.pool import CpuPool
from crawler.surveys.findings import findings_data, read_findings
from crawler.surveys.reading import full_address
from crawler.surveys.surveyor import MOST_TRIES, SurveyOptions, Surveyor
from crawler.urls import host_of
from service.clock import utc_now
from service.discovered import next_words, tried_words
from storage.engine import Database
from storage.stores.feeds.surveys import (
    SurveyedAddress,
    WantedAddress,
    claim_addresses,
    is_survey_waiting,
    put_findings,
    put_survey,
    survey_numbered,
)
from tests.databases import on_both, on_sqlite
from tests.replay.outlets import ReplayOutlets, feed, status
from tests.replay.survey_sites import NEXT, SURVEYED, serve_all

pytestmark = on_sqlite
MINUTE = timedelta(minutes=1)


@pytest.fixture
def database(storage_url: str) -> Iterator[Database]:
    with Database(storage_url) as opened:
        yield opened


@asynccontextmanager
async def surveying(
    database: Database, outlets: ReplayOutlets, *, limit: timedelta = MINUTE, delay: timedelta = timedelta(0)
) -> AsyncIterator[tuple[Surveyor, asyncio.Event]]:
    """Give a surveyor over the outlets, and the event by which it says that there is room again."""
    room = asyncio.Event()
    options = FetcherOptions(
        user_agent="Tocsin/test",
        proxy=outlets.proxy,
        timeout=MINUTE,
        allow_networks=(ip_network("127.0.0.0/8"),),
    )
    gate = HostGate(database, per_host=2, host_delay=delay, clock=utc_now)
    async with Fetcher(options) as fetcher, CpuPool(workers=1, reads_pages=False) as pool:
        surveyor = Surveyor(
            database, fetcher, pool, gate, SurveyOptions("test", utc_now, room.set, limit=limit)
        )
        yield surveyor, room
        await surveyor.drain(timedelta(0))


def begin(database: Database, *addresses: str) -> int:
    wanted = [WantedAddress(address, host_of(full_address(address))) for address in addresses]
    with database.write() as session:
        return put_survey(session, wanted, caller="test", now=utc_now())


def looked(database: Database, number: int) -> dict[str, SurveyedAddress]:
    with database.read() as session:
        found = survey_numbered(session, number, now=utc_now())
    assert found is not None
    return {one.wanted.address: one for one in found.addresses if one.looked_at is not None}


async def work_until(
    surveyor: Surveyor, room: asyncio.Event, database: Database, number: int, count: int
) -> dict[str, SurveyedAddress]:
    while len(done := looked(database, number)) < count:
        room.clear()
        if not await surveyor.step() and len(looked(database, number)) < count:
            await room.wait()
    return done


@pytest.mark.thorough
async def test_twenty_addresses_of_all_sorts_are_looked_at_and_the_slow_hold_nobody(
    database: Database,
) -> None:
    over = asyncio.Event()
    async with ReplayOutlets() as outlets:
        serve_all(outlets, until=over)
        number = begin(database, *SURVEYED)
        async with asyncio.timeout(120), surveying(database, outlets) as (surveyor, room):
            done = await work_until(surveyor, room, database, number, len(SURVEYED) - 2)
            assert set(SURVEYED) - set(done) == {"http://slow.example/", "http://hostile.example/"}
            over.set()
            done = await work_until(surveyor, room, database, number, len(SURVEYED))
    found = {address: read_findings(one.findings) for address, one in done.items()}
    kinds = {address: one.options[0].kind if one.options else "" for address, one in found.items()}
    assert kinds == dict(SURVEYED)
    assert len(found["http://two-feeds.example/"].options) == 2
    told = {address: one.next_step.value for address, one in found.items() if not one.options}
    assert told == {**NEXT, "http://hostile.example/": "list"}  # its page came to an end in the end
    assert "usual addresses of feeds: nothing at /feed, /rss, /rss.xml and" in "\n".join(
        tried_words(found["http://nothing.example/"])
    )
    assert "selectors" in next_words(found["http://nothing.example/"])
    assert next_words(found["http://ministry.example/"]) == (
        "No feed or news sitemap; http://ministry.example/press lists 7 articles like /press/…: follow it?"
    )
    for one in found.values():
        assert read_findings(findings_data(one)) == one


async def test_an_address_without_end_ends_at_its_limit(database: Database) -> None:
    never = asyncio.Event()
    async with ReplayOutlets() as outlets:
        serve_all(outlets, until=never)
        number = begin(database, "http://hostile.example/")
        limit = timedelta(seconds=0.3)
        async with asyncio.timeout(60), surveying(database, outlets, limit=limit) as (surveyor, room):
            done = await work_until(surveyor, room, database, number, 1)
        never.set()
    found = read_findings(done["http://hostile.example/"].findings)
    assert (found.is_cut_short, found.next_step.value) == (True, "later")
    assert tried_words(found)[-1] == "not all was tried: the time for one address was over"


async def test_addresses_of_one_host_are_looked_at_one_after_another(database: Database) -> None:
    addresses = [f"http://one.example/{name}.xml" for name in "abc"] + ["http://other.example/a.xml"]
    async with ReplayOutlets() as outlets:
        for address in addresses:
            outlets.script[address] = [feed((address + "/1", "Harbour works resume"))]
        number = begin(database, *addresses)
        async with asyncio.timeout(60), surveying(database, outlets) as (surveyor, room):
            assert await surveyor.step() == 2
            assert await surveyor.step() == 0
            done = await work_until(surveyor, room, database, number, 4)
    assert len(done) == 4


async def test_a_host_that_asks_for_rest_is_left_alone(database: Database) -> None:
    busy = "http://busy.example/"
    async with ReplayOutlets() as outlets:
        outlets.script[busy] = [status(429, Retry_After="3600")]
        number = begin(database, busy)
        async with asyncio.timeout(60), surveying(database, outlets) as (surveyor, room):
            done = await work_until(surveyor, room, database, number, 1)
        assert [url for url, _etag in outlets.asked] == [busy]
    found = read_findings(done[busy].findings)
    assert found.next_step.value == "later"
    assert "HTTP 429" in tried_words(found)[0]


async def test_a_bare_host_without_https_is_asked_by_http(database: Database) -> None:
    async with ReplayOutlets() as outlets:
        serve_all(outlets, until=asyncio.Event())
        number = begin(database, "declared.example")
        async with asyncio.timeout(60), surveying(database, outlets) as (surveyor, room):
            done = await work_until(surveyor, room, database, number, 1)
    found = read_findings(done["declared.example"].findings)
    assert [feed.url for feed in found.feeds] == ["http://declared.example/rss"]


@on_both
def test_a_claim_that_was_taken_over_stores_nothing(database: Database) -> None:
    number = begin(database, "http://one.example/", "http://one.example/2", "http://two.example/")
    now = utc_now()

    def claim(owner: str, later: timedelta = timedelta(0)) -> list[int]:
        with database.write() as session:
            claims = claim_addresses(session, now=now + later, owner=owner, lease=MINUTE, limit=10)
        held.update({(owner, one.address): one for one in claims})
        return [one.tries for one in claims]

    held = {}  # type: ignore[var-annotated]
    assert claim("first") == [1, 1]
    assert claim("second") == []
    assert claim("second", 2 * MINUTE) == [2, 2]
    with database.write() as session:
        stale = put_findings(session, held["first", "http://two.example/"], {"a": 1}, now=now)
        kept = put_findings(session, held["second", "http://two.example/"], {"a": 2}, now=now)
        assert (stale, kept) == (False, True)
        assert is_survey_waiting(session, now=now + 4 * MINUTE)
    assert looked(database, number)["http://two.example/"].findings == {"a": 2}


async def test_what_ends_the_process_each_time_is_given_up(database: Database) -> None:
    number = begin(database, "http://deadly.example/")
    now = utc_now() - timedelta(hours=1)
    for _try in range(MOST_TRIES):  # processes that died with it
        with database.write() as session:
            assert claim_addresses(session, now=now, owner="dead", lease=timedelta(0), limit=1)
    async with ReplayOutlets() as outlets:
        async with asyncio.timeout(60), surveying(database, outlets) as (surveyor, room):
            done = await work_until(surveyor, room, database, number, 1)
        assert outlets.asked == []
    found = read_findings(done["http://deadly.example/"].findings)
    assert "given up after 3 tries" in tried_words(found)[0]
