"""What every answer carries: headers that keep a browser from running or loading anything that is not ours. Plain ASGI."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from service.metrics import Metrics

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
"""No inline script or style, nothing from elsewhere: a headline that holds HTML does nothing even if it were not escaped."""

HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "x-frame-options": "DENY",
    "cache-control": "no-store",
}
"""Set where the answer has no such header of its own."""
HSTS = {"strict-transport-security": "max-age=31536000"}
MOST_BYTES = 64_000_000
"""Of a request's body: an import of a million names fits."""


class Guard:
    """Adds the headers, refuses bodies that are too large, and counts the answers."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                set_already = {name.lower() for name, _value in headers}
                added = HEADERS if scope["scheme"] != "https" else HEADERS | HSTS
                headers += [
                    (name.encode(), value.encode())
                    for name, value in added.items()
                    if name.encode() not in set_already
                ]
                message["headers"] = headers
                route = getattr(scope.get("route"), "path", "none")
                self._metrics.answered(scope["method"], route, message["status"], time.monotonic() - began)
            await send(message)

        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MOST_BYTES:
            await guarded(
                {"type": "http.response.start", "status": 413, "headers": [(b"connection", b"close")]}
            )
            await guarded({"type": "http.response.body", "body": b"The body is too large.\n"})
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MOST_BYTES:
                raise BodyTooLargeError
            return message

        await self._app(scope, counted, guarded)


class BodyTooLargeError(Exception):
    """A body without a stated length went on beyond what is allowed."""
