"""PostgreSQL's connections: nobody waits for ever, nobody makes others wait for ever, and a pooler may stand between."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

import storage.postgres
from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.engine import Database, parse_url
from storage.postgres import is_in_the_way, with_hosts_apart
from storage.rows import id_of
from storage.stores.feeds.hosts import host_named
from storage.tables import Host

NAMES = ("lock_timeout", "idle_in_transaction_session_timeout", "statement_timeout")


def waits(session: Session) -> tuple[str, ...]:
    return tuple(session.execute(text(f"SHOW {name}")).scalar_one() for name in NAMES)


@pytest.fixture
def hasty(upgraded_postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database whose stages wait, and may stand still, for less than half a second."""
    for name in NAMES[:2]:
        monkeypatch.setitem(storage.postgres.IMPATIENT, name, "400ms")
    return Database(upgraded_postgres_url)


@pytest.mark.parametrize("url_name", ["upgraded_postgres_url", "pooled_url"])
async def test_every_transaction_has_its_limits(request: pytest.FixtureRequest, url_name: str) -> None:
    with Database(request.getfixturevalue(url_name)) as database:
        assert await database.writing(waits) == ("5s", "10s", "5min")
        assert await database.reading(waits) == ("5s", "10s", "5min")
        with database.read() as session:
            assert waits(session) == ("1min", "10min", "0")
        with database.write() as session:
            assert waits(session) == ("1min", "10min", "0")
            hold_lock(session, AdvisoryLock.STORIES)  # which grouping waits for
            assert waits(session) == ("1min", "10s", "0")
        assert await database.writing(waits) == ("5s", "10s", "5min")
        with database.outside_transactions() as connection:
            connection.exec_driver_sql("ANALYZE host")


async def test_lock_that_another_session_holds_is_waited_for_by_beginning_again(hasty: Database) -> None:
    with hasty as database:
        with database.write() as session:  # patient, unlike the stages: a busy machine may stand still here
            number = id_of(host_named(session, "a.example"))
        go_on, held = threading.Event(), threading.Event()
        begun = 0

        def hold() -> None:
            with database.write() as session:
                session.get_one(Host, number, with_for_update=True)
                held.set()
                assert go_on.wait(60)

        def throttle(session: Session) -> None:
            nonlocal begun
            begun += 1
            if begun == 3:
                go_on.set()
            session.get_one(Host, number, with_for_update=True).throttled += 1

        holder = asyncio.create_task(asyncio.to_thread(hold))
        await asyncio.to_thread(held.wait, 60)
        await database.writing(throttle)
        await holder
        assert begun >= 3
        assert await database.reading(lambda session: session.get_one(Host, number).throttled) == 1


async def test_who_stands_still_within_a_transaction_loses_its_locks_and_begins_again(
    hasty: Database,
) -> None:
    with hasty as database:
        with database.write() as session:  # patient, unlike the stages: a busy machine may stand still here
            number = id_of(host_named(session, "a.example"))
        locked, taken = threading.Event(), threading.Event()
        begun = 0

        def stand_still(session: Session) -> None:
            nonlocal begun
            begun += 1
            session.get_one(Host, number, with_for_update=True).throttled += 1
            locked.set()
            assert taken.wait(60)

        def take() -> None:
            assert locked.wait(60)
            with database.write() as session:  # patient: it waits until the server ends the other
                session.get_one(Host, number, with_for_update=True).throttled += 10
            taken.set()

        await asyncio.gather(database.writing(stand_still), asyncio.to_thread(take))
        assert begun == 2
        assert await database.reading(lambda session: session.get_one(Host, number).throttled) == 11


async def test_transaction_whose_connection_is_lost_before_its_commit_begins_again(
    postgres_database: Database,
) -> None:
    begun = 0

    def lose(session: Session) -> None:
        nonlocal begun
        begun += 1
        host_named(session, "a.example")
        own = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        if begun == 1:
            with postgres_database.write() as other:
                other.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own})
        host_named(session, "b.example")

    await postgres_database.writing(lose)
    assert begun == 2
    assert await postgres_database.reading(lambda session: len(session.exec(select(Host)).all())) == 2


def end_sessions_of(database: Database) -> None:
    """End the sessions that a database keeps open, as a restart of its server does."""
    with Database(database.address) as other, other.write() as session:
        ours = text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE :name"
        )
        assert session.execute(ours, {"name": f"%/{database.name}"}).all()


