"""The database: URLs, transactions, times."""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, StatementError
from sqlmodel import Session, select

from storage.engine import Database, parse_url
from storage.errors import StorageError
from storage.migrate import upgrade
from storage.tables import Outlet

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def outlet(name: str, created_at: datetime = NOON) -> Outlet:
    return Outlet(name=name, created_at=created_at)


def test_transaction_commits_whole(database: Database) -> None:
    with database.write() as session:
        session.add(outlet("Example Gazette"))
    with database.read() as session:
        assert session.exec(select(Outlet.name)).all() == ["Example Gazette"]


def test_transaction_that_raises_leaves_nothing(database: Database) -> None:
    def fail_late() -> None:
        with database.write() as session:
            session.add(outlet("Example Gazette"))
            session.flush()
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        fail_late()
    with database.read() as session:
        assert session.exec(select(Outlet)).all() == []


def test_reader_does_not_wait_for_the_writer(database: Database) -> None:
    with database.write() as writer:
        writer.add(outlet("Example Gazette"))
        writer.flush()
        with database.read() as reader:
            assert reader.exec(select(Outlet)).all() == []


async def test_transactions_run_off_the_loop(database: Database) -> None:
    await database.writing(lambda session: session.add(outlet("Example Gazette")))
    assert (
        await database.reading(lambda session: session.exec(select(Outlet.name)).one()) == "Example Gazette"
    )


def test_times_come_back_aware_and_in_utc(database: Database) -> None:
    rabat = datetime(2026, 3, 2, 13, 30, tzinfo=timezone(timedelta(hours=1)))
    with database.write() as session:
        session.add(outlet("Example Gazette", rabat))
    with database.read() as session:
        stored = session.exec(select(Outlet.created_at)).one()
    assert stored == rabat
    assert stored.utcoffset() == timedelta(0)


def test_naive_time_is_refused(database: Database) -> None:
    with pytest.raises(StatementError, match="naive time"), database.write() as session:
        session.add(outlet("Example Gazette", NOON.replace(tzinfo=None)))


def test_sqlite_keeps_its_promises(sqlite_database: Database) -> None:
    with sqlite_database.engine.connect() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
    assert pragma == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 30_000}


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        pytest.param("sqlite:///tocsin.db", "sqlite", id="sqlite"),
        pytest.param("postgresql://tocsin@db.example/tocsin", "postgresql+psycopg", id="postgresql"),
        pytest.param(
            "postgresql+psycopg://tocsin@db.example/tocsin", "postgresql+psycopg", id="with its driver"
        ),
    ],
)
def test_url_gets_its_driver(url: str, driver: str) -> None:
    assert parse_url(url).drivername == driver


@pytest.mark.parametrize(
    "url", [pytest.param("mysql://db.example/x", id="other database"), pytest.param("tocsin.db", id="no url")]
)
def test_unusable_url_is_refused(url: str) -> None:
    with pytest.raises(StorageError, match="sqlite:///"):
        parse_url(url)


def test_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'missing' / 'tocsin.db'}"
    with Database(url) as database, pytest.raises(StorageError, match="folder exists"):
        upgrade(database)


def test_new_database_is_its_owners_alone(tmp_path: Path) -> None:
    with Database(f"sqlite:///{tmp_path / 'own.db'}") as database, database.write() as session:
        session.execute(text("CREATE TABLE t (x)"))
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("own.db", "own.db-wal", "own.db-shm"), 0o600)


def test_errors_tell_no_values(tmp_path: Path) -> None:
    with (
        Database(f"sqlite:///{tmp_path / 'own.db'}") as database,
        database.read() as session,
        pytest.raises(OperationalError) as caught,
    ):
        session.execute(text("SELECT :secret FROM nothing"), {"secret": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_login_of_an_address_that_is_none_is_not_repeated() -> None:
    with pytest.raises(StorageError) as caught:
        Database("mysql://user:hunter2@host/x")
    assert "hunter2" not in str(caught.value)


async def test_urgent_transactions_go_before_those_that_wait(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'one_writer.db'}")
    go, began = threading.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    done: list[str] = []

    def hold(_session: Session) -> None:
        loop.call_soon_threadsafe(began.set)
        assert go.wait(60)

    tasks = [asyncio.create_task(database.writing(hold))]
    await began.wait()
    for name, write in (
        ("first", database.writing),
        ("second", database.writing),
        ("urgent", database.writing_urgently),
    ):
        tasks.append(asyncio.create_task(write(lambda _session, name: done.append(name), name)))
        await asyncio.sleep(0)
    go.set()
    await asyncio.gather(*tasks)
    database.close()
    assert done == ["urgent", "first", "second"]


async def test_a_transaction_that_raises_is_told_to_its_caller_and_stops_no_other(database: Database) -> None:
    def fail(_session: Session) -> None:
        raise LookupError("on purpose")

    with pytest.raises(LookupError, match="on purpose"):
        await database.writing(fail)
    await database.writing(lambda session: session.add(outlet("Example Gazette")))
