"""How often a password may be tried: after a few failures each further try has to wait longer, by name and by address."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

FREE = 5
"""Failures that cost nothing: people mistype."""
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=1)
MOST_KEYS = 10_000
"""Of names and addresses; the oldest are forgotten first, so that an attack can't fill the memory."""


@dataclass(slots=True)
class _Failures:
    count: int
    last: datetime


class Attempts:
    """Counts failures by key. It lives in memory: a restart forgives, and who can restart the service needs no password."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait(self, keys: tuple[str, ...], now: datetime) -> timedelta:
        """Return how long to wait before the next try; zero where it may be made now."""
        return max((self._wait(key, now) for key in keys), default=timedelta(0))

    def failed(self, keys: tuple[str, ...], now: datetime) -> None:
        """Count a failure."""
        for key in keys:
            known = self._failures.pop(key, None)
            count = known.count if known is not None and now - known.last < FORGOTTEN else 0
            self._failures[key] = _Failures(count + 1, now)
        while len(self._failures) > MOST_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """Forget the failures under a key."""
        self._failures.pop(key, None)

    def _wait(self, key: str, now: datetime) -> timedelta:
        known = self._failures.get(key)
        if known is None or known.count < FREE or now - known.last >= FORGOTTEN:
            return timedelta(0)
        pause: timedelta = min(FIRST_WAIT * 2 ** min(known.count - FREE, 20), LONGEST_WAIT)
        return max(timedelta(0), known.last + pause - now)
