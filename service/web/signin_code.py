"""The second step of signing in: a code, after the password was right. What lies between is a signed cookie of some minutes."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from alerts.delivery.links import sign, verify
from service.actions.acting import Person, act_as
from service.actions.errors import InvalidError
from service.actions.second_factors import sign_in_by_code
from service.actions.users import SESSION_LASTS
from service.credentials import fingerprint
from service.web.access import OpenForm, address_of, browser_of
from service.web.attempts import begin_sign_in, signed_in
from service.web.own_paths import HOME, own_path
from service.web.render import render
from service.web.session_cookie import with_session
from service.web.site import site_of
from storage.language import _, length_of
from storage.stores.outbox.channels import signing_key
from storage.stores.people.users import KnownUser, password_hash_of, user_numbered

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)

HALF = "tocsin_half"
"""The cookie of a browser whose user gave the right password and owes a code."""
HALF_LASTS = timedelta(minutes=10)


async def ask_for_code(request: Request, user: KnownUser, onward: str) -> Response:
    """Return the page that asks for a code."""
    site = site_of(request)
    token = await site.database.writing(_half, user=user, now=site.now())
    response = _page(request, onward)
    response.set_cookie(
        HALF,
        token,
        max_age=int(HALF_LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.post("/login/code")
async def give_code(request: Request, form: OpenForm) -> Response:
    """Sign in by a code."""
    site, onward = site_of(request), own_path(form.text("next", HOME))
    user = await site.database.writing(_owner, token=request.cookies.get(HALF, ""), now=site.now())
    if user is None:
        return RedirectResponse("/login", 303)
    key, address = f"second factor of {user.name}", address_of(request)
    wait = await site.database.writing(begin_sign_in, key, address, now=site.now())
    if wait:
        words = _("Too many tries. Wait {wait} and try again.", wait=length_of(int(wait.total_seconds()) + 1))
        response = _page(request, onward, status=429, error=words)
        response.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
        return response
    act_as(Person(user.name, "page", address))
    try:
        secret = await site.database.writing(
            sign_in_by_code,
            number=user.id,
            code=form.text("code"),
            browser=browser_of(request),
            now=site.now(),
        )
    except InvalidError as error:
        log.warning("code refused", user=user.name, address=address)
        return _page(request, onward, status=403, error=str(error))
    for known in (key, user.name):
        await site.database.writing(signed_in, known, address, now=site.now())
    response = with_session(request, RedirectResponse(onward, 303), secret, SESSION_LASTS)
    response.delete_cookie(HALF, path="/")
    return response


def _page(request: Request, onward: str, *, status: int = 200, error: str | None = None) -> Response:
    return render(request, "code.html", None, status=status, next=onward, error=error)


def _half(session: Session, *, user: KnownUser, now: datetime) -> str:
    value = f"{user.id}\n{int((now + HALF_LASTS).timestamp())}\n{_password_now(session, user)}"
    return sign(signing_key(session, now=now), "code", value)


def _owner(session: Session, *, token: str, now: datetime) -> KnownUser | None:
    """Return whose half a sign-in is; None where it is over, or the password was changed since."""
    value = verify(signing_key(session, now=now), "code", token)
    if value is None:
        return None
    number, until, password = value.split("\n")
    user = user_numbered(session, int(number))
    if user is None or not user.has_factor or now.timestamp() >= int(until):
        return None
    return user if password == _password_now(session, user) else None


def _password_now(session: Session, user: KnownUser) -> str:
    return fingerprint(password_hash_of(session, user.name) or "")[:16]
