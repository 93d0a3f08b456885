"""Users, for admins."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from service.actions import users
from service.actions.second_factors import reset_factor
from service.web.api.callers import READING, WRITING, AdminCaller
from service.web.api.shapes.common import ListPage, WholeList, whole
from service.web.api.shapes.people import LinkOut, RoleIn, UserIn, UserOut
from service.web.numbers import Number
from service.web.own_address import own_address
from service.web.site import site_of
from storage.stores.people.users import KnownUser, all_users

router = APIRouter(tags=["users"])  # no kept answers: they would hold links


@router.get("/users", responses=READING, response_model=ListPage[UserOut])
async def list_users(request: Request, _caller: AdminCaller) -> WholeList:
    """Return the users, by name."""
    return whole(await site_of(request).database.reading(all_users))


@router.post("/users", status_code=201, responses=WRITING)
async def add_user(request: Request, _caller: AdminCaller, wanted: UserIn) -> LinkOut:
    """Add a user; return the one-time link to set the password, shown this once."""
    site = site_of(request)
    link = await site.database.writing(users.invite, name=wanted.name, role=wanted.role, now=site.now())
    return LinkOut(name=wanted.name, link=own_address(request, link))


@router.patch("/users/{number}", responses=WRITING, response_model=UserOut)
async def change_role(request: Request, _caller: AdminCaller, number: Number, wanted: RoleIn) -> KnownUser:
    """Give a user another role."""
    return await site_of(request).database.writing(users.change_role, which=number, role=wanted.role)


@router.post("/users/{number}/reset", responses=WRITING)
async def reset(request: Request, _caller: AdminCaller, number: Number) -> LinkOut:
    """Return a one-time link to set another password, shown this once; the old password works until then."""
    site = site_of(request)
    name, link = await site.database.writing(users.renew_link, which=number, now=site.now())
    return LinkOut(name=name, link=own_address(request, link))


@router.delete("/users/{number}/second-factor", status_code=204, responses=WRITING)
async def reset_second_factor(request: Request, _caller: AdminCaller, number: Number) -> Response:
    """Take a user's second factor away, for one whose telephone is lost."""
    await site_of(request).database.writing(reset_factor, which=number)
    return Response(status_code=204)


@router.delete("/users/{number}", status_code=204, responses=WRITING)
async def remove(request: Request, _caller: AdminCaller, number: Number) -> Response:
    """Remove a user; every browser signed in as them is signed out."""
    await site_of(request).database.writing(users.remove, which=number)
    return Response(status_code=204)
