"""What goes wrong as expected on a page or in the API, and how a person is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException

from service.actions.errors import (
    ActionError,
    ConflictError,
    InvalidError,
    NotAllowedError,
    NotFoundError,
    ReadOnlyError,
)
from service.settings.faults import message_of
from service.web.access import FactorMissingError, ForbiddenError, NotSignedInError, caller_of
from service.web.api.problems import problem
from service.web.own_paths import login_url
from service.web.render import render
from storage.language import _

STATUS_OF = {
    NotFoundError: 404,
    InvalidError: 422,
    ConflictError: 409,
    ReadOnlyError: 422,
    NotAllowedError: 403,
}
"""Of what an action refuses."""


def register(app: FastAPI) -> None:
    """Has the application answer each of these in its form: a page to people, a problem to programs."""
    app.add_exception_handler(NotSignedInError, _not_signed_in)
    app.add_exception_handler(FactorMissingError, _factor_missing)
    for refusal, status in STATUS_OF.items():
        app.add_exception_handler(refusal, _refusal(status))
    for kind, status in ((ForbiddenError, 403),):
        app.add_exception_handler(kind, _teller(status))
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(Exception, _fault)


def is_for_program(request: Request) -> bool:
    """Return whether a program asks."""
    return request.url.path.startswith("/api/") or request.url.path == "/metrics"


async def _not_signed_in(request: Request, _error: Exception) -> Response:
    if is_for_program(request):
        return problem(
            401,
            _("A token is needed: Authorization: Bearer …; tocsin token add makes one."),
            headers={"WWW-Authenticate": "Bearer"},
        )
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": "/login"})
    return RedirectResponse(login_url(request) if request.method == "GET" else "/login", 303)


async def _factor_missing(request: Request, _error: Exception) -> Response:
    if is_for_program(request):
        return problem(403, _("Set up a second factor first, on your account's page."))
    if "hx-request" in request.headers:
        return Response(status_code=204, headers={"HX-Redirect": "/account/second-factor"})
    return RedirectResponse("/account/second-factor", 303)


def _refusal(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def refuse(request: Request, error: Exception) -> Response:
        key = error.key if isinstance(error, ActionError) else None
        if key is not None and is_for_program(request):
            return problem(status, str(error), errors=[{"at": key, "message": str(error)}])
        return await _answer(request, status, str(error))

    return refuse


def _teller(status: int) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def tell(request: Request, error: Exception) -> Response:
        return await _answer(request, status, str(error))

    return tell


async def _http(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    reason = HTTPStatus(error.status_code).phrase
    message = (
        _("There is no page at this address.") if error.status_code == 404 else str(error.detail or reason)
    )
    return await _answer(request, error.status_code, message, dict(error.headers or {}))


async def _unreadable(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    faults = [
        {"at": ".".join(map(str, fault["loc"])), "message": message_of(fault)} for fault in error.errors()
    ]
    if is_for_program(request):
        return problem(422, _("What was sent does not fit the description of this operation."), errors=faults)
    return await _answer(request, 404, _("There is no page at this address."))


async def _fault(request: Request, _error: Exception) -> Response:
    return await _answer(request, 500, _("Internal error: the service’s log has the details."))


async def _answer(
    request: Request, status: int, message: str, headers: dict[str, str] | None = None
) -> Response:
    if is_for_program(request):
        return problem(status, message, headers=headers)
    caller = await caller_of(request)
    title = _(HTTPStatus(status).phrase)
    response = render(request, "error.html", caller, status=status, title=title, message=message)
    response.headers.update(headers or {})
    return response
