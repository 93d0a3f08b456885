"""Users and tokens, for admins."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service.actions import users
from service.actions.errors import ActionError, InvalidError
from service.actions.list_access import lists_to_take_over, take_over
from service.actions.second_factors import reset_factor
from service.actions.tokens import SCOPES, make_token, revoke_token
from service.web.access import Admin, AdminForm, Caller
from service.web.own_address import own_address
from service.web.render import render
from service.web.site import site_of
from storage.language import _
from storage.stores.people.tokens import KnownToken, all_tokens
from storage.stores.people.users import KnownUser, all_users
from storage.stores.watch.access import PrivateList
from storage.tables import Role

router = APIRouter(include_in_schema=False)


@router.get("/users")
async def show_users(request: Request, caller: Admin) -> Response:
    """The users and the API tokens."""
    return await _page(request, caller)


@router.post("/users")
async def invite(request: Request, caller: Admin, form: AdminForm) -> Response:
    """Add a user; shows the one-time link to set the password."""
    site = site_of(request)
    name, role = form.text("name"), form.text("role")
    try:
        link = await site.database.writing(users.invite, name=name, role=role, now=site.now())
    except ActionError as error:
        return await _page(request, caller, fault=error, form="user", typed={"name": name})
    return await _page(request, caller, link=own_address(request, link), link_for=name)


@router.post("/users/change")
async def change(request: Request, caller: Admin, form: AdminForm) -> Response:
    """Give a user another role or a new link, or removes them."""
    site = site_of(request)
    name = form.text("name")
    try:
        match form.text("do"):
            case "reset":
                _name, link = await site.database.writing(users.renew_link, which=name, now=site.now())
                return await _page(request, caller, link=own_address(request, link), link_for=name)
            case "factor":
                await site.database.writing(reset_factor, which=name)
            case "remove":
                await site.database.writing(users.remove, which=name)
            case "role":
                role = form.text("role")
                await site.database.writing(users.change_role, which=name, role=role)
            case other:
                raise InvalidError(_("{other!r} can't be done to a user.", other=other))
    except ActionError as error:
        return await _page(request, caller, fault=error, form="users")
    return await _page(request, caller)


@router.post("/tokens")
async def add_token(request: Request, caller: Admin, form: AdminForm) -> Response:
    """Make an API token; it is shown once."""
    site = site_of(request)
    try:
        _token, secret = await site.database.writing(
            make_token,
            name=form.text("name"),
            scopes=form.all("scope"),
            now=site.now(),
            user=form.text("user"),
            days=form.number("days"),
        )
    except ActionError as error:
        return await _page(
            request,
            caller,
            fault=error,
            form="token",
            typed={key: form.text(key) for key in ("name", "days")},
        )
    return await _page(request, caller, token=secret)


@router.post("/users/take-over")
async def take_list_over(request: Request, caller: Admin, form: AdminForm) -> Response:
    """Make a private list one's own, and show it."""
    try:
        name = await site_of(request).database.writing(take_over, number=form.number("number") or 0)
    except ActionError as error:
        return await _page(request, caller, fault=error, form="private")
    return RedirectResponse(f"/watch/list?{urlencode({'name': name})}", 303)


@router.post("/tokens/revoke")
async def revoke(request: Request, caller: Admin, form: AdminForm) -> Response:
    """End a token."""
    site = site_of(request)
    try:
        await site.database.writing(revoke_token, which=form.text("name"), now=site.now())
    except ActionError as error:
        return await _page(request, caller, fault=error, form="tokens")
    return await _page(request, caller)


async def _page(
    request: Request,
    caller: Caller,
    *,
    link: str | None = None,
    link_for: str = "",
    token: str | None = None,
    fault: ActionError | None = None,
    form: str = "",
    typed: Mapping[str, str] = {},
) -> Response:
    """Show the page; what was refused stands in the form that asked for it."""

    def read(session: Session) -> tuple[list[KnownUser], list[KnownToken], list[PrivateList]]:
        return all_users(session), all_tokens(session), lists_to_take_over(session)

    people, tokens, private = await site_of(request).database.reading(read)
    return render(
        request,
        "users.html",
        caller,
        link=link,
        link_for=link_for,
        token=token,
        users=people,
        tokens=tokens,
        private=private,
        roles=[role.value for role in Role],
        scopes=SCOPES,
        fault=fault,
        form=form,
        typed=typed,
        status=200 if fault is None else 422,
    )
