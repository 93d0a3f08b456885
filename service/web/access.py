"""Who asks, and whether they may: a signed-in browser by its cookie, a program by its token."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from service.actions.acting import Person, act_as
from service.actions.outsiders import role_of
from service.actions.tokens import SCOPES_OF
from service.credentials import csrf_of, fingerprint, is_same
from service.web.languages import speak_to
from service.web.numbers import read_number
from service.web.session_cookie import COOKIE
from service.web.site import Site, site_of
from service.web.vouched import vouched_for
from storage.language import _
from storage.stores.people.sessions import SEEN_EVERY as SESSION_SEEN_EVERY
from storage.stores.people.sessions import Browser, note_seen
from storage.stores.people.tokens import SEEN_EVERY, LiveToken, live_token, note_use
from storage.stores.people.users import SignedIn, signed_in
from storage.tables import Role
from storage.viewers import NOBODY, Viewer, look_as

FIELDS = 2_000
"""At most so many fields in a form."""
_ROLE_OF = {"admin": Role.ADMIN, "write": Role.EDITOR, "read": Role.READER}
LONGEST_BROWSER = 300
"""Of what a browser calls itself."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `key` names them for good; `csrf` is what a browser's forms must carry."""

    key: str
    name: str
    scopes: tuple[str, ...]
    csrf: str | None = None
    user_id: int | None = None
    language: str | None = None
    """Their own choice; None: their browser's."""
    session_id: int | None = None
    """Of a browser that is signed in."""
    origin: str = ""
    """Where they signed in: here (empty), by `oidc` or at a `proxy`."""
    viewer: Viewer = NOBODY
    """Whose eyes they look with."""
    lacks_factor: bool = False
    """Whether they must set up a second factor before they can do anything else."""

    def may(self, scope: str) -> bool:
        """Return whether they may do what needs this scope."""
        return scope in self.scopes


class FactorMissingError(Exception):
    """Who asks must set up a second factor first."""


class NotSignedInError(Exception):
    """Nobody is signed in, or the session or token is over."""


class ForbiddenError(Exception):
    """Who asks may not do this; the message says why."""


class Form:
    """A form that was sent, its fields as plain text."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def text(self, name: str, default: str = "") -> str:
        """Return a field's text without space around it, its line ends being newlines."""
        value = self._data.get(name, default)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else default

    def all(self, name: str) -> list[str]:
        """Return every value of a field, empty ones left out."""
        return [
            value.strip() for value in self._data.getlist(name) if isinstance(value, str) and value.strip()
        ]

    def lines(self, name: str) -> tuple[str, ...]:
        """Return the lines of a field, empty ones left out."""
        return tuple(line.strip() for line in self.text(name).split("\n") if line.strip())

    def flag(self, name: str) -> bool:
        """Return whether a box is ticked."""
        return bool(self.text(name))

    def number(self, name: str) -> int | None:
        """Return a field's whole number; None where it holds none."""
        text = self.text(name)
        return read_number(text)

    def file(self, name: str) -> UploadFile | None:
        """Return an uploaded file; None where there is none."""
        value = self._data.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None


async def caller_of(request: Request) -> Caller | None:
    """Return who asks, by token or cookie; None where neither is good. Looked up once a request."""
    if not hasattr(request.state, "caller"):
        request.state.caller = await _find(request, site_of(request))
        if request.state.caller is not None:
            speak_to(request.state.caller.language)
            act_as(_person(request, request.state.caller))
            look_as(request.state.caller.viewer)
    caller: Caller | None = request.state.caller
    return caller


async def is_still_caller(request: Request, scope: str) -> bool:
    """Return whether who asked may still do this: the token was not revoked since, the session or user not ended."""
    caller = await _find(request, site_of(request))
    if caller is None or caller.lacks_factor or not caller.may(scope):
        return False
    look_as(caller.viewer)  # who has another role meanwhile may see other lists
    return True


def page_caller(scope: str = "read", *, entering: bool = False) -> Callable[[Request], Awaitable[Caller]]:
    """Return the dependency of a page: a signed-in browser that may do what needs this scope.

    `entering`: also one whose user must set up a second factor first.
    """

    async def check(request: Request) -> Caller:
        caller = await caller_of(request)
        if caller is None or caller.csrf is None:
            raise NotSignedInError
        if caller.lacks_factor and not entering:
            raise FactorMissingError
        request.state.glance = await site_of(request).glance()
        if not caller.may(scope):
            raise ForbiddenError(
                _("{name!r} may not do this: ask an admin for another role.", name=caller.name)
            )
        return caller

    return check


