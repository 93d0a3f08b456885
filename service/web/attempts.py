"""How often a password may be tried: after a few failures each further try has to wait longer.

Failures are counted by address, and by name and address together: strangers who try a name slow themselves down, not its user.
By the name alone they count from many more on, for whoever tries from many addresses; and not where the user has signed in from.
The counts are in the database, so that they hold for all processes that serve pages, and through a restart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session

from storage.stores.people.tries import (
    Failures,
    forget_failures,
    is_known,
    lock_failures,
    put_failures,
)

FREE = 5
"""Failures that cost nothing: people mistype."""
FREE_BY_NAME = 50
"""The same for a name, from wherever it was tried."""
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)
FORGOTTEN = timedelta(hours=1)


class Counted(NamedTuple):
    """What failures are counted by, and how many of them cost nothing."""

    key: str
    free: int = FREE

    @property
    def hashed(self) -> str:
        """Return what is stored of the key, which may name an address."""
        return hashlib.sha256(self.key.encode()).hexdigest()


def begin_sign_in(session: Session, name: str, address: str, *, now: datetime) -> timedelta:
    """Count a try of a name from an address, and return zero; or return how long to wait before the next."""
    both = f"name {name} at {address}"
    own = (Counted(f"address {address}"), Counted(both))
    knows = is_known(session, Counted(f"known {both}").hashed)
    return begin_try(session, own if knows else (*own, Counted(f"name {name}", FREE_BY_NAME)), now=now)


def signed_in(session: Session, name: str, address: str, *, now: datetime) -> None:
    """Forget the failures from an address, and know that the user is there."""
    both = f"name {name} at {address}"
    forget_failures(session, [Counted(both).hashed, Counted(f"address {address}").hashed])
    put_failures(session, {Counted(f"known {both}").hashed: Failures(0, now)})


def begin_try(session: Session, keys: Sequence[Counted], *, now: datetime) -> timedelta:
    """Count a try, which is a failure until it has succeeded, and return zero; or return how long to wait before the next."""
    known = lock_failures(session, [one.hashed for one in keys], now=now)
    wait = max((wait_after(known[one.hashed], one.free, now=now) for one in keys), default=timedelta(0))
    if not wait:
        put_failures(session, {key: one_more(failures, now=now) for key, failures in known.items()})
    return wait


def succeeded(session: Session, counted: Counted) -> None:
    """Forget the failures that were counted by this."""
    forget_failures(session, [counted.hashed])


def wait_after(failures: Failures, free: int, *, now: datetime) -> timedelta:
    """Return how long to wait before the next try; zero where it may be made now. Pure."""
    if failures.count < free or now - failures.last >= FORGOTTEN:
        return timedelta(0)
    pause: timedelta = min(FIRST_WAIT * 2 ** min(failures.count - free, 20), LONGEST_WAIT)
    return max(timedelta(0), failures.last + pause - now)


def one_more(failures: Failures, *, now: datetime) -> Failures:
    """Return the failures with one that comes now; old ones are forgotten. Pure."""
    return Failures(failures.count + 1 if now - failures.last < FORGOTTEN else 1, now)
