"""Browsers that are signed in: a user's own, or, for an admin, anybody's; each can be ended."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from service.actions.acting import act
from service.actions.errors import NotFoundError
from storage.language import _
from storage.stores.people.sessions import (
    OpenSession,
    drop_session,
    drop_sessions,
    open_sessions,
    session_numbered,
)
from storage.stores.people.users import KnownUser, user_called, user_numbered


def list_sessions(session: Session, *, which: str | int | None = None, now: datetime) -> list[OpenSession]:
    """Return the sessions of a user, or of all; those seen last first. Raise `NotFoundError` where there is no such user."""
    number = None if which is None else _user(session, which).id
    return open_sessions(session, user_id=number, now=now)


@act("session", "end", about="owner", told=("number",))
def end_session(session: Session, number: int, *, owner: str | None = None) -> OpenSession:
    """End a session at once and return it; with `owner`, only one of theirs. Raise `NotFoundError`."""
    found = session_numbered(session, number)
    if found is None or (owner is not None and found.user != owner):
        raise NotFoundError(_("There is no session {number}: it has ended already.", number=number))
    drop_session(session, number)
    return found


@act("session", "end", about="which")
def end_sessions(session: Session, which: str | int, *, but: int | None = None) -> int:
    """End every session of a user, but one of a number; return how many. Raise `NotFoundError`."""
    return drop_sessions(session, _user(session, which).id, but=but)


def _user(session: Session, which: str | int) -> KnownUser:
    user = user_called(session, which) if isinstance(which, str) else user_numbered(session, which)
    if user is None:
        raise NotFoundError(_("There is no user {which!r}.", which=which))
    return user
