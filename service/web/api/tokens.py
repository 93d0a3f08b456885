"""API tokens, for admins."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter, Request, Response

from service.actions.tokens import make_token, revoke_token
from service.web.api.callers import READING, WRITING, AdminCaller
from service.web.api.shapes.common import ListPage, WholeList, whole
from service.web.api.shapes.people import NewToken, TokenIn, TokenOut
from service.web.numbers import Number
from service.web.site import site_of
from storage.stores.people.tokens import all_tokens

router = APIRouter(tags=["tokens"])  # no kept answers: they would hold the secret


@router.get("/tokens", responses=READING, response_model=ListPage[TokenOut])
async def list_tokens(request: Request, _caller: AdminCaller) -> WholeList:
    """Return the tokens, newest first, the revoked ones too."""
    return whole(await site_of(request).database.reading(all_tokens))


@router.post("/tokens", status_code=201, responses=WRITING)
async def add_token(request: Request, _caller: AdminCaller, wanted: TokenIn) -> NewToken:
    """Make a token; it is shown this once, so a repeated call makes no second one: the name is taken then."""
    site = site_of(request)
    token, secret = await site.database.writing(
        make_token,
        name=wanted.name,
        scopes=wanted.scopes,
        user=wanted.user,
        now=site.now(),
        days=wanted.days,
    )
    return NewToken.model_validate({**asdict(token), "token": secret})


@router.delete("/tokens/{number}", status_code=204, responses=WRITING)
async def end_token(request: Request, _caller: AdminCaller, number: Number) -> Response:
    """End a token at once."""
    site = site_of(request)
    await site.database.writing(revoke_token, which=number, now=site.now())
    return Response(status_code=204)
