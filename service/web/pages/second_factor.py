"""One's own second factor: set up with a QR code, confirmed by a code, taken away."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from service.actions.errors import ActionError, ConflictError, InvalidError
from service.actions.second_factors import begin_factor, confirm_factor, end_factor
from service.second_factor import factor_uri, qr_code
from service.web.access import Caller, Entering, EnteringForm, Reader, ReaderForm, address_of
from service.web.attempts import begin_sign_in, signed_in
from service.web.render import render
from service.web.site import site_of
from storage.language import _, length_of
from storage.stores.people.second_factors import factor_of

router = APIRouter(include_in_schema=False)


@router.get("/account/second-factor")
async def show(request: Request, caller: Entering) -> Response:
    """The second factor, or how to set one up."""
    return await _page(request, caller)


@router.post("/account/second-factor")
async def set_up(request: Request, caller: Entering, form: EnteringForm) -> Response:
    """Confirm the second factor by a code; shows the recovery codes, this once."""
    site = site_of(request)
    try:
        await _count(request, caller)
        codes = await site.database.writing(
            confirm_factor,
            number=caller.user_id or 0,
            code=form.text("code"),
            this=caller.session_id,
            now=site.now(),
        )
    except ActionError as error:
        return await _page(request, caller, error=error)
    await _forget(request, caller)
    return render(
        request,
        "second_factor.html",
        caller,
        has=True,
        left=len(codes),
        codes=codes,
        qr="",
        secret="",
        error=None,
        required=False,
    )


@router.post("/account/second-factor/end")
async def end(request: Request, caller: Reader, form: ReaderForm) -> Response:
    """Take one's own second factor away."""
    site = site_of(request)
    try:
        if site.settings.web.require_second_factor:
            raise ConflictError(_("Everybody who signs in by a password has a second factor here."))
        await _count(request, caller)
        await site.database.writing(
            end_factor, number=caller.user_id or 0, code=form.text("code"), now=site.now()
        )
    except ActionError as error:
        return await _page(request, caller, error=error)
    await _forget(request, caller)
    return RedirectResponse("/account", 303)


async def _page(request: Request, caller: Caller, *, error: ActionError | None = None) -> Response:
    if caller.origin:
        raise ConflictError(_("{name!r} signs in elsewhere, and has no password here.", name=caller.name))
    site = site_of(request)
    factor = await site.database.reading(factor_of, number=caller.user_id or 0)
    has = factor is not None and factor.secret is not None
    secret = "" if has else await site.database.writing(begin_factor, number=caller.user_id or 0)
    return render(
        request,
        "second_factor.html",
        caller,
        status=200 if error is None else 422,
        has=has,
        left=len(factor.recovery) if factor is not None else 0,
        codes=[],
        qr=Markup(qr_code(factor_uri(secret, caller.name))) if secret else "",  # noqa: S704  (made by segno, of our own)
        secret=secret,
        error=error,
        required=site.settings.web.require_second_factor,
    )


async def _count(request: Request, caller: Caller) -> None:
    """Count a try. Raise `InvalidError` where it comes too soon."""
    site = site_of(request)
    wait = await site.database.writing(begin_sign_in, _key(caller), address_of(request), now=site.now())
    if wait:
        words = length_of(int(wait.total_seconds()) + 1)
        raise InvalidError(_("Too many tries. Wait {wait} and try again.", wait=words), key="code")


async def _forget(request: Request, caller: Caller) -> None:
    site = site_of(request)
    await site.database.writing(signed_in, _key(caller), address_of(request), now=site.now())


def _key(caller: Caller) -> str:
    return f"second factor of {caller.name}"
