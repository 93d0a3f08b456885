"""The database's time, told without asking it each time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.database_clock import LEAST, DatabaseClock, steady
from storage.engine import Database

SECOND = timedelta(seconds=1)
TOLD = datetime(2040, 1, 1, tzinfo=UTC)
"""Far from what the machine's clock says."""


def test_time_goes_on_from_what_the_database_said() -> None:
    clock = DatabaseClock()
    began = steady()
    clock.set(TOLD, before=began, after=began)
    assert TOLD <= clock() <= TOLD + timedelta(seconds=steady() - began)


def test_answer_is_taken_for_the_middle_of_its_way() -> None:
    clock = DatabaseClock()
    clock.set(TOLD, before=steady() - 2, after=steady())
    assert abs(clock() - TOLD - SECOND) < SECOND / 2


@pytest.mark.parametrize(
    ("off", "took", "is_followed"),
    [
        pytest.param(timedelta(hours=1), 0.01, True, id="another server, an hour ahead"),
        pytest.param(-timedelta(hours=1), 0.01, True, id="an hour behind"),
        pytest.param(LEAST / 2, 0.01, False, id="a few milliseconds"),
        pytest.param(SECOND, 3.0, False, id="less than the way took"),
    ],
)
def test_later_answer_counts_where_it_says_something_else(
    off: timedelta, took: float, *, is_followed: bool
) -> None:
    clock = DatabaseClock()
    now = steady()
    clock.set(TOLD, before=now, after=now)
    before = clock()
    clock.set(TOLD + off, before=now - took / 2, after=now + took / 2)
    moved = clock() - before
    assert abs(moved - (off if is_followed else timedelta())) < SECOND / 2


def test_database_is_asked(postgres_database: Database) -> None:
    clock = DatabaseClock()
    with pytest.raises(LookupError, match="not asked"):
        clock()
    with postgres_database.read() as session:
        assert clock.ask(session).tzinfo is UTC
        again = DatabaseClock()
        assert abs(again.ask(session) - clock()) < SECOND
