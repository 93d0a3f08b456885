"""Users, their sessions and one-time links. Secrets come in as hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.outbox.subscribed import drop_subscriptions, drop_unseen
from storage.stores.people.sessions import Browser
from storage.tables import ApiToken, PasswordLink, Role, User, UserSession, WatchListRow

_CAN_SIGN_IN = col(User.password_hash).is_not(None) | col(User.subject).is_not(None)


@dataclass(frozen=True, slots=True)
class KnownUser:
    """Someone who may sign in, once a password was set."""

    id: int
    name: str
    role: Role
    has_password: bool
    last_sign_in_at: datetime | None
    origin: str = ""
    """Where they sign in: here by a password (empty), or by `oidc` or a `proxy`."""
    has_factor: bool = False
    """Whether a code is asked for beside the password."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A user, with the session that says so."""

    user_id: int
    name: str
    role: Role
    session_id: int
    language: str | None
    origin: str
    """Where the session is from."""
    subject: str | None
    """Who they are there."""
    has_factor: bool
    """Whether a code is asked for beside their password."""


@dataclass(frozen=True, slots=True)
class LiveLink:
    """A one-time link that may be used, and whose it is: None for that of the first start."""

    id: int
    user: KnownUser | None


def has_users(session: Session) -> bool:
    """Return whether anyone can sign in."""
    return session.exec(select(User.id).where(_CAN_SIGN_IN).limit(1)).first() is not None


def all_users(session: Session) -> list[KnownUser]:
    """Return the users, by name."""
    return [_known(row) for row in session.exec(select(User).order_by(col(User.name)))]


def user_called(session: Session, name: str) -> KnownUser | None:
    """Return the user of this name; None where there is none."""
    row = session.exec(select(User).where(User.name == name)).first()
    return None if row is None else _known(row)


def user_numbered(session: Session, number: int) -> KnownUser | None:
    """Return the user of this number; None where there is none."""
    row = session.get(User, number)
    return None if row is None else _known(row)


def password_hash_of(session: Session, name: str) -> str | None:
    """Return the hash of a user's password; None where there is no such user, or no password yet."""
    return session.exec(select(User.password_hash).where(User.name == name)).first()


def count_admins(session: Session) -> int:
    """Return how many admins can sign in."""
    return session.exec(
        select(func.count()).select_from(User).where(User.role == Role.ADMIN, _CAN_SIGN_IN)
    ).one()


def put_user(session: Session, name: str, role: Role, *, now: datetime) -> KnownUser:
    """Store a user without a password."""
    user = User(name=name, role=role, created_at=now)
    session.add(user)
    session.flush()
    return _known(user)


def user_from(session: Session, subject: str) -> KnownUser | None:
    """Return who signs in elsewhere under this subject; None where nobody does."""
    row = session.exec(select(User).where(User.subject == subject)).first()
    return None if row is None else _known(row)


def set_origin(session: Session, number: int, origin: str, subject: str) -> None:
    """Say where a user signs in from now on; a password that they had here counts no more."""
    user = session.get_one(User, number)
    user.origin, user.subject, user.password_hash = origin, subject, None
    session.flush()


def set_role(session: Session, number: int, role: Role) -> None:
    """Give a user another role."""
    session.get_one(User, number).role = role
    session.flush()
    drop_unseen(session)


def set_language(session: Session, number: int, language: str | None) -> None:
    """Set in which language pages speak to a user; None: their browser's."""
    session.get_one(User, number).language = language
    session.flush()


def drop_user(session: Session, number: int) -> None:
    """Delete a user with all sessions, links and tokens of theirs; their lists are nobody's then, and as private as they were."""
    session.execute(update(WatchListRow).where(col(WatchListRow.owner_id) == number).values(owner_id=None))
    drop_subscriptions(session, number)
    session.execute(delete(ApiToken).where(col(ApiToken.user_id) == number))
    session.delete(session.get_one(User, number))
    session.flush()


def put_link(session: Session, token_hash: str, *, user_id: int | None, expires_at: datetime) -> None:
    """Store a one-time link; those that the user (or the first start) had before end."""
    mine = col(PasswordLink.user_id).is_(None) if user_id is None else col(PasswordLink.user_id) == user_id
    session.execute(delete(PasswordLink).where(mine))
    session.add(PasswordLink(user_id=user_id, token_hash=token_hash, expires_at=expires_at))
    session.flush()


def live_link(session: Session, token_hash: str, *, now: datetime) -> LiveLink | None:
    """Return the link, unless it was used or is too old."""
    row = session.exec(
        select(PasswordLink).where(PasswordLink.token_hash == token_hash, col(PasswordLink.expires_at) > now)
    ).first()
    if row is None:
        return None
    return LiveLink(id_of(row), None if row.user_id is None else user_numbered(session, row.user_id))


def drop_link(session: Session, number: int) -> None:
    """Delete a link that is used up."""
    session.execute(delete(PasswordLink).where(col(PasswordLink.id) == number))


def set_password(session: Session, number: int, password_hash: str) -> None:
    """Set a password: every session and link that the user had ends."""
    session.get_one(User, number).password_hash = password_hash
    session.execute(delete(UserSession).where(col(UserSession.user_id) == number))
    session.execute(delete(PasswordLink).where(col(PasswordLink.user_id) == number))
    session.flush()


def put_session(
    session: Session,
    user_id: int,
    token_hash: str,
    *,
    browser: Browser,
    origin: str = "",
    origin_session: str = "",
    now: datetime,
    lasts: timedelta,
) -> None:
    """Store a session; those that are over are deleted on the way. `origin_session` is what its origin calls it."""
    session.execute(delete(UserSession).where(col(UserSession.expires_at) <= now))
    session.add(
        UserSession(
            user_id=user_id,
            token_hash=token_hash,
            created_at=now,
            expires_at=now + lasts,
            address=browser.address,
            browser=browser.words,
            origin=origin,
            origin_session=origin_session,
        )
    )
    session.execute(update(User).where(col(User.id) == user_id).values(last_sign_in_at=now))


def signed_in(session: Session, token_hash: str, *, now: datetime) -> SignedIn | None:
    """Return whose session it is, unless it is over."""
    row = session.exec(
        select(User, UserSession.id, UserSession.origin)
        .join(UserSession, col(UserSession.user_id) == col(User.id))
        .where(UserSession.token_hash == token_hash, col(UserSession.expires_at) > now)
    ).first()
    if row is None or row[1] is None:
        return None
    user, number, origin = row
    has_factor = user.factor_secret is not None
    return SignedIn(
        id_of(user), user.name, user.role, number, user.language, origin, user.subject, has_factor
    )


def put_guide_away(session: Session, user_id: int, *, now: datetime) -> None:
    """Note that a user wants to see no more of the first steps."""
    session.get_one(User, user_id).guide_put_away_at = now


def has_guide(session: Session, user_id: int) -> bool:
    """Return whether a user has not put the first steps away."""
    row = session.get(User, user_id)
    return row is not None and row.guide_put_away_at is None


def end_session(session: Session, token_hash: str) -> None:
    """End one session."""
    session.execute(delete(UserSession).where(col(UserSession.token_hash) == token_hash))


def _known(row: User) -> KnownUser:
    has_password = row.password_hash is not None
    return KnownUser(
        id_of(row),
        row.name,
        row.role,
        has_password,
        row.last_sign_in_at,
        row.origin,
        row.factor_secret is not None,
    )
