"""API tokens. Secrets come in as hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from storage.rows import id_of
from storage.tables import ApiToken

SEEN_EVERY = timedelta(minutes=1)
"""A token's last use is written at most so often."""


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


@dataclass(frozen=True, slots=True)
class LiveToken:
    """An API token that may be used."""

    id: int
    name: str
    scopes: tuple[str, ...]


def all_tokens(session: Session) -> list[KnownToken]:
    """Return the API tokens, newest first, the revoked ones too."""
    return [_known(row) for row in session.exec(select(ApiToken).order_by(col(ApiToken.id).desc()))]


def token_called(session: Session, name: str) -> KnownToken | None:
    """Return the token of this name; None where there is none."""
    row = session.exec(select(ApiToken).where(ApiToken.name == name)).first()
    return None if row is None else _known(row)


def token_numbered(session: Session, number: int) -> KnownToken | None:
    """Return the token of this number; None where there is none."""
    row = session.get(ApiToken, number)
    return None if row is None else _known(row)


def put_token(
    session: Session,
    name: str,
    *,
    token_hash: str,
    start: str,
    scopes: list[str],
    now: datetime,
    expires_at: datetime | None,
) -> KnownToken:
    """Store a token."""
    row = ApiToken(
        name=name, token_hash=token_hash, start=start, scopes=scopes, created_at=now, expires_at=expires_at
    )
    session.add(row)
    session.flush()
    return _known(row)


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
    return None if row is None else LiveToken(id_of(row), row.name, tuple(row.scopes))


def note_use(session: Session, token_id: int, *, now: datetime) -> None:
    """Note that a token was used."""
    session.execute(update(ApiToken).where(col(ApiToken.id) == token_id).values(last_used_at=now))


def _known(row: ApiToken) -> KnownToken:
    return KnownToken(
        id=id_of(row),
        name=row.name,
        start=row.start,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
