"""Tries of passwords that failed, counted for all processes that serve pages. What they are counted by is stored as a hash."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.tables import SignInTry
from storage.upserts import insert_or_ignore, insert_or_update


@dataclass(frozen=True, slots=True)
class Failures:
    """How often something was tried in vain, and when last."""

    count: int
    last: datetime


def is_known(session: Session, key: str) -> bool:
    """Return whether there is a row of this key."""
    return session.get(SignInTry, key) is not None


def lock_failures(session: Session, keys: Collection[str], *, now: datetime) -> dict[str, Failures]:
    """Return how often each was tried in vain, locked until the transaction ends: tries at once are counted one after another."""
    rows = [{"key": key, "count": 0, "last_at": now} for key in sorted(set(keys))]
    session.connection().execute(insert_or_ignore(session, SignInTry), rows)
    query = sa_select(col(SignInTry.key), col(SignInTry.count), col(SignInTry.last_at))
    found = session.execute(
        query.where(col(SignInTry.key).in_(keys)).order_by(col(SignInTry.key)).with_for_update()
    )
    return {key: Failures(count, last) for key, count, last in found}


def put_failures(session: Session, failures: Mapping[str, Failures]) -> None:
    """Store how often each was tried in vain."""
    rows = [
        {"key": key, "count": tried.count, "last_at": tried.last} for key, tried in sorted(failures.items())
    ]
    statement = insert_or_update(session, SignInTry, ("key",), ("count", "last_at"))
    session.connection().execute(statement, rows)


def forget_failures(session: Session, keys: Collection[str]) -> None:
    """Forget what was counted by these."""
    session.execute(delete(SignInTry).where(col(SignInTry.key).in_(keys)))


def expire_tries(session: Session, *, failed_before: datetime, known_before: datetime) -> None:
    """Delete the failures and the known places that are older."""
    session.execute(
        delete(SignInTry).where(
            or_(
                (col(SignInTry.count) > 0) & (col(SignInTry.last_at) < failed_before),
                col(SignInTry.last_at) < known_before,
            )
        )
    )
