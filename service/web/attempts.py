"""How often a password may be tried: after a few failures each further try has to wait longer.

Failures are counted by address, and by name and address together: strangers who try a name slow themselves down, not its user.
By the name alone they count from many more on, for whoever tries from many addresses; and not where the user has signed in from.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

FREE = 5
"""Failures that cost nothing: people mistype."""
FREE_BY_NAME = 50
"""The same for a name, from wherever it was tried."""
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=1)
MOST_KEYS = 10_000
"""Of names and addresses; the oldest are forgotten first, so that an attack can't fill the memory."""


@dataclass(slots=True)
class _Failures:
    count: int
    last: datetime


class Counted(NamedTuple):
    """What failures are counted by, and how many of them cost nothing."""

    key: str
    free: int = FREE


class Attempts:
    """Counts failures by key. It lives in memory: a restart forgives, and who can restart the service needs no password."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._known: OrderedDict[str, None] = OrderedDict()

    def of_sign_in(self, name: str, address: str) -> tuple[Counted, ...]:
        """Return what a try of a name from an address is counted by."""
        both = f"name {name} at {address}"
        own = (Counted(f"address {address}"), Counted(both))
        return own if both in self._known else (*own, Counted(f"name {name}", FREE_BY_NAME))

    def signed_in(self, name: str, address: str) -> None:
        """Forget the failures from an address, and know that the user is there."""
        both = f"name {name} at {address}"
        self.succeeded(Counted(both))
        self.succeeded(Counted(f"address {address}"))
        self._known[both] = None
        self._known.move_to_end(both)
        while len(self._known) > MOST_KEYS:
            self._known.popitem(last=False)

    def wait(self, keys: Iterable[Counted], now: datetime) -> timedelta:
        """Return how long to wait before the next try; zero where it may be made now."""
        return max((self._wait(key, now) for key in keys), default=timedelta(0))

    def failed(self, keys: Iterable[Counted], now: datetime) -> None:
        """Count a failure."""
        for key, _free in keys:
            known = self._failures.pop(key, None)
            count = known.count if known is not None and now - known.last < FORGOTTEN else 0
            self._failures[key] = _Failures(count + 1, now)
        while len(self._failures) > MOST_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, counted: Counted) -> None:
        """Forget the failures that were counted by this."""
        self._failures.pop(counted.key, None)

    def _wait(self, counted: Counted, now: datetime) -> timedelta:
        known = self._failures.get(counted.key)
        if known is None or known.count < counted.free or now - known.last >= FORGOTTEN:
            return timedelta(0)
        pause: timedelta = min(FIRST_WAIT * 2 ** min(known.count - counted.free, 20), LONGEST_WAIT)
        return max(timedelta(0), known.last + pause - now)
