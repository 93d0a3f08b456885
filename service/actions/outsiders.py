"""People whom another party vouches for: an OpenID provider, or a proxy before the page. Their groups give them their role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session

from service.actions.acting import act
from service.actions.checking import checked_name
from service.actions.errors import ConflictError, NotAllowedError
from service.actions.users import LONGEST_NAME
from service.credentials import fingerprint, new_secret
from service.settings.sign_in_models import EVERYBODY, RoleGroups
from storage.language import N_, _
from storage.stores.people.sessions import Browser, drop_sessions_elsewhere
from storage.stores.people.users import (
    KnownUser,
    put_session,
    put_user,
    set_origin,
    set_role,
    user_called,
    user_from,
)
from storage.tables import Role


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody as the other party knows them. `subject` names them there for good; their name may change."""

    origin: Literal["oidc", "proxy"]
    subject: str
    name: str
    groups: frozenset[str] = frozenset()
    session: str = ""
    """What the other party calls the session there; empty where it did not say."""


def role_of(roles: RoleGroups, groups: frozenset[str]) -> Role | None:
    """Return the highest role that one of the groups has; None where none has any. Pure."""
    for role in (Role.ADMIN, Role.EDITOR, Role.READER):
        if any(group == EVERYBODY or group in groups for group in getattr(roles, role.value)):
            return role
    return None


@act("session", "sign in", about="outsider")
def sign_in_outsider(
    session: Session,
    outsider: Outsider,
    roles: RoleGroups,
    *,
    adopt: bool,
    browser: Browser,
    lasts: timedelta,
    now: datetime,
) -> str:
    """Begin a session for somebody with the role of their groups; who is new becomes a user. Return its secret.

    `adopt`: a user of that name who signed in otherwise is theirs. Raise `NotAllowedError` where none of their groups has a
    role, `ConflictError` where the name is somebody else's.
    """
    role = role_of(roles, outsider.groups)
    if role is None:
        raise NotAllowedError(
            _(
                "{name!r} may not sign in here: none of your groups has a role in Tocsin. Ask an admin.",
                name=outsider.name,
            )
        )
    user = user_from(session, outsider.subject) or _made(session, outsider, role, adopt=adopt, now=now)
    set_role(session, user.id, role)
    secret = new_secret()
    put_session(
        session,
        user.id,
        fingerprint(secret),
        browser=browser,
        origin=outsider.origin,
        origin_session=outsider.session,
        now=now,
        lasts=lasts,
    )
    return secret


@act("session", "end", about="subject")
def end_outsiders_sessions(session: Session, subject: str, origin_session: str) -> bool:
    """End the sessions of somebody who signed out at the provider: of the person, of one session there, or both.

    Return whether there were any.
    """
    return bool(drop_sessions_elsewhere(session, subject=subject, origin_session=origin_session))


def _made(session: Session, outsider: Outsider, role: Role, *, adopt: bool, now: datetime) -> KnownUser:
    name = checked_name(outsider.name, N_("user"), longest=LONGEST_NAME)
    user = user_called(session, name)
    if user is not None and not adopt:
        raise ConflictError(
            _("There is another user {name!r} here, who signs in otherwise. Ask an admin.", name=name),
            key="name",
        )
    user = user or put_user(session, name, role, now=now)
    set_origin(session, user.id, outsider.origin, outsider.subject)
    return user