@pytest.mark.parametrize(
    ("rested", "begun"), [pytest.param(0.0, 2, id="tried first"), pytest.param(600.0, 3, id="begun again")]
)
async def test_connection_that_was_lost_costs_no_transaction(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch, rested: float, begun: int
) -> None:
    monkeypatch.setattr(storage.postgres, "RESTED", rested)
    times = 0

    def count(session: Session) -> int:
        nonlocal times
        times += 1
        return len(session.exec(select(Host)).all())

    assert await postgres_database.reading(count) == 0
    end_sessions_of(postgres_database)
    assert await postgres_database.reading(count) == 0
    assert times == begun


async def test_connection_in_use_is_not_tried_each_time(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage.postgres, "RESTED", 600.0)
    tried = 0
    ping = postgres_database.engine.dialect.do_ping

    def count(connection: Any) -> bool:  # noqa: ANN401  (the driver's)
        nonlocal tried
        tried += 1
        return ping(connection)

    monkeypatch.setattr(postgres_database.engine.dialect, "do_ping", count)
    for _time in range(3):
        await postgres_database.writing(host_named, "a.example")
    assert tried == 0
    monkeypatch.setattr(storage.postgres, "RESTED", 0.0)
    await postgres_database.writing(host_named, "a.example")
    assert tried == 1


async def test_lock_that_is_never_had_is_told_as_what_it_is(hasty: Database) -> None:
    with hasty as database, database.write() as holder:
        host_named(holder, "a.example")
        with pytest.raises(DBAPIError) as caught:  # a row of this name may come
            await database.writing(host_named, "a.example")
    assert is_in_the_way(caught.value)


async def test_server_that_takes_no_writes_any_more_is_left(postgres_database: Database) -> None:
    """After a failover, the former primary is a standby, and another host of the address is the primary."""

    begun = 0

    def turn_into_a_standby(session: Session) -> None:
        session.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))

    def write(session: Session) -> None:
        nonlocal begun
        begun += 1
        host_named(session, "a.example")

    await postgres_database.writing(turn_into_a_standby)
    await postgres_database.writing(write)
    assert begun == 2


async def test_first_of_several_hosts_that_takes_writes_is_used(upgraded_postgres_url: str) -> None:
    url = (
        upgraded_postgres_url.replace("host=", "host=/nowhere/at/all&host=")
        + "&target_session_attrs=read-write"
    )
    with Database(url) as database:
        await database.writing(host_named, "a.example")
        assert await database.reading(lambda session: session.exec(select(Host.name)).all()) == ["a.example"]


@pytest.mark.parametrize(
    ("url", "apart"),
    [
        pytest.param("postgresql://u@h/db", "postgresql://u@h/db", id="one host"),
        pytest.param(
            "postgresql://u:p@h1:5432,h2:5433/db?target_session_attrs=read-write",
            "postgresql://u:p@/db?target_session_attrs=read-write&host=h1:5432&host=h2:5433",
            id="two",
        ),
        pytest.param(
            "postgresql://h1,h2/db", "postgresql:///db?host=h1&host=h2", id="without user and ports"
        ),
        pytest.param("sqlite:///a,b.db", "sqlite:///a,b.db", id="a comma in a file's name"),
    ],
)
def test_several_hosts_are_told_apart(url: str, apart: str) -> None:
    assert with_hosts_apart(url) == apart


def test_address_with_several_hosts_is_read() -> None:
    url = parse_url("postgresql://u:secret@h1:5432,h2:5433/db?target_session_attrs=read-write")
    assert url.query["host"] == ("h1:5432", "h2:5433")
    assert (url.username, url.database, url.query["target_session_attrs"]) == ("u", "db", "read-write")


async def test_more_clients_than_the_pooler_has_connections_are_served(pooled_url: str) -> None:
    """Statements come often enough to be prepared, and each transaction may be another session's."""
    with Database(pooled_url) as database:

        def work(session: Session, name: str) -> None:
            session.get_one(Host, id_of(host_named(session, name)), with_for_update=True).throttled += 1

        names = [f"{number % 5}.example" for number in range(60)]
        await asyncio.gather(*(database.writing(work, name) for name in names))
        throttled = await database.reading(lambda session: session.exec(select(Host.throttled)).all())
    assert list(throttled) == [12] * 5
