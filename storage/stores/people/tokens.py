"""API tokens. Secrets come in as hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from storage.rows import id_of
from storage.stores.people.users import KnownUser, user_numbered
from storage.tables import ApiToken, User

SEEN_EVERY = timedelta(minutes=1)
"""A token's last use is written at most so often."""
_TOKENS = select(ApiToken, User.name).outerjoin(User, col(User.id) == col(ApiToken.user_id))


@dataclass(frozen=True, slots=True)
class KnownToken:
    """An API token, without its secret: `start` is how it begins."""

    id: int
    name: str
    start: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    user: str | None = None
    """Whose it is; None: nobody's, and it sees what is the team's."""


@dataclass(frozen=True, slots=True)
class LiveToken:
    """An API token that may be used. Where it is a user's, it may do no more than they."""

    id: int
    name: str
    scopes: tuple[str, ...]
    user: KnownUser | None = None


def all_tokens(session: Session) -> list[KnownToken]:
    """Return the API tokens, newest first, the revoked ones too."""
    rows = session.exec(_TOKENS.order_by(col(ApiToken.id).desc()))
    return [_known(row, user) for row, user in rows]


def token_called(session: Session, name: str) -> KnownToken | None:
    """Return the token of this name; None where there is none."""
    row = session.exec(_TOKENS.where(ApiToken.name == name)).first()
    return None if row is None else _known(*row)


def token_numbered(session: Session, number: int) -> KnownToken | None:
    """Return the token of this number; None where there is none."""
    row = session.exec(_TOKENS.where(ApiToken.id == number)).first()
    return None if row is None else _known(*row)


def put_token(
    session: Session,
    name: str,
    *,
    token_hash: str,
    start: str,
    scopes: list[str],
    user: KnownUser | None = None,
    now: datetime,
    expires_at: datetime | None,
) -> KnownToken:
    """Store a token."""
    row = ApiToken(
        name=name,
        token_hash=token_hash,
        start=start,
        scopes=scopes,
        user_id=None if user is None else user.id,
        created_at=now,
        expires_at=expires_at,
    )
    session.add(row)
    session.flush()
    return _known(row, None if user is None else user.name)


def end_token(session: Session, number: int, *, now: datetime) -> None:
    """Revoke a token that is not revoked yet."""
    live = (col(ApiToken.id) == number, col(ApiToken.revoked_at).is_(None))
    session.execute(update(ApiToken).where(*live).values(revoked_at=now))


def live_token(session: Session, token_hash: str, *, now: datetime) -> LiveToken | None:
    """Return the token, unless it is revoked or too old."""
    row = session.exec(
        select(ApiToken).where(
            ApiToken.token_hash == token_hash,
            col(ApiToken.revoked_at).is_(None),
            or_(col(ApiToken.expires_at).is_(None), col(ApiToken.expires_at) > now),
        )
    ).first()
    if row is None:
        return None
    user = None if row.user_id is None else user_numbered(session, row.user_id)
    return LiveToken(id_of(row), row.name, tuple(row.scopes), user)


def note_use(session: Session, token_id: int, *, now: datetime) -> None:
    """Note that a token was used."""
    session.execute(update(ApiToken).where(col(ApiToken.id) == token_id).values(last_used_at=now))


def _known(row: ApiToken, user: str | None) -> KnownToken:
    return KnownToken(
        id=id_of(row),
        name=row.name,
        start=row.start,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        user=user,
    )
