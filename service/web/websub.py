"""The callback's address, `/websub/…`: what hubs ask and send, as HTTP."""

from __future__ import annotations

import asyncio

from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import ClientDisconnect

from crawler.sources.websub.callback import Callback, Received

BODY_SECONDS = 30
"""For a whole push to arrive."""
AT_ONCE = 8
"""Pushes whose bodies are in memory at once."""


def add_callback(app: FastAPI, callback: Callback) -> None:
    """Add the addresses that hubs call. Every answer but 2xx tells a hub to come again, or that we are gone."""
    room = asyncio.Semaphore(AT_ONCE)

    @app.get("/websub/{path}", include_in_schema=False)
    async def verify(path: str, request: Request) -> Response:
        """Echoes the challenge of a hub that verifies what we asked for."""
        try:
            echo = await callback.verify(path, request.query_params)
        except SQLAlchemyError:
            return _busy()
        if echo is None:
            return PlainTextResponse("no such request", status_code=404)
        return PlainTextResponse(echo, headers={"X-Content-Type-Options": "nosniff"})

    @app.post("/websub/{path}", include_in_schema=False)
    async def receive(path: str, request: Request) -> Response:
        """Keep a push."""
        try:
            if not await callback.expects(path):
                return Response(status_code=410)
            if request.headers.get("content-encoding", "identity").lower() != "identity":
                return Response(status_code=415)
            if room.locked():
                return _busy()
            async with room:
                body = await _body(request, callback.max_body_bytes)
                if body is None:
                    return Response(status_code=413)
                received = await callback.receive(
                    path,
                    body,
                    content_type=request.headers.get("content-type"),
                    signature=request.headers.get("x-hub-signature"),
                )
        except TimeoutError:
            return Response(status_code=408)
        except (SQLAlchemyError, ClientDisconnect):
            return _busy()
        match received:
            case Received.UNKNOWN:
                return Response(status_code=410)
            case Received.BUSY:
                return _busy()
            case _:
                return Response(status_code=202)


async def _body(request: Request, limit: int) -> bytes | None:
    """Return the body; None where it is larger than `limit` bytes, which is found before that much is in memory."""
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > limit:
        return None
    body = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        async for part in request.stream():
            body += part
            if len(body) > limit:
                return None
    return bytes(body)


def _busy() -> Response:
    return Response(status_code=503, headers={"Retry-After": "60"})
