"""API tokens: make, revoke. A token is named by its name, or by its number where the API does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session

from service.actions.acting import act
from service.actions.checking import checked_name
from service.actions.errors import ConflictError, InvalidError, NotFoundError, UnknownNameError
from service.credentials import SHOWN, fingerprint, new_token
from storage.language import N_, _
from storage.stores.people.tokens import KnownToken, end_token, put_token, token_called, token_numbered
from storage.stores.people.users import user_called
from storage.tables import Role

LONGEST_NAME = 100
LONGEST_DAYS = 3650
SCOPES = ("read", "write", "admin")
"""`read`: see everything; `write`: also change what is watched and retry; `admin`: also users and tokens."""
SCOPES_OF = {Role.READER: SCOPES[:1], Role.EDITOR: SCOPES[:2], Role.ADMIN: SCOPES}


@act("token", "add", about="name", told=("scopes", "days", "user"))
def make_token(
    session: Session,
    name: str,
    scopes: Sequence[str],
    *,
    user: str = "",
    now: datetime,
    days: int | None = None,
) -> tuple[KnownToken, str]:
    """Make an API token that ends after so many days; return it and its secret, which is never seen again.

    One for a `user` sees the watch lists that they see, may do no more than they, and ends with them.

    Raise `InvalidError`, or `ConflictError` where the name is taken.
    """
    name = checked_name(name, N_("token"), longest=LONGEST_NAME)
    if token_called(session, name) is not None:
        raise ConflictError(
            _("There is a token {name!r} already: choose another name.", name=name), key="name"
        )
    unknown = [scope for scope in scopes if scope not in SCOPES]
    if unknown or not scopes:
        wrong = _(", not {names}", names=", ".join(map(repr, unknown))) if unknown else ""
        raise InvalidError(
            _("A token's scopes are some of {names}{wrong}.", names=", ".join(SCOPES), wrong=wrong),
            key="scopes",
        )
    if days is not None and not 1 <= days <= LONGEST_DAYS:
        raise InvalidError(
            _("A token lasts 1 to {most} days, not {days}.", most=LONGEST_DAYS, days=days),
            key="days",
        )
    owner = user_called(session, user) if user else None
    if user and owner is None:
        raise UnknownNameError(_("There is no user {which!r}.", which=user), key="user")
    secret = new_token()
    token = put_token(
        session,
        name,
        token_hash=fingerprint(secret),
        start=secret[:SHOWN],
        scopes=[scope for scope in SCOPES if scope in scopes],
        user=owner,
        now=now,
        expires_at=None if days is None else now + timedelta(days=days),
    )
    return token, secret


@act("token", "revoke", about="which")
def revoke_token(session: Session, which: str | int, *, now: datetime) -> None:
    """End a token at once. Raise `NotFoundError`."""
    token = token_called(session, which) if isinstance(which, str) else token_numbered(session, which)
    if token is None:
        raise NotFoundError(_("There is no token {which!r}.", which=which))
    end_token(session, token.id, now=now)
