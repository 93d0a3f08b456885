"""Signing in and out, and setting a password by a one-time link."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode, urlsplit

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service.web.access import COOKIE, OpenForm, Reader, ReaderForm, caller_of
from service.web.render import render
from service.web.secrets import fault_of_password, fingerprint, hash_password, is_password, new_secret
from service.web.site import Site, site_of
from service.web.users import LONGEST_NAME
from storage.stores.people.users import (
    add_session,
    add_user,
    end_session,
    has_users,
    link_of,
    set_password,
    user_named,
)
from storage.tables import Role, User

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)

SESSION_LASTS = timedelta(days=30)
HOME = "/alerts"
OVER = "This link was used already, or is too old: tocsin user reset NAME prints a new one."


@router.get("/login")
async def login_page(request: Request, next: str = HOME) -> Response:
    """Asks for name and password."""
    if await caller_of(request) is not None:
        return RedirectResponse(own_path(next), 303)
    fresh = not await site_of(request).database.reading(has_users)
    return render(request, "login.html", None, next=own_path(next), error=None, fresh=fresh, name="")


@router.post("/login")
async def login(request: Request, form: OpenForm) -> Response:
    """Signs in."""
    site = site_of(request)
    name, onward, now = form.text("name"), own_path(form.text("next", HOME)), site.now()
    address = request.client.host if request.client is not None else ""
    keys = (f"name:{name[:LONGEST_NAME]}", f"address:{address}")
    again = partial(render, request, "login.html", None, next=onward, fresh=False, name=name)
    wait = site.attempts.wait(keys, now)
    if wait:
        response = again(status=429, error=f"Too many tries. Wait {_seconds(wait)} and try again.")
        response.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
        return response
    site.attempts.failed(keys, now)  # counted first: tries made at once count too
    user = await site.database.reading(partial(user_named, name=name))
    password_hash = None if user is None else user.password_hash
    async with site.hashing:
        fits = await asyncio.to_thread(is_password, form.text("password"), password_hash)
    secret = await site.database.writing(partial(_begin, name=name, site=site)) if fits else None
    if secret is None:
        log.warning("sign-in refused", address=address)
        return again(status=403, error="Name and password don't fit each other.")
    for key in keys:
        site.attempts.succeeded(key)
    return _signed_in(request, secret, onward)


@router.post("/logout")
async def logout(request: Request, _form: ReaderForm) -> Response:
    """Signs out."""
    secret = request.cookies.get(COOKIE, "")
    await site_of(request).database.writing(partial(end_session, token_hash=fingerprint(secret)))
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, path="/")
    return response


@router.get("/password/{secret}")
async def password_page(request: Request, secret: str) -> Response:
    """Asks for a new password, and at the first start for a name."""
    site = site_of(request)
    known = await site.database.reading(partial(_owner, secret=secret, site=site))
    if known is None:
        return render(request, "error.html", None, status=404, title="The link is over", message=OVER)
    return render(request, "password.html", None, name=known, first=known == "", error=None)


@router.post("/password/{secret}")
async def choose_password(request: Request, secret: str, form: OpenForm) -> Response:
    """Sets the password and signs in; the link is used up."""
    site = site_of(request)
    owner = await site.database.reading(partial(_owner, secret=secret, site=site))
    if owner is None:
        return render(request, "error.html", None, status=404, title="The link is over", message=OVER)
    name, password = owner or form.text("name"), form.text("password")
    error = fault_of_password(password, name)
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        error = f"The name must have 1 to {LONGEST_NAME} printable characters."
    if password != form.text("again"):
        error = "The two passwords differ."
    if error is not None:
        return render(request, "password.html", None, status=422, name=name, first=owner == "", error=error)
    async with site.hashing:
        hashed = await asyncio.to_thread(hash_password, password)
    session_secret = await site.database.writing(
        partial(_set, link=secret, name=name, password_hash=hashed, site=site)
    )
    if session_secret is None:
        return render(request, "error.html", None, status=404, title="The link is over", message=OVER)
    log.info("password set", user=name)
    return _signed_in(request, session_secret, HOME)


@router.get("/account")
async def account(request: Request, caller: Reader) -> Response:
    """The user's own page."""
    return render(request, "account.html", caller, error=None, done=False)


@router.post("/account")
async def change_password(request: Request, caller: Reader, form: ReaderForm) -> Response:
    """Sets another password; every session ends, and this browser gets a new one."""
    site = site_of(request)
    now, keys = site.now(), (f"name:{caller.name}",)
    wait = site.attempts.wait(keys, now)
    error = f"Too many tries. Wait {_seconds(wait)} and try again." if wait else None
    user = await site.database.reading(partial(user_named, name=caller.name))
    password = form.text("password")
    if error is None:
        site.attempts.failed(keys, now)
        async with site.hashing:
            fits = await asyncio.to_thread(
                is_password, form.text("old"), user.password_hash if user else None
            )
        error = None if fits else "The present password is another."
    if error is None:
        site.attempts.succeeded(keys[0])
        error = fault_of_password(password, caller.name)
    if error is None and password != form.text("again"):
        error = "The two new passwords differ."
    if error is not None:
        return render(request, "account.html", caller, status=422, error=error, done=False)
    async with site.hashing:
        hashed = await asyncio.to_thread(hash_password, password)

    def change(session: Session) -> str:
        row = session.get_one(User, caller.user_id)
        set_password(session, row, hashed)
        return _open(session, row, site)

    return _signed_in(request, await site.database.writing(change), "/account")


def _owner(session: Session, *, secret: str, site: Site) -> str | None:
    """Gives whose link it is: a name, empty for the first start's, or None where it is none."""
    link = link_of(session, fingerprint(secret), now=site.now())
    if link is None:
        return None
    if link.user_id is None:
        return None if has_users(session) else ""
    return session.get_one(User, link.user_id).name


def _set(session: Session, *, link: str, name: str, password_hash: str, site: Site) -> str | None:
    known = link_of(session, fingerprint(link), now=site.now())
    if known is None or (known.user_id is None and has_users(session)):
        return None
    if known.user_id is not None:
        user = session.get_one(User, known.user_id)
    else:
        user = user_named(session, name) or add_user(session, name, Role.ADMIN, now=site.now())
        user.role = Role.ADMIN
    session.delete(known)
    session.flush()
    set_password(session, user, password_hash)
    return _open(session, user, site)


def _begin(session: Session, *, name: str, site: Site) -> str | None:
    user = user_named(session, name)
    return None if user is None else _open(session, user, site)


def _open(session: Session, user: User, site: Site) -> str:
    secret = new_secret()
    add_session(session, user, fingerprint(secret), now=site.now(), lasts=SESSION_LASTS)
    return secret


def _signed_in(request: Request, secret: str, onward: str) -> Response:
    response = RedirectResponse(onward, 303)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=int(SESSION_LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def own_path(target: str) -> str:
    """Gives the path to go on to: only ever one of ours."""
    parts = urlsplit(target.replace("\\", "/"))
    if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith("//"):
        return HOME
    if not target.isprintable():
        return HOME
    return parts.path + (f"?{parts.query}" if parts.query else "")


def login_url(request: Request) -> str:
    """Gives where to sign in, from where one then comes back."""
    onward = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/login" if onward == "/" else f"/login?{urlencode({'next': onward})}"


def _seconds(wait: timedelta) -> str:
    seconds = int(wait.total_seconds()) + 1
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
