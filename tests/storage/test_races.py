"""Several processes on one database: each row goes to one of them, and a transaction that loses a race is begun again."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, col, select

from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.engine import ATTEMPTS, Database
from storage.migrate import upgrade
from storage.rows import id_of
from storage.stores.articles.page_lessons import lock_lessons, read_lessons, write_lessons
from storage.stores.feeds.hosts import host_named
from storage.tables import Feed, Host, Outlet
from tests.conftest import START
from tests.storage.test_claims import SECOND, add_feed, add_page, claim_feeds, claim_some_pages

FEEDS = 60
"""Three of each host."""


def together(*work: Callable[[], object]) -> list[object]:
    """Do all at the same time, each in a thread; return what each gave."""
    barrier = threading.Barrier(len(work))

    def begin(one: Callable[[], object]) -> object:
        barrier.wait(60)
        return one()

    with ThreadPoolExecutor(len(work)) as threads:
        return list(threads.map(begin, work))


@pytest.mark.parametrize("delay", [pytest.param(SECOND, id="delay"), pytest.param(0 * SECOND, id="no delay")])
def test_feeds_that_several_claim_at_once_go_to_one_of_them(database: Database, delay: timedelta) -> None:
    with database.write() as session:
        for number in range(FEEDS):
            add_feed(session, f"https://{number % 20}.example/{number}", host=f"{number % 20}.example")

    def claims(owner: str) -> Callable[[], list[str]]:
        def work() -> list[str]:
            got = []
            for _ in range(5):
                with database.write() as session:
                    got += [claim.url for claim in claim_feeds(session, owner=owner, limit=4, delay=delay)]
            return got

        return work

    got = [url for urls in together(*map(claims, "abcd")) for url in urls]  # type: ignore[attr-defined]
    got += claims("e")()  # what was locked whenever the others looked
    hosts = [url.split("/")[2] for url in got]
    assert len(set(hosts)) == len(hosts) == 20  # each host is asked for one of its feeds
    with database.read() as session:
        leased = session.exec(select(Feed.url).where(col(Feed.lease_owner).is_not(None))).all()
    assert sorted(leased) == sorted(got)


def test_pages_that_several_claim_at_once_go_to_one_of_them(database: Database) -> None:
    with database.write() as session:
        for number in range(FEEDS):
            add_page(session, f"https://{number % 20}.example/{number}", host=f"{number % 20}.example")

    def work() -> list[str]:
        got = []
        for _ in range(5):
            with database.write() as session:
                got += [
                    claim.url for claim in claim_some_pages(session, per_host=2, delay=0 * SECOND, limit=8)
                ]
        return got

    got = [url for urls in together(work, work, work, work) for url in urls]  # type: ignore[attr-defined]
    got += work()
    hosts = [url.split("/")[2] for url in got]
    assert len(set(got)) == len(got)
    assert {hosts.count(host) for host in hosts} == {2}
    assert len(set(hosts)) == 20


async def test_first_lessons_of_pages_that_come_together_are_all_kept(database: Database) -> None:
    with database.write() as session:
        hosts = [id_of(host_named(session, f"{number}.example")) for number in range(10)]

        outlet = Outlet(name="Gazette", created_at=START)
        session.add(outlet)
        session.flush()
        outlet_id = id_of(outlet)

    def note(host: int, number: int) -> Callable[[Session], None]:
        def learn(session: Session) -> None:
            before = read_lessons(session, outlet_id=outlet_id, host_id=host, now=START)
            locked = lock_lessons(session, before, outlet_id=outlet_id, host_id=host)
            learned = replace(locked.known, pages=[*locked.known.pages, [number]])
            write_lessons(session, locked, learned, now=START)

        return learn

    await asyncio.gather(*(database.writing(note(host, number)) for host in hosts for number in range(4)))
    with database.write() as session:
        kept = [
            sorted(read_lessons(session, outlet_id=outlet_id, host_id=host, now=START).pages)
            for host in hosts
        ]
    assert kept == [[[0], [1], [2], [3]]] * 10


async def test_transaction_that_lost_a_race_is_begun_again(database: Database) -> None:
    """Both look for the host, find none, and make it."""
    looked = threading.Barrier(2)
    begun = 0

    def work(session: Session) -> int:
        nonlocal begun
        begun += 1
        if not database.is_sqlite and begun <= 2:
            # only who found no host has one to write: both have looked before either writes
            event.listen(session, "before_flush", lambda *_: looked.wait(60), once=True)
        return id_of(host_named(session, "gazette.example"))

    first, second = await asyncio.gather(database.writing(work), database.writing(work))
    assert first == second
    assert begun == (2 if database.is_sqlite else 3)


async def test_mistake_is_told_after_some_attempts(database: Database) -> None:
    begun = 0

    def work(session: Session) -> None:
        nonlocal begun
        begun += 1
        session.add_all([Host(name="same"), Host(name="same")])
        session.flush()

    with pytest.raises(IntegrityError):
        await database.writing(work)
    assert begun == (1 if database.is_sqlite else ATTEMPTS)


async def test_deadlock_is_solved(database: Database) -> None:
    with database.write() as session:
        ids = [id_of(host_named(session, name)) for name in ("a", "b")]
    held = threading.Barrier(2)
    begun = 0

    def throttle(first: int, second: int) -> Callable[[Session], None]:
        def work(session: Session) -> None:
            nonlocal begun
            begun += 1
            is_first = not database.is_sqlite and begun <= 2
            session.get_one(Host, first, with_for_update=True).throttled += 1
            session.flush()
            if is_first:
                held.wait(60)
            session.get_one(Host, second, with_for_update=True).throttled += 1

        return work

    await asyncio.gather(
        database.writing(throttle(ids[0], ids[1])), database.writing(throttle(ids[1], ids[0]))
    )
    with database.read() as session:
        assert session.exec(select(Host.throttled)).all() == [2, 2]


def test_work_done_alone_keeps_others_waiting(database: Database) -> None:
    order: list[str] = []
    inside = threading.Event()

    def first() -> None:
        with database.write() as session:
            hold_lock(session, AdvisoryLock.STORIES)
            host_named(session, "a")
            inside.set()
            order.append("first")

    def second() -> None:
        assert inside.wait(60)
        with database.write() as session:
            hold_lock(session, AdvisoryLock.STORIES)
            order.append("second")
            assert session.exec(select(Host.name)).all() == ["a"]

    together(first, second)
    assert order == ["first", "second"]


def test_reader_sees_one_moment(database: Database) -> None:
    with database.read() as reader:
        assert reader.exec(select(Outlet)).all() == []
        with database.write() as session:
            add_feed(session, "https://a.example/rss", host="a.example")
        assert reader.exec(select(Feed)).all() == []
    with database.read() as reader:
        assert len(reader.exec(select(Feed)).all()) == 1


def test_processes_that_start_at_once_upgrade_once(postgres_url: str) -> None:
    def start() -> tuple[str | None, str]:
        with Database(postgres_url) as database:
            return upgrade(database)

    before = [found[0] for found in together(start, start, start)]  # type: ignore[index]
    assert before.count(None) == 1


def test_reading_transaction_of_postgresql_writes_nothing(postgres_database: Database) -> None:
    with postgres_database.read() as session, pytest.raises(DBAPIError, match="read-only"):
        host_named(session, "a.example")
