"""The database's time of day, known without asking each time: leases and due times of all machines go by one clock.

The machine's own clock is never looked at. Between two answers of the database time goes on by the machine's count of seconds
since its start, which nobody sets and which goes on while the machine is suspended.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session

from storage.types import UtcDateTime

LEAST = timedelta(milliseconds=50)
"""A smaller difference is left: the way to the database and back takes as long."""
_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady() -> float:
    """Return seconds that only go forward, and go on while the process stands still or the machine sleeps."""
    return time.clock_gettime(_STEADY)


@dataclass(frozen=True, slots=True)
class _Anchor:
    """The database's time at a moment of `steady`."""

    at: datetime
    steady: float


class DatabaseClock:
    """Tells the database's time. `ask` it before the first use, and now and then."""

    def __init__(self) -> None:
        self._anchor: _Anchor | None = None

    def __call__(self) -> datetime:
        """Return the time, in UTC. Raises `LookupError` where the database was never asked."""
        anchor = self._anchor
        if anchor is None:
            raise LookupError("the database was not asked for its time yet")
        return anchor.at + timedelta(seconds=steady() - anchor.steady)

    def ask(self, session: Session) -> datetime:
        """Ask the database (PostgreSQL) for its time, go by it from now on, and return it."""
        before = steady()
        told = session.execute(sa_select(func.clock_timestamp(type_=UtcDateTime()))).scalar_one()
        self.set(told, before=before, after=steady())
        return self()

    def set(self, told: datetime, *, before: float, after: float) -> None:
        """Take in what the database said between two moments of `steady`."""
        middle, doubt = (before + after) / 2, timedelta(seconds=(after - before) / 2)
        if self._anchor is not None:
            expected = self._anchor.at + timedelta(seconds=middle - self._anchor.steady)
            if abs(told - expected) <= max(LEAST, doubt):
                return
        self._anchor = _Anchor(told, middle)
