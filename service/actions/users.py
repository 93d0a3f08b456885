"""Users: add, give another role, remove; one-time links to set a password, and what comes of them.

A user is named by name, or by number where the API does. Passwords come in hashed, since hashing is slow and no
transaction waits for it.
"""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

from sqlmodel import Session

from service.actions.acting import act
from service.actions.checking import checked_name
from service.actions.errors import ConflictError, InvalidError, NotFoundError
from service.credentials import fault_of_password, fingerprint, new_secret
from service.locale import LANGUAGES
from storage.language import N_, _
from storage.stores.people.sessions import Browser
from storage.stores.people.users import (
    KnownUser,
    count_admins,
    drop_link,
    drop_user,
    end_session,
    has_users,
    live_link,
    put_link,
    put_session,
    put_user,
    set_language,
    set_password,
    set_role,
    user_called,
    user_numbered,
)
from storage.tables import Role

LINK_LASTS = timedelta(hours=24)
SESSION_LASTS = timedelta(days=30)
LONGEST_NAME = 100
ANY = Browser()
"""Of which nothing is known."""
LINK_IS_OVER = N_(
    "This link has expired or was used already. Ask an admin for a new one, or: tocsin user reset NAME"
)


def check_users(session: Session, listen: str) -> None:
    """Raise `OSError` where others could reach the page and no one can sign in: whoever came first would own it."""
    if not is_loopback(listen) and not has_users(session):
        raise OSError(
            f"[web] listen is {listen}, which others can reach, and there is no user yet: add one first "
            "(tocsin user add NAME --role admin prints a link to set the password), or listen on 127.0.0.1"
        )


def is_loopback(listen: str) -> bool:
    """Return whether an address (host:port) can be reached from this machine only."""
    host = listen.rpartition(":")[0].strip("[]")
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def first_link(session: Session, *, now: datetime) -> str | None:
    """Return the path of a one-time link that makes the first user; None where there is one."""
    return None if has_users(session) else _link(session, None, now)


@act("user", "add", about="name", told=("role",))
def invite(session: Session, name: str, role: str, *, now: datetime) -> str:
    """Add a user; return the path of the one-time link to set the password. Raise `InvalidError`, or `ConflictError`."""
    name = checked_name(name, N_("user"), longest=LONGEST_NAME)
    wanted = _role(role)
    if user_called(session, name) is not None:
        raise ConflictError(
            _("There is a user {name!r} already: reset their password instead.", name=name), key="name"
        )
    return _link(session, put_user(session, name, wanted, now=now).id, now)


@act("user", "password link", about="which")
def renew_link(session: Session, which: str | int, *, now: datetime) -> tuple[str, str]:
    """Return a user's name and the path of a one-time link to set a new password; the old one works until then.

    Raise `NotFoundError`, or `ConflictError` for a user who signs in elsewhere.
    """
    user = _user(session, which)
    if user.origin:
        raise ConflictError(
            _("{name!r} signs in elsewhere, and has no password here.", name=user.name), key="name"
        )
    return user.name, _link(session, user.id, now)


@act("user", "role", about="which", told=("role",))
def change_role(session: Session, which: str | int, role: str) -> KnownUser:
    """Give a user another role. Raise `NotFoundError`, `InvalidError`, or `ConflictError` for the last admin."""
    user, wanted = _user(session, which), _role(role)
    if wanted is not Role.ADMIN:
        _keep_an_admin(session, user)
    set_role(session, user.id, wanted)
    return _user(session, user.id)


@act("user", "remove", about="which")
def remove(session: Session, which: str | int) -> None:
    """Remove a user; every browser signed in as them is signed out. Raise as `change_role` does."""
    user = _user(session, which)
    _keep_an_admin(session, user)
    drop_user(session, user.id)


@act("user", "language", about="number", told=("language",))
def choose_language(session: Session, number: int, language: str) -> None:
    """Set in which language pages speak to a user; an empty one is their browser's. Raise `InvalidError`."""
    if language and language not in LANGUAGES:
        raise InvalidError(_("Choose one of the languages."), key="language")
    set_language(session, number, language or None)


def owner_of_link(session: Session, secret: str, *, now: datetime) -> str:
    """Return whose one-time link it is, "" for that of the first start. Raise `NotFoundError` where it is none."""
    link = live_link(session, fingerprint(secret), now=now)
    if link is None or (link.user is None and has_users(session)):
        raise NotFoundError(_(LINK_IS_OVER))
    return "" if link.user is None else link.user.name


def check_password(name: str, password: str, again: str) -> None:
    """Raise `InvalidError` for a new password that won't do, or that differs from its repetition."""
    fault = fault_of_password(password, name)
    if fault is None and password != again:
        fault = _("The two passwords differ.")
    if fault is not None:
        raise InvalidError(fault, key="password")


@act("user", "password", about="name")
def use_link(
    session: Session, secret: str, name: str, password_hash: str, *, browser: Browser = ANY, now: datetime
) -> str | None:
    """Set the password of a one-time link's user, at the first start that of the new admin `name`; the link is used up.

    Return the secret of a session for them; None where they have a second factor, which a link does not replace. Raise
    `NotFoundError` where the link is over.
    """
    owner = owner_of_link(session, secret, now=now)
    user = user_called(session, owner or name) or put_user(session, name, Role.ADMIN, now=now)
    if not owner:
        set_role(session, user.id, Role.ADMIN)
    link = live_link(session, fingerprint(secret), now=now)
    if link is not None:
        drop_link(session, link.id)
    if user.has_factor:
        set_password(session, user.id, password_hash)
        return None
    return change_password(session, user.id, password_hash, browser=browser, now=now)


@act("user", "password", about="number")
def change_password(
    session: Session, number: int, password_hash: str, *, browser: Browser = ANY, now: datetime
) -> str:
    """Set a user's password; every session of theirs ends. Return the secret of a new one."""
    set_password(session, number, password_hash)
    return open_session(session, number, browser, now)


@act("session", "sign in", about="name")
def sign_in(session: Session, name: str, *, browser: Browser = ANY, now: datetime) -> str | None:
    """Begin a session of a user whose password was right; return its secret, None where the user is gone meanwhile."""
    user = user_called(session, name)
    return None if user is None else open_session(session, user.id, browser, now)


@act("session", "sign out")
def sign_out(session: Session, secret: str) -> None:
    """End the session of this secret; one that is over already stays so."""
    end_session(session, fingerprint(secret))


def open_session(session: Session, number: int, browser: Browser, now: datetime) -> str:
    """Begin a session of a user who has shown who they are; return its secret."""
    secret = new_secret()
    put_session(session, number, fingerprint(secret), browser=browser, now=now, lasts=SESSION_LASTS)
    return secret


def _link(session: Session, user_id: int | None, now: datetime) -> str:
    secret = new_secret()
    put_link(session, fingerprint(secret), user_id=user_id, expires_at=now + LINK_LASTS)
    return f"/password/{secret}"


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise InvalidError(
            _("{text!r} is not a role: choose reader, editor or admin.", text=text), key="role"
        ) from error


def _user(session: Session, which: str | int) -> KnownUser:
    user = user_called(session, which) if isinstance(which, str) else user_numbered(session, which)
    if user is None:
        raise NotFoundError(_("There is no user {which!r}.", which=which))
    return user


def _keep_an_admin(session: Session, user: KnownUser) -> None:
    can_sign_in = user.has_password or bool(user.origin)
    if user.role is Role.ADMIN and can_sign_in and count_admins(session) == 1:
        raise ConflictError(
            _("{name!r} is the last admin: make somebody else an admin first.", name=user.name)
        )
