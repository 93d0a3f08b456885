"""A service among others: what one held that is dead goes to the others, and what a living one holds never does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError, PendingRollbackError
from sqlmodel import col, select

import service.presence
from service.presence import BEAT, Presence
from storage.database_clock import DatabaseClock
from storage.engine import Database
from storage.stores.services import STALE_AFTER, running_services
from storage.tables import Feed, RunningService
from tests.conftest import START, Clock
from tests.databases import on_both
from tests.storage.test_claims import add_feed

HOLDER = """
import sys
from service.clock import utc_now
from service.presence import Presence
from storage.database_clock import DatabaseClock
from storage.engine import Database
with Database(sys.argv[1]) as database:
    clock = utc_now if database.is_sqlite else DatabaseClock()
    with Presence(database, clock, recover=lambda: None).held():
        print("held", flush=True)
        sys.stdin.read()
"""


class Steady:
    """The seconds that `service.presence` goes by."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> Steady:
    """Seconds that a test moves on: nothing is waited for."""
    steady = Steady()
    monkeypatch.setattr(service.presence, "steady", steady)
    return steady


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def present(database: Database, clock: Clock, freed: list[str] | None = None) -> Presence:
    """Return a service that renews its row when the test says so."""
    one = Presence(database, clock, recover=lambda: None if freed is None else freed.append("recovered"))
    one.on_freed = lambda: None if freed is None else freed.append("freed")
    return one


def take_feed(database: Database, owner: str, name: str) -> None:
    with database.write() as session:
        feed = add_feed(session, f"https://{name}.example/rss", host=f"{name}.example")
        feed.lease_owner, feed.lease_until = owner, START + timedelta(minutes=5)


def holders(database: Database) -> list[str | None]:
    with database.read() as session:
        return list(session.exec(select(Feed.lease_owner).order_by(col(Feed.id))))


class Pair:
    """Two services whose time stands still until the test moves it."""

    def __init__(self, database: Database, clock: Clock, seconds: Steady) -> None:
        self.database, self.clock, self.seconds = database, clock, seconds
        self.told: list[str] = []
        self.first, self.second = present(database, clock, self.told), present(database, clock)
        for one in (self.first, self.second):
            one.renew()
            take_feed(database, one.name, one.name)
        self.told.clear()

    def later(self, by: timedelta, *renewing: Presence) -> None:
        self.clock.advance(by)
        self.seconds.seconds += by.total_seconds()
        for one in renewing:
            one.renew()


@pytest.fixture
def pair(postgres_database: Database, clock: Clock, seconds: Steady) -> Pair:
    return Pair(postgres_database, clock, seconds)


def test_work_of_a_service_that_falls_silent_is_taken_up_within_fifteen_seconds(pair: Pair) -> None:
    waited = timedelta()
    while pair.second.name in holders(pair.database):
        pair.later(BEAT, pair.first)
        waited += BEAT
    assert STALE_AFTER < waited <= timedelta(seconds=15)
    assert holders(pair.database) == [pair.first.name, None]
    assert pair.told == ["recovered", "freed"]  # what it had sent is known before it is queued again


def test_service_that_stands_still_in_a_transaction_is_cut_off_and_holds_nobody_up(
    pair: Pair, upgraded_postgres_url: str
) -> None:
    with Database(upgraded_postgres_url) as other:
        frozen = Presence(other, pair.clock, recover=lambda: None, name=other.name)
        frozen.renew()
        take_feed(other, frozen.name, "gazette")
        with suppress(PendingRollbackError), other.write() as session:  # the server itself waits ten minutes
            session.exec(select(Feed).with_for_update()).all()
            while frozen.name in holders(pair.database):
                pair.later(BEAT, pair.first, pair.second)
            with pytest.raises(OperationalError):
                session.exec(select(Feed)).all()
        assert holders(pair.database) == [pair.first.name, pair.second.name, None]


def test_living_services_keep_what_they_hold(pair: Pair) -> None:
    for _time in range(10):
        pair.later(BEAT, pair.first, pair.second)
    assert holders(pair.database) == [pair.first.name, pair.second.name]


def test_after_the_database_was_away_no_one_is_taken_for_dead(pair: Pair) -> None:
    pair.later(timedelta(minutes=5), pair.first)  # the second has not come round to it yet
    assert holders(pair.database) == [pair.first.name, pair.second.name]
    pair.later(BEAT, pair.second, pair.first)
    for _time in range(10):
        pair.later(BEAT, pair.first, pair.second)
    assert holders(pair.database) == [pair.first.name, pair.second.name]


def test_service_that_stood_still_is_not_sure_of_its_claims_until_it_has_renewed(pair: Pair) -> None:
    for _time in range(8):
        pair.later(BEAT, pair.first)
    assert pair.first.is_sure()
    assert not pair.second.is_sure()
    assert holders(pair.database)[1] is None
    pair.second.renew()
    assert pair.second.is_sure()
    with pair.database.read() as session:
        assert sorted(running_services(session)) == sorted([pair.first.name, pair.second.name])


def test_services_of_one_host_name_and_process_number_leave_each_other_alone(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two containers, each of them process 1 of a host of the same name, with folders of their own."""
    monkeypatch.setattr(os, "getpid", lambda: 1)
    monkeypatch.setattr(socket, "gethostname", lambda: "tocsin")
    with other_folder():
        third = present(pair.database, pair.clock)
        with third.held():
            assert holders(pair.database) == [pair.first.name, pair.second.name]


@contextmanager
def other_folder() -> Iterator[None]:
    before = Path.cwd()
    (before / "other").mkdir()
    os.chdir(before / "other")
    try:
        yield
    finally:
        os.chdir(before)


def url_of(database: Database) -> str:
    return database.url.render_as_string(hide_password=False)


@on_both
def test_work_of_a_killed_service_is_free_when_one_starts_on_the_same_machine(
    database: Database, clock: Clock
) -> None:
    command = (sys.executable, "-c", HOLDER, url_of(database))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with database.read() as session:
            (killed,) = running_services(session)
        take_feed(database, killed, "gazette")
        holder.send_signal(signal.SIGKILL)
    with present(database, clock).held():
        assert holders(database) == [None]
        with database.read() as session:
            assert killed not in running_services(session)


def test_start_beside_a_living_service_of_the_same_machine_leaves_it_alone(
    postgres_database: Database, clock: Clock
) -> None:
    command = (sys.executable, "-c", HOLDER, url_of(postgres_database))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with postgres_database.read() as session:
            (living,) = running_services(session)
        take_feed(postgres_database, living, "gazette")
        with present(postgres_database, clock).held():
            assert holders(postgres_database) == [living]
        holder.communicate("")
    with postgres_database.read() as session:
        assert running_services(session) == []
    assert holders(postgres_database) == [None]  # it has signed off


def test_row_is_renewed_by_the_databases_clock_while_nothing_else_is_done(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.presence, "BEAT", timedelta(milliseconds=1))
    clock = DatabaseClock()
    one = Presence(postgres_database, clock, recover=lambda: None)
    renewed = threading.Event()
    real = one.renew

    def renew() -> None:
        real()
        renewed.set()

    monkeypatch.setattr(one, "renew", renew)
    with one.held():
        with postgres_database.read() as session:
            row = session.exec(select(RunningService)).one()
        assert row.started_at == row.beat_at or row.beat_at > row.started_at
        assert renewed.wait(60)
        with postgres_database.read() as session:
            assert session.exec(select(RunningService.beat_at)).one() > row.started_at
        assert abs(clock() - row.started_at) < timedelta(minutes=1)
