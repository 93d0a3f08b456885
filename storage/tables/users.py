"""Who may do what on the page and in the API: users, their sessions, one-time links, API tokens, answers kept for repeated calls.

Secrets are never stored: passwords as argon2 hashes, all others, being long and random, as SHA-256.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, LargeBinary, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.sealing import SealedText
from storage.types import UtcDateTime, enum_type, json_type, no_items


class Role(StrEnum):
    """`reader` sees everything but users and tokens, `editor` also changes what is watched, `admin` also who may."""

    READER = "reader"
    EDITOR = "editor"
    ADMIN = "admin"


class User(SQLModel, table=True):
    """Someone who signs in. `password_hash` is null until a password was set by a one-time link."""

    __tablename__ = "user_account"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    role: Role = Field(sa_type=enum_type(Role))
    password_hash: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_sign_in_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    language: str | None = None
    """In which pages speak to them; None: their browser's."""
    origin: str = ""
    """Where they sign in: here by a password, or else by `oidc` or a `proxy`."""
    subject: str | None = Field(default=None, index=True, unique=True)
    """Who they are there."""
    factor_secret: str | None = Field(default=None, sa_type=SealedText)
    """Of the app that shows their codes; null: they have no second factor. It must be known to check a code."""
    factor_wanted: str | None = Field(default=None, sa_type=SealedText)
    """One that no code has confirmed yet."""
    factor_step: int = 0
    """Of the code that was used last: each is used once."""
    factor_recovery: list[str] = Field(default_factory=no_items, sa_type=json_type())
    """Hashes of the recovery codes that are left."""
    guide_put_away_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When they put the first steps away."""


class UserSession(SQLModel, table=True):
    """A browser that is signed in."""

    __tablename__ = "user_session"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user_account.id", index=True, ondelete="CASCADE")
    token_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    address: str = ""
    """Where it was begun from."""
    browser: str = ""
    """What the browser calls itself."""
    seen_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was used last, and where from; None: not since that is noted."""
    seen_from: str = ""
    origin: str = ""
    """How it was begun, as a user's origin."""
    origin_session: str = Field(default="", index=True, sa_column_kwargs={"server_default": ""})
    """What the OpenID provider calls its own session that this came of (`sid`); empty where it did not say."""


class PasswordLink(SQLModel, table=True):
    """A one-time link to set a password. `user_id` is null for the link of the first start, which makes the first user."""

    __tablename__ = "password_link"

    id: int | None = Field(default=None, primary_key=True)
    user_id: int | None = Field(default=None, foreign_key="user_account.id", index=True, ondelete="CASCADE")
    token_hash: str = Field(unique=True)
    expires_at: datetime = Field(sa_type=UtcDateTime)


class SignInTry(SQLModel, table=True):
    """How often a password was tried in vain, by address or name; with a count of zero, where a user has signed in from."""

    __tablename__ = "sign_in_try"

    key: str = Field(primary_key=True)
    """A hash: it may be of an address."""
    count: int
    last_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ApiToken(SQLModel, table=True):
    """A key to the API, shown once when it is made. `start` is its beginning, by which people know it again."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    token_hash: str = Field(unique=True)
    start: str
    scopes: list[str] = Field(default_factory=no_items, sa_type=json_type())
    user_id: int | None = Field(default=None, foreign_key="user_account.id", index=True)
    """Whose it is: it sees what they see, and ends with them. Null: it sees what is the team's."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class KeptAnswer(SQLModel, table=True):
    """The answer to a POST that carried an Idempotency-Key: the same call again gets it again. `status` is null while it runs."""

    __tablename__ = "kept_answer"
    __table_args__ = (
        UniqueConstraint("caller", "key"),
        Index("ix_kept_answer_created_at", "created_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    caller: str
    key: str
    fingerprint: str
    """SHA-256 of method, path and body: the same key with another call is refused."""
    status: int | None = None
    content_type: str = ""
    location: str = ""
    body: bytes | None = Field(default=None, sa_type=LargeBinary)
    created_at: datetime = Field(sa_type=UtcDateTime)
