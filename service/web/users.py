"""Who may sign in: the first start, one-time links, new tokens. The command line and the page call these."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from service.web.secrets import SHOWN, fingerprint, new_secret, new_token
from storage.rows import id_of
from storage.stores.people.users import (
    add_link,
    add_user,
    admins,
    drop_user,
    has_users,
    token_named,
    user_named,
)
from storage.tables import ApiToken, Role, User

LINK_LASTS = timedelta(hours=24)
LONGEST_NAME = 100
SCOPES = ("read", "write", "admin")
"""`read`: see everything; `write`: also change what is watched and retry; `admin`: also users and tokens."""
SCOPES_OF = {Role.READER: SCOPES[:1], Role.EDITOR: SCOPES[:2], Role.ADMIN: SCOPES}


class UserError(Exception):
    """What was asked can't be done; the message says why, and what can."""


def check_users(session: Session, listen: str) -> None:
    """Raises `OSError` where others could reach the page and no one can sign in: whoever came first would own it."""
    if not is_loopback(listen) and not has_users(session):
        raise OSError(
            f"[web] listen is {listen}, which others can reach, and there is no user yet: add one first "
            "(tocsin user add NAME --role admin prints a link to set the password), or listen on 127.0.0.1"
        )


def is_loopback(listen: str) -> bool:
    """Tells whether an address (host:port) can be reached from this machine only."""
    host = listen.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def first_link(session: Session, *, now: datetime) -> str | None:
    """Gives the path of a one-time link that makes the first user; None where there is one."""
    if has_users(session):
        return None
    return _link(session, None, now)


def invite(session: Session, name: str, role: Role, *, now: datetime) -> str:
    """Adds a user; gives the path of the one-time link to set the password. Raises `UserError`."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UserError(f"A user's name must have 1 to {LONGEST_NAME} printable characters.")
    if user_named(session, name) is not None:
        raise UserError(f"There is a user {name!r} already: tocsin user reset {name!r} makes a new link.")
    return _link(session, id_of(add_user(session, name, role, now=now)), now)


def renew(session: Session, name: str, *, now: datetime) -> str:
    """Gives the path of a one-time link to set a new password; the old one works until then. Raises `UserError`."""
    return _link(session, id_of(_user(session, name)), now)


def remove(session: Session, name: str) -> None:
    """Removes a user. Raises `UserError` for one that there is not, and for the last admin."""
    user = _user(session, name)
    _keep_an_admin(session, user)
    drop_user(session, user)


def change_role(session: Session, name: str, role: Role) -> None:
    """Gives a user another role. Raises `UserError` for one that there is not, and for the last admin."""
    user = _user(session, name)
    if role is not Role.ADMIN:
        _keep_an_admin(session, user)
    user.role = role
    session.flush()


def make_token(
    session: Session,
    name: str,
    scopes: Sequence[str],
    *,
    now: datetime,
    lasts: timedelta | None = None,
) -> tuple[ApiToken, str]:
    """Adds an API token; gives its row, and the token itself, which is never seen again. Raises `UserError`."""
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise UserError(f"A token's name must have 1 to {LONGEST_NAME} printable characters.")
    if token_named(session, name) is not None:
        raise UserError(f"There is a token {name!r} already: choose another name.")
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        raise UserError(f"A token's scopes are some of {', '.join(SCOPES)}{_not(unknown)}.")
    secret = new_token()
    token = ApiToken(
        name=name,
        token_hash=fingerprint(secret),
        start=secret[:SHOWN],
        scopes=[scope for scope in SCOPES if scope in scopes],
        created_at=now,
        expires_at=None if lasts is None else now + lasts,
    )
    session.add(token)
    session.flush()
    return token, secret


def revoke_token(session: Session, name: str, *, now: datetime) -> None:
    """Ends a token at once. Raises `UserError` for one that there is not."""
    token = token_named(session, name)
    if token is None:
        raise UserError(f"There is no token {name!r}: tocsin token list")
    token.revoked_at = token.revoked_at or now
    session.flush()


def _link(session: Session, user_id: int | None, now: datetime) -> str:
    secret = new_secret()
    add_link(session, fingerprint(secret), user_id=user_id, expires_at=now + LINK_LASTS)
    return f"/password/{secret}"


def _user(session: Session, name: str) -> User:
    user = user_named(session, name)
    if user is None:
        raise UserError(f"There is no user {name!r}: tocsin user list")
    return user


def _keep_an_admin(session: Session, user: User) -> None:
    if user.role is Role.ADMIN and user.password_hash is not None and admins(session) == 1:
        raise UserError(f"{user.name!r} is the last admin: make another one first.")


def _not(unknown: Sequence[str]) -> str:
    return f", not {', '.join(map(repr, unknown))}" if unknown else ""
