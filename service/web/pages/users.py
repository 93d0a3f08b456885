"""Users and tokens, for admins."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.actions.errors import InvalidError
from service.web import users
from service.web.access import Admin, AdminForm, Caller
from service.web.render import render
from service.web.site import site_of
from storage.stores.people.users import all_tokens, all_users
from storage.tables import Role

router = APIRouter(include_in_schema=False)


@router.get("/users")
async def show_users(request: Request, caller: Admin) -> Response:
    """The users and the API tokens."""
    return await _page(request, caller)


@router.post("/users")
async def invite(request: Request, caller: Admin, form: AdminForm) -> Response:
    """Adds a user; shows the one-time link to set the password."""
    site = site_of(request)
    name, role = form.text("name"), _role(form.text("role"))
    link = await site.database.writing(partial(users.invite, name=name, role=role, now=site.now()))
    return await _page(request, caller, link=str(request.base_url).rstrip("/") + link, link_for=name)


@router.post("/users/change")
async def change(request: Request, caller: Admin, form: AdminForm) -> Response:
    """Gives a user another role or a new link, or removes them."""
    site = site_of(request)
    name = form.text("name")
    match form.text("do"):
        case "reset":
            link = await site.database.writing(partial(users.renew, name=name, now=site.now()))
            return await _page(request, caller, link=str(request.base_url).rstrip("/") + link, link_for=name)
        case "remove":
            await site.database.writing(partial(users.remove, name=name))
        case "role":
            role = _role(form.text("role"))
            await site.database.writing(partial(users.change_role, name=name, role=role))
        case other:
            raise InvalidError(f"{other!r} can't be done to a user.")
    return await _page(request, caller)


@router.post("/tokens")
async def add_token(request: Request, caller: Admin, form: AdminForm) -> Response:
    """Makes an API token; it is shown once."""
    site = site_of(request)
    days = form.number("days")
    _row, secret = await site.database.writing(
        partial(
            users.make_token,
            name=form.text("name"),
            scopes=form.all("scope"),
            now=site.now(),
            lasts=None if not days else timedelta(days=min(days, 3650)),
        )
    )
    return await _page(request, caller, token=secret)


@router.post("/tokens/revoke")
async def revoke(request: Request, caller: Admin, form: AdminForm) -> Response:
    """Ends a token."""
    site = site_of(request)
    await site.database.writing(partial(users.revoke_token, name=form.text("name"), now=site.now()))
    return await _page(request, caller)


async def _page(
    request: Request,
    caller: Caller,
    *,
    link: str | None = None,
    link_for: str = "",
    token: str | None = None,
) -> Response:
    def read(session: Session) -> tuple[object, object]:
        return all_users(session), all_tokens(session)

    people, tokens = await site_of(request).database.reading(read)
    return render(
        request,
        "users.html",
        caller,
        link=link,
        link_for=link_for,
        token=token,
        users=people,
        tokens=tokens,
        roles=[role.value for role in Role],
        scopes=users.SCOPES,
    )


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError as error:
        raise InvalidError(f"{text!r} is no role: choose reader, editor or admin.") from error
