"""Users, for admins."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.actions.errors import NotFoundError
from service.web import users
from service.web.api.callers import READING, WRITING, AdminCaller
from service.web.api.shapes.people import LinkOut, RoleIn, UserIn, UserOut
from service.web.numbers import Number
from service.web.site import site_of
from storage.rows import id_of
from storage.stores.people.users import all_users
from storage.tables import Role, User

router = APIRouter(tags=["users"])  # no kept answers: they would hold links


@router.get("/users", responses=READING)
async def list_users(request: Request, _caller: AdminCaller) -> list[UserOut]:
    """Gives the users, by name."""
    return [_shape(row) for row in await site_of(request).database.reading(all_users)]


@router.post("/users", status_code=201, responses=WRITING)
async def add_user(request: Request, _caller: AdminCaller, wanted: UserIn) -> LinkOut:
    """Adds a user; gives the one-time link to set the password, shown this once."""
    site = site_of(request)
    link = await site.database.writing(
        partial(users.invite, name=wanted.name, role=Role(wanted.role), now=site.now())
    )
    return LinkOut(name=wanted.name, link=_absolute(request, link))


@router.patch("/users/{number}", responses=WRITING)
async def change_role(request: Request, _caller: AdminCaller, number: Number, wanted: RoleIn) -> UserOut:
    """Gives a user another role."""

    def change(session: Session) -> UserOut:
        users.change_role(session, _named(session, number), Role(wanted.role))
        return _shape(session.get_one(User, number))

    return await site_of(request).database.writing(change)


@router.post("/users/{number}/reset", responses=WRITING)
async def reset(request: Request, _caller: AdminCaller, number: Number) -> LinkOut:
    """Gives a one-time link to set another password, shown this once; the old password works until then."""
    site = site_of(request)

    def renew(session: Session) -> tuple[str, str]:
        name = _named(session, number)
        return name, users.renew(session, name, now=site.now())

    name, link = await site.database.writing(renew)
    return LinkOut(name=name, link=_absolute(request, link))


@router.delete("/users/{number}", status_code=204, responses=WRITING)
async def remove(request: Request, _caller: AdminCaller, number: Number) -> Response:
    """Removes a user; every browser signed in as them is signed out."""
    await site_of(request).database.writing(lambda session: users.remove(session, _named(session, number)))
    return Response(status_code=204)


def _named(session: Session, number: int) -> str:
    row = session.get(User, number)
    if row is None:
        raise NotFoundError(f"There is no user {number}.")
    return row.name


def _absolute(request: Request, link: str) -> str:
    return str(request.base_url).rstrip("/") + link


def _shape(row: User) -> UserOut:
    return UserOut(
        id=id_of(row),
        name=row.name,
        role=row.role.value,
        has_password=row.password_hash is not None,
        last_sign_in_at=row.last_sign_in_at,
    )
