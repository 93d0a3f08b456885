"""The clock of whatever runs: the only place that asks the machine for the time of day. What decides is given `now`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from storage.engine import Database


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def clock_of(database: Database) -> Callable[[], datetime]:
    """Return the clock that a database's leases and due times go by: its server's, or the machine's for SQLite."""
    if database.is_sqlite:
        return utc_now
    from storage.database_clock import DatabaseClock

    clock = DatabaseClock()
    database.transact(clock.ask)
    return clock


def iso(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC, ending in Z."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
