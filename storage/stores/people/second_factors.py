"""Second factors of users: set up, used once a code, taken away. Recovery codes come in as hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, select

from storage.tables import User


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """A user's second factor as it is stored."""

    secret: str | None = field(repr=False)
    """None: they have none."""
    wanted: str | None = field(repr=False)
    """Shown to them, and not confirmed by a code yet."""
    step: int
    """Of the code that was used last."""
    recovery: tuple[str, ...] = field(repr=False)
    """Hashes of the recovery codes that are left."""


def lock_factor(session: Session, number: int) -> SecondFactor | None:
    """Return a user's second factor, locked until the transaction ends: a code is used once. None where there is no such user."""
    row = session.exec(select(User).where(User.id == number).with_for_update()).first()
    return None if row is None else _factor(row)


def factor_of(session: Session, number: int) -> SecondFactor | None:
    """Return a user's second factor; None where there is no such user."""
    row = session.get(User, number)
    return None if row is None else _factor(row)


def want_factor(session: Session, number: int, secret: str) -> None:
    """Store the secret that a user was shown, until a code confirms it."""
    session.get_one(User, number).factor_wanted = secret
    session.flush()


def set_factor(session: Session, number: int, secret: str, *, step: int, recovery: Sequence[str]) -> None:
    """Set a user's second factor, with the step of the code that confirmed it."""
    row = session.get_one(User, number)
    row.factor_secret, row.factor_wanted, row.factor_step = secret, None, step
    row.factor_recovery = list(recovery)
    session.flush()


def use_step(session: Session, number: int, step: int) -> None:
    """Note that a code was used: it and those before it count no more."""
    session.get_one(User, number).factor_step = step
    session.flush()


def use_recovery(session: Session, number: int, used: str) -> None:
    """Take a recovery code away."""
    row = session.get_one(User, number)
    row.factor_recovery = [one for one in row.factor_recovery if one != used]
    session.flush()


def drop_factor(session: Session, number: int) -> None:
    """Take a user's second factor away."""
    row = session.get_one(User, number)
    row.factor_secret = row.factor_wanted = None
    row.factor_recovery = []
    session.flush()


def _factor(row: User) -> SecondFactor:
    return SecondFactor(row.factor_secret, row.factor_wanted, row.factor_step, tuple(row.factor_recovery))
