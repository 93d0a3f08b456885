"""Under a path of another site: where `[web] public_url` has a path, all that leaves the service stands under it.

Within, every address begins at the root, as if the service had the host to itself. Here alone the path is taken off what comes
in, where the proxy left it on, and put before what goes out: addresses in pages, redirects, cookies.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

ATTRIBUTES = (
    "href",
    "action",
    "formaction",
    "src",
    "hx-get",
    "hx-post",
    "data-document",
    "data-base",
    "data-icon",
)
"""Those of our pages that hold addresses."""
_OURS = re.compile(rf'(\s(?:{"|".join(ATTRIBUTES)})=")/(?!/)')
_LEADING = frozenset({b"location", b"hx-redirect", b"hx-location", b"hx-push-url"})
_COOKIE_PATH = re.compile(rb"(;\s*path=)/(?=;|$)", re.IGNORECASE)


def base_path(public_url: str) -> str:
    """Return the path of an address without a slash at its end; empty where it has none. Pure."""
    return urlsplit(public_url).path.rstrip("/")


def under(base: str, page: str) -> str:
    """Return a page whose addresses of ours stand under `base`. Pure.

    What outlets wrote can't look like an attribute: its quotation marks are escaped.
    """
    return _OURS.sub(rf"\g<1>{base}/", page) if base else page


class BasePath:
    """Takes the base path off requests, and puts it before where answers lead. Plain ASGI."""

    def __init__(self, app: ASGIApp, base: str) -> None:
        self._app = app
        self._base = base
        self._bytes = base.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        if scope["type"] != "http" or not self._base:
            await self._app(scope, receive, send)
            return

        async def lead(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = [(name, self._led(name, value)) for name, value in message.get("headers", ())]
                message["headers"] = found
            await send(message)

        await self._app(self._without(scope), receive, lead)

    def _without(self, scope: Scope) -> Scope:
        path, raw = scope["path"], scope.get("raw_path") or b""
        if path != self._base and not path.startswith(f"{self._base}/"):
            return scope  # the proxy took it off, or a program on this machine asks
        return {
            **scope,
            "path": path[len(self._base) :] or "/",
            "raw_path": raw.removeprefix(self._bytes) or b"/",
        }

    def _led(self, name: bytes, value: bytes) -> bytes:
        name = name.lower()
        if name in _LEADING and value.startswith(b"/") and not value.startswith(b"//"):
            return self._bytes + value
        if name == b"set-cookie":
            return _COOKIE_PATH.sub(rb"\g<1>" + self._bytes, value)
        return value
