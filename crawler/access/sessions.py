"""Logging in: begun with an outlet's first request, again once when a session ends, and not again at once when it is refused.

What a session is made of (cookies) is kept by the fetcher, for the process's life; how a login fares is kept here.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from crawler.access.form import LoginForm, find_form, says
from crawler.access.keys import BasicKeys, LoginKeys, SecretFileError
from crawler.errors import FetchError
from crawler.unfetched import unfetched
from crawler.urls import canonical_url, host_of, resolve
from crawler.values import FetchRequest, Response
from storage.troubles import Fact, Trouble

if TYPE_CHECKING:
    from crawler.fetch.fetcher import Fetcher
    from crawler.fetch.options import OutletOptions

Web = Callable[[FetchRequest], Awaitable[Response]]
"""Makes a request in its turn at its host. Raises `FetchError`."""

REFUSED_PAUSE = timedelta(minutes=15)
"""How long a login is left alone that was refused; twice as long each further time."""
FAULT_PAUSE = timedelta(minutes=1)
"""The same where its host has a fault."""
USELESS_PAUSE = timedelta(minutes=30)
"""How long one that went well, and changed nothing, is not made again."""
LONGEST_PAUSE = timedelta(days=1)
_HTML = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_ASKS_FOR_LOGIN = (401, 403)


@dataclass(slots=True)
class OutletSession:
    """How the login of one outlet fares."""

    number: int = 0
    """How often it went well."""
    is_open: bool = False
    """We are logged in, so far as is known."""
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    secret: bytes = b""
    """A digest of what was filled in last: other words are tried at once."""
    failures: int = 0
    until: datetime | None = None
    error: FetchError | None = None
    """Why it failed; it stands `until` then."""
    judges_pages: bool = True
    """Whether a page without the words of `success` counts as one for strangers."""

    def rest(self, pause: timedelta, now: datetime) -> datetime:
        """Leave the login alone; return until when."""
        self.failures += 1
        self.until = now + min(pause * 2 ** min(self.failures - 1, 10), LONGEST_PAUSE)
        return self.until


class Sessions:
    """Makes the requests of outlets that have a login or a password, and keeps their sessions."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._sessions: dict[str, OutletSession] = {}

    async def fetch(self, request: FetchRequest, web: Web, *, now: datetime) -> Response:
        """Return the answer to a request, logged in where its outlet has a login. Raises `FetchError`."""
        options = await self._fetcher.outlet_options(request.outlet, request.access)
        if options is None or (options.login is None and options.basic is None):
            return await web(request)
        session = self._sessions.setdefault(str(request.outlet), OutletSession())
        try:
            _forget_old_words(session, options)
            if options.login is None:
                return await self._with_basic(request, options, session, web, now)
            return await _Visit(self._fetcher, request, options, options.login, session, web, now).fetch()
        except SecretFileError as error:
            raise FetchError(
                unfetched("login", "access", request.url, detail=str(error)), url=request.url
            ) from error

    async def _with_basic(
        self, request: FetchRequest, options: OutletOptions, session: OutletSession, web: Web, now: datetime
    ) -> Response:
        _raise_if_resting(session, now)
        response = await web(request)
        if response.status == 401 and options.is_own(host_of(response.url).partition(":")[0]):
            until = session.rest(REFUSED_PAUSE, now)
            host = host_of(response.url)
            session.error = _failed("basic-refused", response.url, until, host=host)
            raise session.error
        session.failures, session.until = 0, None
        return response


@dataclass(slots=True)
class _Visit:
    """One request of an outlet with a login, and what it takes to have it answered."""

    fetcher: Fetcher
    request: FetchRequest
    options: OutletOptions
    login: LoginKeys
    session: OutletSession
    web: Web
    now: datetime

    async def fetch(self) -> Response:
        """Return the answer, logged in."""
        session = self.session
        if not session.is_open:
            fault = await self._log_in(session.number)
            if fault is not None:
                return fault
        began = session.number
        response = await self.web(self.request)
        if not self._has_ended(response):
            return response
        if session.until is not None and self.now < session.until:  # to log in again did not help a while ago
            return self._as_stranger(response)
        fault = await self._log_in(began)
        if fault is not None:
            return fault
        response = await self.web(self.request)
        if not self._has_ended(response):
            return response
        asks = self._shows_form(response) or self._leads_to_login(response)
        if not asks and response.status not in _ASKS_FOR_LOGIN:
            session.judges_pages = False  # the login went well, and this page does not show it
            return response
        session.until = self.now + USELESS_PAUSE
        return self._as_stranger(response)

    def _as_stranger(self, response: Response) -> Response:
        """Return an answer that is for strangers; raise `FetchError` for a page that only asks for a login."""
        if response.status in _ASKS_FOR_LOGIN:
            return response
        url = response.url
        raise FetchError(unfetched("login", "login-useless", url, login=self.login.url), url=url)

    def _has_ended(self, response: Response) -> bool:
        """Return whether an answer is for somebody who is not logged in."""
        login = self.login
        if response.status in _ASKS_FOR_LOGIN or self._leads_to_login(response):
            return True
        if self._shows_success(response):
            return False
        if self._shows_form(response):
            return True
        is_page = "html" in response.headers.get("content-type", "") and response.is_success
        judges = bool(login.success) and self.session.judges_pages
        return is_page and judges and self.options.is_own(_name(response.url))

    def _leads_to_login(self, response: Response) -> bool:
        """Return whether an answer that nobody has followed, as a spider's, leads to the login page."""
        to = response.headers.get("location") if 300 <= response.status < 400 else None
        target = resolve(response.url, to) if to else None
        return target is not None and _page(target) == _page(self.login.url)

    def _shows_success(self, response: Response) -> bool:
        return bool(self.login.success) and says(response.body, self.login.success)

    def _shows_form(self, response: Response) -> bool:
        return find_form(response.body, response.url, self.login.names) is not None

    async def _log_in(self, after: int) -> Response | None:
        """Log in, unless somebody has since the session numbered `after`. Return an answer that says that the host has a fault.

        Raise `FetchError` where it is refused, or was a while ago.
        """
        session = self.session
        async with session.lock:
            if session.is_open and session.number > after:
                return None
            _raise_if_resting(session, self.now)
            session.is_open = False
            self.fetcher.forget_cookies(str(self.request.outlet))
            url = self.login.url
            page = await self.web(self._step(url))
            if page.status == 429 or page.status >= 500:
                return self._fault(page)
            form = self._form(page)
            if form is None:
                self._note_success()
                return None
            answer = await self.web(self._step(form.action, form.filled(self.login.values())))
            if answer.status == 429 or answer.status >= 500:
                return self._fault(answer)
            if self._shows_success(answer) and answer.is_success:
                self._note_success()
                return None
            if answer.status >= 400 or self._shows_form(answer):
                raise self._failure("login-refused")
            if self.login.success:
                raise self._failure("login-unshown", success=self.login.success)
            self._note_success()
            return None

    def _step(self, url: str, form: bytes | None = None) -> FetchRequest:
        request = self.request
        return FetchRequest(
            url, accept=_HTML, form=form, outlet=request.outlet, access=request.access, is_login=True
        )

    def _form(self, page: Response) -> LoginForm | None:
        """Return the form; None where the page shows that we are logged in. Raise `FetchError` for one that can't be used."""
        if not page.is_success:
            raise self._failure("login-status", status=page.status)
        form = find_form(page.body, page.url, self.login.names)
        if form is None:
            if self._shows_success(page):
                return None
            raise self._failure("login-form", fields=", ".join(sorted(self.login.names)))
        if form.method != "post":
            raise self._failure("login-get")
        asked = self.login.url
        is_near = _name(form.action) == _name(asked) or self.options.is_own(_name(form.action))
        is_open = asked.startswith("https:") and not form.action.startswith("https:")
        if not is_near or is_open:
            raise self._failure("login-elsewhere", host=_name(form.action) or form.action)
        return form

    def _note_success(self) -> None:
        session = self.session
        session.number += 1
        session.is_open = session.judges_pages = True
        session.failures, session.until, session.error = 0, None, None

    def _fault(self, answer: Response) -> Response:
        until = self.session.rest(FAULT_PAUSE, self.now)
        self.session.error = _failed(
            "login-status", self.request.url, until, login=self.login.url, status=answer.status
        )
        return answer

    def _failure(self, reason: str, **facts: Fact) -> FetchError:
        until = self.session.rest(REFUSED_PAUSE, self.now)
        self.session.error = _failed(reason, self.request.url, until, login=self.login.url, **facts)
        return self.session.error


def _failed(reason: str, url: str, until: datetime, **facts: Fact) -> FetchError:
    facts["until"] = f"{until:%Y-%m-%d %H:%M} UTC"
    return FetchError(Trouble("login", {"url": url, "reason": reason, **facts}), url=url)


def _raise_if_resting(session: OutletSession, now: datetime) -> None:
    if session.error is not None and session.until is not None and now < session.until:
        raise FetchError(session.error.trouble, url=session.error.url)


def _forget_old_words(session: OutletSession, options: OutletOptions) -> None:
    """Begin anew where the outlet's login or password has changed."""
    login, basic = options.login, options.basic
    said = repr((_said_at_login(login), _said_by_basic(basic)))
    secret = hashlib.blake2b(said.encode(), digest_size=16).digest()
    if secret != session.secret:
        session.secret = secret
        session.failures, session.until, session.error = 0, None, None
        session.is_open = False


def _said_at_login(login: LoginKeys | None) -> object:
    return None if login is None else (login.url, sorted(login.values().items()), login.success)


def _said_by_basic(basic: BasicKeys | None) -> object:
    return None if basic is None else (basic.user, basic.secret())


def _page(url: str) -> str:
    """Return an address without what is asked of the page there, such as where to go on after the login."""
    return canonical_url(url).partition("?")[0].rstrip("/")


def _name(url: str) -> str:
    """Return the name of an address's host, without its port; nothing for what is no web address."""
    try:
        return host_of(url).partition(":")[0]
    except ValueError:
        return ""