def sent_form(scope: str = "write", *, entering: bool = False) -> Callable[[Request], Awaitable[Form]]:
    """Return the dependency of a form: as `page_caller`, sent from a page of ours."""
    check = page_caller(scope, entering=entering)

    async def read(request: Request) -> Form:
        caller = await check(request)
        require_own_page(request)
        form = await request.form(max_fields=FIELDS, max_files=1)
        given = form.get("csrf") or request.headers.get("x-csrf-token")
        if caller.csrf is None or not isinstance(given, str) or not is_same(given, caller.csrf):
            raise ForbiddenError(_("This form is out of date: load the page again and send it once more."))
        return Form(form)

    return read


async def open_form(request: Request) -> Form:
    """The dependency of a form that needs no sign-in."""
    require_own_page(request)
    return Form(await request.form(max_fields=20, max_files=0))


def require_own_page(request: Request) -> None:
    """Raise `ForbiddenError` where a browser says that another site's page sent the request."""
    origin = request.headers.get("origin")
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") or (
        origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    ):
        raise ForbiddenError(_("This was sent from another site."))


def api_caller(scope: str) -> Callable[[Request], Awaitable[Caller]]:
    """Return the dependency of an API operation: a token with this scope, or for reading a signed-in browser."""

    async def check(request: Request) -> Caller:
        caller = await caller_of(request)
        if caller is None:
            raise NotSignedInError
        if caller.lacks_factor:
            raise FactorMissingError
        if caller.csrf is not None and request.method not in ("GET", "HEAD"):
            raise ForbiddenError(_("Changes by the API need a token: a cookie is not enough."))
        if not caller.may(scope):
            raise ForbiddenError(
                _(
                    "This needs the scope {scope!r}; {name!r} has {names}.",
                    scope=scope,
                    name=caller.name,
                    names=", ".join(caller.scopes),
                )
            )
        return caller

    return check


Reader = Annotated[Caller, Depends(page_caller("read"))]
Editor = Annotated[Caller, Depends(page_caller("write"))]
Admin = Annotated[Caller, Depends(page_caller("admin"))]
EditorForm = Annotated[Form, Depends(sent_form("write"))]
AdminForm = Annotated[Form, Depends(sent_form("admin"))]
ReaderForm = Annotated[Form, Depends(sent_form("read"))]
Entering = Annotated[Caller, Depends(page_caller("read", entering=True))]
EnteringForm = Annotated[Form, Depends(sent_form("read", entering=True))]
OpenForm = Annotated[Form, Depends(open_form)]


async def _find(request: Request, site: Site) -> Caller | None:
    authorization = request.headers.get("authorization", "")
    now = site.now()
    if authorization:
        kind, _, secret = authorization.partition(" ")
        if kind.lower() != "bearer" or not secret.strip():
            return None
        hashed = fingerprint(secret.strip())
        token: LiveToken | None = await site.database.reading(live_token, token_hash=hashed, now=now)
        if token is None:
            return None
        if site.may_note(f"token:{token.id}", now, SEEN_EVERY):
            await site.database.writing(note_use, token_id=token.id, now=now)
        return _program(token)
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    user: SignedIn | None = await site.database.reading(signed_in, token_hash=fingerprint(cookie), now=now)
    if user is None:
        return None
    outsider = vouched_for(request)
    if outsider is not None and outsider.subject != user.subject:
        return None  # the proxy's word counts: it is somebody else by now
    role: Role | None = user.role
    if user.origin == "proxy":
        role = role_of(site.settings.web.proxy_header.roles, outsider.groups) if outsider else None
    if role is None:
        return None
    if site.may_note(f"session:{user.session_id}", now, SESSION_SEEN_EVERY):
        address = address_of(request)
        await site.database.writing(note_seen, number=user.session_id, address=address, now=now)
    return Caller(
        f"user:{user.user_id}",
        user.name,
        SCOPES_OF[role],
        csrf_of(cookie),
        user.user_id,
        user.language,
        user.session_id,
        user.origin,
        Viewer(user.user_id, role),
        lacks_factor=site.settings.web.require_second_factor and not user.origin and not user.has_factor,
    )


def _program(token: LiveToken) -> Caller:
    """Return who asks by a token: with the eyes of its user, or else with those of the role that its scopes are."""
    scopes, number = token.scopes, None
    if token.user is not None:
        number = token.user.id
        scopes = tuple(scope for scope in scopes if scope in SCOPES_OF[token.user.role])
    role = next((role for scope, role in _ROLE_OF.items() if scope in scopes), None)
    return Caller(f"token:{token.id}", token.name, scopes, viewer=Viewer(number, role))


def address_of(request: Request) -> str:
    """Return the address that a request comes from, as trusted proxies say."""
    return request.client.host if request.client is not None else ""


def browser_of(request: Request) -> Browser:
    """Return from where a session is begun."""
    words = request.headers.get("user-agent", "")
    return Browser(address_of(request), "".join(filter(str.isprintable, words))[:LONGEST_BROWSER])


def _person(request: Request, caller: Caller) -> Person:
    return Person(caller.name, "api" if caller.csrf is None else "page", address_of(request))
