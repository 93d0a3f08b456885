"""Browsers that are signed in: listed, noted as seen, ended. Secrets come in as hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import User, UserSession

SEEN_EVERY = timedelta(minutes=1)
"""When a session was seen last is written at most so often."""


@dataclass(frozen=True, slots=True)
class Browser:
    """From where a session was begun: an address, and what the browser calls itself."""

    address: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser that is signed in."""

    id: int
    user: str
    created_at: datetime
    expires_at: datetime
    address: str
    browser: str
    seen_at: datetime
    seen_from: str
    origin: str
    """How it was begun: by a password (empty), `oidc` or a `proxy`."""


def open_sessions(session: Session, *, user_id: int | None = None, now: datetime) -> list[OpenSession]:
    """Return the sessions that are not over, of one user or of all, those seen last first."""
    query = (
        select(UserSession, User.name)
        .join(User, col(User.id) == col(UserSession.user_id))
        .where(col(UserSession.expires_at) > now)
    )
    if user_id is not None:
        query = query.where(UserSession.user_id == user_id)
    found = [_open(row, name) for row, name in session.exec(query)]
    return sorted(found, key=lambda one: (one.seen_at, one.id), reverse=True)


def session_numbered(session: Session, number: int) -> OpenSession | None:
    """Return a session by its number; None where there is none."""
    row = session.get(UserSession, number)
    return None if row is None else _open(row, session.get_one(User, row.user_id).name)


def note_seen(session: Session, number: int, address: str, *, now: datetime) -> None:
    """Note that a session was used."""
    session.execute(
        update(UserSession).where(col(UserSession.id) == number).values(seen_at=now, seen_from=address)
    )


def drop_session(session: Session, number: int) -> None:
    """End a session by its number."""
    session.execute(delete(UserSession).where(col(UserSession.id) == number))


def drop_sessions(session: Session, user_id: int, *, but: int | None = None) -> int:
    """End a user's sessions, but one; return how many."""
    theirs = [col(UserSession.user_id) == user_id]
    if but is not None:
        theirs.append(col(UserSession.id) != but)
    return session.exec(delete(UserSession).where(*theirs)).rowcount


def drop_sessions_elsewhere(session: Session, *, subject: str, origin_session: str) -> list[str]:
    """End the sessions that were begun elsewhere by a person there, in a session there, or both; return whose they were.

    Either may be empty, not both. A person's session of which it is not known which one there it came of ends too.
    """
    query = select(UserSession, User.name).join(User, col(User.id) == col(UserSession.user_id))
    query = query.where(UserSession.origin == "oidc")
    if subject:
        query = query.where(User.subject == subject)
    if origin_session:
        known = ("", origin_session) if subject else (origin_session,)
        query = query.where(col(UserSession.origin_session).in_(known))
    ended = session.exec(query).all()
    for row, _name in ended:
        session.delete(row)
    session.flush()
    return sorted({name for _row, name in ended})


def _open(row: UserSession, user: str) -> OpenSession:
    return OpenSession(
        id=id_of(row),
        user=user,
        created_at=row.created_at,
        expires_at=row.expires_at,
        address=row.address,
        browser=row.browser,
        seen_at=row.seen_at or row.created_at,
        seen_from=row.seen_from or row.address,
        origin=row.origin,
    )
