"""API tokens, for admins."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from fastapi import APIRouter, Request, Response

from service.actions.errors import NotFoundError
from service.web.api.callers import READING, WRITING, AdminCaller
from service.web.api.shapes.people import NewToken, TokenIn, TokenOut
from service.web.numbers import Number
from service.web.site import site_of
from service.web.users import make_token, revoke_token
from storage.rows import id_of
from storage.stores.people.users import all_tokens
from storage.tables import ApiToken

router = APIRouter(tags=["tokens"])  # no kept answers: they would hold the secret


@router.get("/tokens", responses=READING)
async def list_tokens(request: Request, _caller: AdminCaller) -> list[TokenOut]:
    """Gives the tokens, newest first, the revoked ones too."""
    rows = await site_of(request).database.reading(all_tokens)
    return [_shape(row) for row in rows]


@router.post("/tokens", status_code=201, responses=WRITING)
async def add_token(request: Request, _caller: AdminCaller, wanted: TokenIn) -> NewToken:
    """Makes a token; it is shown this once, so a repeated call makes no second one: the name is taken then."""
    site = site_of(request)
    lasts = None if wanted.days is None else timedelta(days=wanted.days)
    row, secret = await site.database.writing(
        partial(make_token, name=wanted.name, scopes=wanted.scopes, now=site.now(), lasts=lasts)
    )
    return NewToken(**_shape(row).model_dump(), token=secret)


@router.delete("/tokens/{number}", status_code=204, responses=WRITING)
async def end_token(request: Request, _caller: AdminCaller, number: Number) -> Response:
    """Ends a token at once."""
    site = site_of(request)
    row = await site.database.reading(lambda session: session.get(ApiToken, number))
    if row is None:
        raise NotFoundError(f"There is no token {number}.")
    await site.database.writing(partial(revoke_token, name=row.name, now=site.now()))
    return Response(status_code=204)


def _shape(row: ApiToken) -> TokenOut:
    return TokenOut(
        id=id_of(row),
        name=row.name,
        start=row.start,
        scopes=row.scopes,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )
