"""What every operation of the API has: an ETag on what is read, and on POST the same answer to a call that is repeated."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.responses import StreamingResponse

from service.web.access import caller_of
from service.web.api.problems import problem
from service.web.site import site_of
from storage.language import _
from storage.stores.people.answers import begin_answer, forget_answer, keep_answer

LONGEST_KEY = 200

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class ApiRoute(APIRoute):
    """An operation of the API."""

    def get_route_handler(self) -> Handler:
        """Return the handler, with what is common to all around it."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            if request.method == "POST" and "idempotency-key" in request.headers:
                return await _once(request, handler)
            response = await handler(request)
            return _conditional(request, response) if request.method == "GET" else response

        return answer


def etag_of(body: bytes) -> str:
    """Return the tag of a representation."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _conditional(request: Request, response: Response) -> Response:
    """Add the ETag, and answers 304 where the caller has it already (RFC 9110 §13.1.2)."""
    if response.status_code != 200 or isinstance(response, StreamingResponse):
        return response
    tag = etag_of(bytes(response.body))
    response.headers["ETag"] = tag
    response.headers.setdefault("Cache-Control", "private, no-cache")
    known = [item.strip().removeprefix("W/") for item in request.headers.get("if-none-match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers={"ETag": tag, "Cache-Control": "private, no-cache"})
    return response


async def _once(request: Request, handler: Handler) -> Response:
    """Do a call once, however often it comes within a day under the same key of the same caller."""
    caller = await caller_of(request)
    if caller is None:
        return await handler(request)  # refused there
    key = request.headers["idempotency-key"]
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        return problem(
            400,
            _("Idempotency-Key must have 1 to {most} printable characters.", most=LONGEST_KEY),
        )
    site = site_of(request)
    body = await request.body()
    said = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body
    fingerprint = hashlib.sha256(said).hexdigest()
    known = await site.database.writing(
        begin_answer, caller=caller.key, key=key, fingerprint=fingerprint, now=site.now()
    )
    if known is not None:
        if known.fingerprint != fingerprint:
            return problem(422, _("This Idempotency-Key was used for another call."))
        if known.status is None:
            return problem(409, _("The first call with this Idempotency-Key is still under way."))
        headers = {"Idempotency-Replayed": "true"}
        if known.location:
            headers["Location"] = known.location
        return Response(known.body or b"", known.status, headers, known.content_type or None)
    forget = partial(forget_answer, caller=caller.key, key=key)
    try:
        response = await handler(request)
    except BaseException:
        await site.database.writing(forget)
        raise
    await site.database.writing(
        keep_answer,
        caller=caller.key,
        key=key,
        status=response.status_code,
        content_type=response.headers.get("content-type", ""),
        location=response.headers.get("location", ""),
        body=bytes(response.body),
    )
    return response
