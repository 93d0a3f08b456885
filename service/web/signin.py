"""Signing in and out, and setting a password by a one-time link."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from urllib.parse import urlencode, urlsplit

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from service.actions.acting import Person, act_as
from service.actions.checking import checked_name
from service.actions.errors import InvalidError, NotFoundError
from service.actions.users import (
    LINK_IS_OVER,
    LONGEST_NAME,
    SESSION_LASTS,
    change_password,
    check_password,
    choose_language,
    owner_of_link,
    sign_in,
    sign_out,
    use_link,
)
from service.credentials import hash_password, is_password
from service.locale import LANGUAGES
from service.web.access import (
    Entering,
    EnteringForm,
    OpenForm,
    Reader,
    ReaderForm,
    address_of,
    browser_of,
    caller_of,
)
from service.web.attempts import Counted, begin_sign_in, begin_try, signed_in, succeeded
from service.web.own_paths import HOME, own_path
from service.web.render import render
from service.web.session_cookie import COOKIE, with_session, without_session
from service.web.signin_code import ask_for_code
from service.web.signin_elsewhere import by_header, signed_out
from service.web.site import Site, site_of
from storage.language import N_, _, length_of
from storage.stores.people.users import has_users, password_hash_of, put_guide_away, user_called

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)


@router.get("/login")
async def login_page(request: Request, next: str = HOME) -> Response:
    """Ask for name and password."""
    if await caller_of(request) is not None:
        return RedirectResponse(own_path(next), 303)
    vouched = await by_header(request, own_path(next))
    if vouched is not None:
        return vouched
    fresh = not await site_of(request).database.reading(has_users)
    return _login(request, next=own_path(next), fresh=fresh, name="")


@router.post("/login")
async def login(request: Request, form: OpenForm) -> Response:
    """Sign in."""
    site = site_of(request)
    name, onward, now = form.text("name"), own_path(form.text("next", HOME)), site.now()
    address = address_of(request)
    again = partial(_login, request, next=onward, fresh=False, name=name)
    if not site.settings.web.passwords:
        return again(status=403, error=_("Nobody signs in by a password here."))
    wait = await site.database.writing(begin_sign_in, name[:LONGEST_NAME], address, now=now)
    if wait:
        response = again(
            status=429, error=_("Too many tries. Wait {wait} and try again.", wait=_seconds(wait))
        )
        response.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
        return response
    password_hash = await site.database.reading(password_hash_of, name=name)
    async with site.hashing:
        fits = await asyncio.to_thread(is_password, form.text("password"), password_hash)
    secret = None
    user = await site.database.reading(user_called, name=name) if fits else None
    if user is not None and user.has_factor:
        return await ask_for_code(request, user, onward)
    if fits:
        act_as(Person(name, "page", address))
        secret = await site.database.writing(sign_in, name=name, browser=browser_of(request), now=site.now())
    if secret is None:
        log.warning("sign-in refused", address=address)
        return again(status=403, error=_("Wrong name or password."))
    await site.database.writing(signed_in, name[:LONGEST_NAME], address, now=site.now())
    return with_session(request, RedirectResponse(onward, 303), secret, SESSION_LASTS)


@router.post("/logout")
async def logout(request: Request, caller: Entering, _form: EnteringForm) -> Response:
    """Sign out."""
    secret = request.cookies.get(COOKIE, "")
    await site_of(request).database.writing(sign_out, secret=secret)
    if caller.origin:
        return without_session(await signed_out(request, caller.origin))
    return without_session(RedirectResponse("/login", 303))


@router.get("/password/{secret}")
async def password_page(request: Request, secret: str) -> Response:
    """Ask for a new password, and at the first start for a name."""
    site = site_of(request)
    try:
        known = await site.database.reading(owner_of_link, secret=secret, now=site.now())
    except NotFoundError:
        return _over(request)
    return render(request, "password.html", None, name=known, first=known == "", error=None)


@router.post("/password/{secret}")
async def choose_password(request: Request, secret: str, form: OpenForm) -> Response:
    """Set the password and signs in; the link is used up."""
    site = site_of(request)
    owner, name = "", form.text("name")
    try:
        owner = await site.database.reading(owner_of_link, secret=secret, now=site.now())
        name = owner or checked_name(name, N_("user"), longest=LONGEST_NAME)
        check_password(name, form.text("password"), form.text("again"))
        async with site.hashing:
            hashed = await asyncio.to_thread(hash_password, form.text("password"))
        act_as(Person(name, "page", address_of(request)))
        session_secret = await site.database.writing(
            use_link,
            secret=secret,
            name=name,
            password_hash=hashed,
            browser=browser_of(request),
            now=site.now(),
        )
    except NotFoundError:
        return _over(request)
    except InvalidError as error:
        return render(
            request,
            "password.html",
            None,
            status=422,
            name=owner or name,
            first=owner == "",
            error=str(error),
        )
    log.info("password set", user=name)
    if session_secret is None:
        return RedirectResponse("/login", 303)
    return with_session(request, RedirectResponse(HOME, 303), session_secret, SESSION_LASTS)


@router.get("/account")
async def account(request: Request, caller: Reader) -> Response:
    """The user's own page."""
    return render(request, "account.html", caller, error=None, languages=LANGUAGES)


