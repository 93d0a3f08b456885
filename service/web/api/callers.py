"""Who may call an operation, and the answers that every operation may give besides its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from service.web.access import Caller, api_caller
from service.web.api.problems import documented

_BEARER = HTTPBearer(auto_error=False, description="A token: tocsin token add")


def _caller(scope: str) -> Callable[..., Awaitable[Caller]]:
    check = api_caller(scope)

    async def find(
        request: Request, _said: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> Caller:
        return await check(request)  # `_said` puts the way to sign in into the OpenAPI document

    return find


ReadCaller = Annotated[Caller, Depends(_caller("read"))]
WriteCaller = Annotated[Caller, Depends(_caller("write"))]
AdminCaller = Annotated[Caller, Depends(_caller("admin"))]

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="The same call under the same key is done once; repeated within 24 hours, it gets the same answer.",
    ),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        alias="If-None-Match", description="An ETag that you have: where it still holds, the answer is 304."
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The ETag of what you edit: where it was edited meanwhile, the answer is 412.",
    ),
]

READING: dict[int | str, dict[str, Any]] = {
    304: {"description": "It is as you have it."},
    **documented(401, 403, 404, 422),
}
WRITING = documented(400, 401, 403, 404, 409, 422)
