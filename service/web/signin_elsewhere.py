"""Signing in elsewhere: at an OpenID provider and back, or at a proxy, whose header says who it is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from service.actions.acting import Person, act_as
from service.actions.errors import ActionError, NotFoundError
from service.actions.outsiders import Outsider, end_outsiders_sessions, sign_in_outsider
from service.actions.users import SESSION_LASTS
from service.settings.sign_in_models import RoleGroups
from service.web.access import address_of, browser_of
from service.web.own_address import own_address
from service.web.own_paths import HOME, own_path
from service.web.render import render
from service.web.session_cookie import with_session
from service.web.site import Site, site_of
from service.web.vouched import vouched_for
from storage.language import _

if TYPE_CHECKING:
    from service.web.openid import Provider

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)

FLOW = "tocsin_oidc"
"""The cookie of a browser that is at the provider."""
FLOW_LASTS = timedelta(minutes=15)
CALLBACK = "/oidc/callback"
LARGEST_TOKEN = 100_000
NOT_KEPT = {"Cache-Control": "no-store"}


@router.get("/oidc/start")
async def start(request: Request, next: str = HOME) -> Response:
    """Send the browser to the provider."""
    from service.web.openid import ProviderError

    provider = _provider(request)
    try:
        address, flow = await provider.begin(own_address(request, CALLBACK), own_path(next))
    except ProviderError as error:
        return _refused(request, error)
    response = RedirectResponse(address, 303)
    response.set_cookie(
        FLOW,
        flow.packed(),
        max_age=int(FLOW_LASTS.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


@router.get(CALLBACK)
async def come_back(request: Request) -> Response:
    """Sign in whom the provider says that it is."""
    from service.web.openid import Flow, ProviderError

    site, wanted = site_of(request), site_of(request).settings.web.oidc
    provider = _provider(request)
    flow = Flow.unpacked(request.cookies.get(FLOW, ""))
    if flow is None:
        return _page(request, _("The sign-in took too long, or was begun in another browser. Try again."))
    answer = dict(request.query_params)
    try:
        outsider = await provider.finish(flow, answer, own_address(request, CALLBACK), now=site.now())
    except ProviderError as error:
        return _refused(request, error)
    response = await _sign_in(
        request,
        outsider,
        wanted.roles,
        adopt=wanted.adopt,
        lasts=wanted.session,
        onward=own_path(flow.onward),
    )
    response.delete_cookie(FLOW, path="/")
    return response


@router.post("/oidc/backchannel-logout")
async def sign_out_from_afar(request: Request) -> Response:
    """End the sessions of somebody who signed out at the provider, which says so itself (Back-Channel Logout 1.0)."""
    from service.web.openid import ProviderError

    site, provider = site_of(request), _provider(request)
    form = await request.form(max_fields=5, max_files=0, max_part_size=LARGEST_TOKEN)
    token = form.get("logout_token")
    try:
        notice = await provider.signed_out(token if isinstance(token, str) else "", now=site.now())
    except ProviderError as error:
        log.warning("logout refused", origin="oidc", error=str(error), address=address_of(request))
        said = {"error": "invalid_request", "error_description": str(error)}
        return JSONResponse(said, 400, headers=NOT_KEPT)
    act_as(Person("", "provider", address_of(request)))
    ended = await site.database.writing(
        end_outsiders_sessions, subject=notice.subject, origin_session=notice.session
    )
    log.info("signed out at the provider", ended=ended)
    return Response(status_code=200, headers=NOT_KEPT)


async def by_header(request: Request, onward: str) -> Response | None:
    """Sign in whom a trusted proxy names; None where it names nobody."""
    outsider = vouched_for(request)
    if outsider is None:
        return None
    wanted = site_of(request).settings.web.proxy_header
    return await _sign_in(
        request, outsider, wanted.roles, adopt=wanted.adopt, lasts=SESSION_LASTS, onward=onward
    )


async def signed_out(request: Request, origin: str) -> Response:
    """Return what somebody sees who signed out here and is signed in elsewhere."""
    web = site_of(request).settings.web
    onward = web.proxy_header.logout_url or None if origin == "proxy" else None
    if origin == "oidc" and web.oidc.issuer:
        onward = await _provider(request).end_url(own_address(request, "/login"))
    return render(request, "signed_out.html", None, onward=onward)


async def _sign_in(
    request: Request, outsider: Outsider, roles: RoleGroups, *, adopt: bool, lasts: timedelta, onward: str
) -> Response:
    site = site_of(request)
    act_as(Person(outsider.name, "page", address_of(request)))
    try:
        secret = await site.database.writing(
            sign_in_outsider,
            outsider=outsider,
            roles=roles,
            adopt=adopt,
            browser=browser_of(request),
            lasts=lasts,
            now=site.now(),
        )
    except ActionError as error:
        log.warning(
            "sign-in refused", user=outsider.name, origin=outsider.origin, groups=sorted(outsider.groups)
        )
        return _page(request, str(error))
    return with_session(request, RedirectResponse(onward, 303), secret, lasts)


def _provider(request: Request) -> Provider:
    """Return the provider of the settings, made when it is first needed. Raise `NotFoundError` where there is none."""
    from service.web.openid import Provider

    site: Site = site_of(request)
    if not site.settings.web.oidc.issuer:
        raise NotFoundError(_("There is no OpenID provider in the settings."))
    if not hasattr(request.app.state, "provider"):
        request.app.state.provider = Provider(site.settings.web.oidc)
    provider: Provider = request.app.state.provider
    return provider


def _refused(request: Request, error: Exception) -> Response:
    log.warning("sign-in refused", origin="oidc", error=str(error), address=address_of(request))
    return _page(request, _("The sign-in failed: {error}. Try again, or ask an admin.", error=str(error)))


def _page(request: Request, message: str) -> Response:
    return render(request, "error.html", None, status=403, title=_("You are not signed in"), message=message)