@router.post("/account")
async def set_own_password(request: Request, caller: Reader, form: ReaderForm) -> Response:
    """Set another password; every session ends, and this browser gets a new one."""
    site = site_of(request)
    password = form.text("password")
    try:
        await _require_password(site, caller.name, form.text("old"))
        check_password(caller.name, password, form.text("again"))
    except InvalidError as error:
        return render(request, "account.html", caller, status=422, error=str(error), languages=LANGUAGES)
    async with site.hashing:
        hashed = await asyncio.to_thread(hash_password, password)
    secret = await site.database.writing(
        change_password,
        number=caller.user_id or 0,
        password_hash=hashed,
        browser=browser_of(request),
        now=site.now(),
    )
    return with_session(request, RedirectResponse("/account", 303), secret, SESSION_LASTS)


@router.post("/account/language")
async def set_own_language(request: Request, caller: Reader, form: ReaderForm) -> Response:
    """Set in which language the pages speak."""
    await site_of(request).database.writing(
        choose_language, number=caller.user_id or 0, language=form.text("language")
    )
    return RedirectResponse("/account", 303)


@router.post("/account/guide")
async def put_own_guide_away(request: Request, caller: Reader, _form: ReaderForm) -> Response:
    """Put the first steps away; their page stays where it is."""
    site = site_of(request)
    await site.database.writing(put_guide_away, user_id=caller.user_id or 0, now=site.now())
    return RedirectResponse("/alerts", 303)


async def _require_password(site: Site, name: str, password: str) -> None:
    """Raise `InvalidError` where it is not the user's password, or after too many tries."""
    now, key = site.now(), Counted(f"account {name}")
    wait = await site.database.writing(begin_try, [key], now=now)
    if wait:
        raise InvalidError(_("Too many tries. Wait {wait} and try again.", wait=_seconds(wait)), key="old")
    known = await site.database.reading(password_hash_of, name=name)
    async with site.hashing:
        fits = await asyncio.to_thread(is_password, password, known)
    if not fits:
        raise InvalidError(_("Current password is incorrect."), key="old")
    await site.database.writing(succeeded, key)


def _login(
    request: Request, *, next: str, fresh: bool, name: str, error: str | None = None, status: int = 200
) -> Response:
    web = site_of(request).settings.web
    label = (web.oidc.label or urlsplit(web.oidc.issuer).hostname or "") if web.oidc.issuer else ""
    return render(
        request,
        "login.html",
        None,
        status=status,
        next=next,
        error=error,
        fresh=fresh and web.passwords,
        name=name,
        passwords=web.passwords,
        elsewhere=f"/oidc/start?{urlencode({'next': next})}" if label else None,
        label=label,
    )


def _over(request: Request) -> Response:
    return render(
        request, "error.html", None, status=404, title=_("The link has expired"), message=_(LINK_IS_OVER)
    )


def _seconds(wait: timedelta) -> str:
    return length_of(int(wait.total_seconds()) + 1)
