"""Tries of passwords, counted in the database: for all processes that serve pages, and for those made at once."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlmodel import select

from service.web.attempts import FREE, FREE_BY_NAME, Counted, begin_sign_in, begin_try, signed_in, succeeded
from storage.engine import Database
from storage.stores.people.tries import expire_tries
from storage.tables import SignInTry
from tests.conftest import START
from tests.storage.test_races import together

OWN, THIEF, ELSEWHERE = "192.0.2.1", "192.0.2.9", "203.0.113.7"


def wait(database: Database, address: str, name: str = "ed", now: datetime = START) -> timedelta:
    return database.transact(begin_sign_in, name, address, now=now)


def test_strangers_who_try_a_name_shut_nobody_out(database: Database) -> None:
    assert [wait(database, THIEF) for _try in range(FREE)] == [timedelta(0)] * FREE
    assert wait(database, THIEF) == timedelta(seconds=5)
    assert wait(database, OWN) == timedelta(0)
    database.transact(signed_in, "ed", OWN, now=START)
    for stranger in range(FREE_BY_NAME):
        wait(database, f"198.51.100.{stranger}")
    assert wait(database, ELSEWHERE) > timedelta(0)  # tried from everywhere
    assert wait(database, OWN) == timedelta(0)  # its user's own place


def test_tries_are_counted_over_processes_and_made_at_once(database: Database) -> None:
    """Ten at once, of two processes: no more pass than would one after another."""
    with Database(database.url.render_as_string(hide_password=False)) as other:
        found = together(*(lambda one=one: wait(one, THIEF) for one in (database, other) * 5))
    assert sorted(bool(waiting) for waiting in found) == [False] * FREE + [True] * FREE


def test_success_is_forgotten_and_so_is_what_is_old(database: Database) -> None:
    account = Counted("account ed")
    for _try in range(FREE):
        assert not database.transact(begin_try, [account], now=START)
    assert database.transact(begin_try, [account], now=START)
    database.transact(succeeded, account)
    assert not database.transact(begin_try, [account], now=START)
    database.transact(signed_in, "ed", OWN, now=START)
    later = START + timedelta(days=2)
    database.transact(expire_tries, failed_before=later, known_before=START - timedelta(days=1))
    with database.read() as session:
        assert session.exec(select(SignInTry.count)).all() == [0]  # that ed was there


def test_neither_address_nor_name_is_stored(database: Database) -> None:
    wait(database, OWN)
    with database.read() as session:
        keys = session.exec(select(SignInTry.key)).all()
    assert len(keys) == 3
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in keys)
