"""Users, sessions, one-time links, tokens, kept answers. Secrets come in as hashes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, or_, select

from storage.rows import id_of
from storage.tables import ApiToken, KeptAnswer, PasswordLink, Role, User, UserSession

SEEN_EVERY = timedelta(minutes=1)
"""A token's last use is written at most so often."""
ANSWERS_KEPT = timedelta(hours=24)
"""How long a call with the same Idempotency-Key gets the same answer."""
RUNS_AT_MOST = timedelta(minutes=5)
"""A call without an answer after that time died with its process."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user, with the session that says so."""

    user_id: int
    name: str
    role: Role
    session_id: int


@dataclass(frozen=True, slots=True)
class LiveToken:
    """An API token that may be used."""

    id: int
    name: str
    scopes: tuple[str, ...]


def has_users(session: Session) -> bool:
    """Tells whether anyone can sign in."""
    return (
        session.exec(select(User.id).where(col(User.password_hash).is_not(None)).limit(1)).first() is not None
    )


def all_users(session: Session) -> Sequence[User]:
    """Gives the users by name."""
    return session.exec(select(User).order_by(col(User.name))).all()


def user_named(session: Session, name: str) -> User | None:
    """Gives the user of this name; None where there is none."""
    return session.exec(select(User).where(User.name == name)).first()


def admins(session: Session) -> int:
    """Counts the admins who can sign in."""
    return session.exec(
        select(func.count())
        .select_from(User)
        .where(User.role == Role.ADMIN, col(User.password_hash).is_not(None))
    ).one()


def add_user(session: Session, name: str, role: Role, *, now: datetime) -> User:
    """Adds a user without a password."""
    user = User(name=name, role=role, created_at=now)
    session.add(user)
    session.flush()
    return user


def drop_user(session: Session, user: User) -> None:
    """Deletes a user with all sessions and links."""
    session.delete(user)
    session.flush()


def add_link(session: Session, token_hash: str, *, user_id: int | None, expires_at: datetime) -> None:
    """Adds a one-time link; those that the user (or the first start) had before end."""
    mine = col(PasswordLink.user_id).is_(None) if user_id is None else col(PasswordLink.user_id) == user_id
    session.execute(delete(PasswordLink).where(mine))
    session.add(PasswordLink(user_id=user_id, token_hash=token_hash, expires_at=expires_at))
    session.flush()


def link_of(session: Session, token_hash: str, *, now: datetime) -> PasswordLink | None:
    """Gives the link, unless it was used or is too old."""
    return session.exec(
        select(PasswordLink).where(PasswordLink.token_hash == token_hash, col(PasswordLink.expires_at) > now)
    ).first()


def set_password(session: Session, user: User, password_hash: str) -> None:
    """Sets a password: every session and link that the user had ends."""
    user.password_hash = password_hash
    end_sessions(session, id_of(user))
    session.execute(delete(PasswordLink).where(col(PasswordLink.user_id) == id_of(user)))
    session.flush()


def add_session(
    session: Session, user: User, token_hash: str, *, now: datetime, lasts: timedelta
) -> UserSession:
    """Adds a session; those that are over are deleted on the way."""
    session.execute(delete(UserSession).where(col(UserSession.expires_at) <= now))
    row = UserSession(user_id=id_of(user), token_hash=token_hash, created_at=now, expires_at=now + lasts)
    session.add(row)
    user.last_sign_in_at = now
    session.flush()
    return row


def signed_in(session: Session, token_hash: str, *, now: datetime) -> SignedIn | None:
    """Gives whose session it is, unless it is over."""
    row = session.exec(
        select(User, UserSession.id)
        .join(UserSession, col(UserSession.user_id) == col(User.id))
        .where(UserSession.token_hash == token_hash, col(UserSession.expires_at) > now)
    ).first()
    if row is None or row[1] is None:
        return None
    return SignedIn(id_of(row[0]), row[0].name, row[0].role, row[1])


def end_session(session: Session, token_hash: str) -> None:
    """Ends one session."""
    session.execute(delete(UserSession).where(col(UserSession.token_hash) == token_hash))


def end_sessions(session: Session, user_id: int) -> None:
    """Ends every session of a user."""
    session.execute(delete(UserSession).where(col(UserSession.user_id) == user_id))


def all_tokens(session: Session) -> Sequence[ApiToken]:
    """Gives the API tokens, newest first, the revoked ones too."""
    return session.exec(select(ApiToken).order_by(col(ApiToken.id).desc())).all()


def token_named(session: Session, name: str) -> ApiToken | None:
    """Gives the token of this name; None where there is none."""
    return session.exec(select(ApiToken).where(ApiToken.name == name)).first()


def live_token(session: Session, token_hash: str, *, now: datetime) -> LiveToken | None:
    """Gives the token, unless it is revoked or too old."""
    row = session.exec(
        select(ApiToken).where(
            ApiToken.token_hash == token_hash,
            col(ApiToken.revoked_at).is_(None),
            or_(col(ApiToken.expires_at).is_(None), col(ApiToken.expires_at) > now),
        )
    ).first()
    return None if row is None else LiveToken(id_of(row), row.name, tuple(row.scopes))


def note_use(session: Session, token_id: int, *, now: datetime) -> None:
    """Notes that a token was used."""
    session.execute(update(ApiToken).where(col(ApiToken.id) == token_id).values(last_used_at=now))


def begin_answer(
    session: Session, caller: str, key: str, fingerprint: str, *, now: datetime
) -> KeptAnswer | None:
    """Gives what is kept for this key, or None where the call is new: it is then noted as running."""
    session.execute(
        delete(KeptAnswer).where(
            or_(
                col(KeptAnswer.created_at) < now - ANSWERS_KEPT,
                col(KeptAnswer.status).is_(None) & (col(KeptAnswer.created_at) < now - RUNS_AT_MOST),
            )
        )
    )
    known = session.exec(select(KeptAnswer).where(KeptAnswer.caller == caller, KeptAnswer.key == key)).first()
    if known is None:
        session.add(KeptAnswer(caller=caller, key=key, fingerprint=fingerprint, created_at=now))
        session.flush()
    return known


def keep_answer(
    session: Session, caller: str, key: str, *, status: int, content_type: str, location: str, body: bytes
) -> None:
    """Keeps the answer to a call."""
    session.execute(
        update(KeptAnswer)
        .where(col(KeptAnswer.caller) == caller, col(KeptAnswer.key) == key)
        .values(status=status, content_type=content_type, location=location, body=body)
    )


def forget_answer(session: Session, caller: str, key: str) -> None:
    """Forgets a call that came to nothing: it may be tried again."""
    session.execute(delete(KeptAnswer).where(col(KeptAnswer.caller) == caller, col(KeptAnswer.key) == key))
