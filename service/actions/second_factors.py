"""Second factors: a user sets one up and confirms it by a code, signs in with codes, takes it away; an admin may too.

A code counts once. Tries are limited where they come in (`service.web.attempts`). API tokens know nothing of it.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from service.actions.acting import act
from service.actions.errors import ConflictError, InvalidError, NotFoundError
from service.actions.users import ANY, open_session
from service.second_factor import matching_step, new_factor, new_recovery_codes, recovery_fingerprint
from storage.language import N_, _
from storage.stores.people.second_factors import (
    SecondFactor,
    drop_factor,
    lock_factor,
    set_factor,
    use_recovery,
    use_step,
    want_factor,
)
from storage.stores.people.sessions import Browser, drop_sessions
from storage.stores.people.users import KnownUser, user_called, user_numbered

WRONG_CODE = N_("That code is wrong, or was used already. Wait for the next one.")


def begin_factor(session: Session, number: int) -> str:
    """Return the secret for the user's app; it counts once a code confirms it. Raise `ConflictError` where there is one."""
    factor = _locked(session, number)
    if factor.secret is not None:
        raise ConflictError(_("You have a second factor already: take it away first."))
    secret = factor.wanted or new_factor()
    want_factor(session, number, secret)
    return secret


@act("user", "second factor", about="number")
def confirm_factor(
    session: Session, number: int, code: str, *, this: int | None = None, now: datetime
) -> list[str]:
    """Set the second factor that the user's app has, as a code shows; every other session than `this` ends.

    Return the recovery codes, which are never seen again. Raise `InvalidError` for a wrong code, `ConflictError` where none was
    begun.
    """
    factor = _locked(session, number)
    if factor.wanted is None:
        raise ConflictError(_("Begin again: there is nothing to confirm."))
    step = matching_step(factor.wanted, code, after=0, now=now)
    if step is None:
        raise InvalidError(_(WRONG_CODE), key="code")
    codes = new_recovery_codes()
    set_factor(
        session, number, factor.wanted, step=step, recovery=[recovery_fingerprint(one) for one in codes]
    )
    drop_sessions(session, number, but=this)
    return codes


@act("session", "sign in", about="number")
def sign_in_by_code(
    session: Session, number: int, code: str, *, browser: Browser = ANY, now: datetime
) -> str:
    """Begin a session of a user whose password was right, by a code or a recovery code; return its secret.

    Raise `InvalidError` for a wrong code.
    """
    if not _use(session, number, _locked(session, number), code, now):
        raise InvalidError(_(WRONG_CODE), key="code")
    return open_session(session, number, browser, now)


@act("user", "no second factor", about="number")
def end_factor(session: Session, number: int, code: str, *, now: datetime) -> None:
    """Take one's own second factor away, as a code shows. Raise `InvalidError` for a wrong one."""
    if not _use(session, number, _locked(session, number), code, now):
        raise InvalidError(_(WRONG_CODE), key="code")
    drop_factor(session, number)


@act("user", "no second factor", about="which")
def reset_factor(session: Session, which: str | int) -> KnownUser:
    """Take a user's second factor away, for one whose telephone is lost.

    Raise `NotFoundError`, or `ConflictError` where there is none.
    """
    user = user_called(session, which) if isinstance(which, str) else user_numbered(session, which)
    if user is None:
        raise NotFoundError(_("There is no user {which!r}.", which=which))
    if not user.has_factor:
        raise ConflictError(_("{name!r} has no second factor.", name=user.name), key="name")
    drop_factor(session, user.id)
    return user


def _use(session: Session, number: int, factor: SecondFactor, code: str, now: datetime) -> bool:
    """Use a code up; return whether it was good."""
    if factor.secret is None:
        return False
    step = matching_step(factor.secret, code, after=factor.step, now=now)
    if step is not None:
        use_step(session, number, step)
        return True
    recovery = recovery_fingerprint(code)
    if recovery in factor.recovery:
        use_recovery(session, number, recovery)
        return True
    return False


def _locked(session: Session, number: int) -> SecondFactor:
    factor = lock_factor(session, number)
    if factor is None:
        raise NotFoundError(_("There is no user {which!r}.", which=number))
    return factor
