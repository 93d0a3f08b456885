"""Whose eyes a request is answered with: nobody's, until `service.web.access` knows who asks. Plain ASGI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.viewers import NOBODY, look_as

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Onlookers:
    """Has each request begin as nobody's, so that a route that asks nobody who they are shows nothing of a private list."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI), which is a task of its own."""
        if scope["type"] == "http":
            look_as(NOBODY)
        await self._app(scope, receive, send)


async def by_its_address() -> None:
    """The dependency of a route whose address is itself the right to read it: it was signed, or holds what can't be guessed."""
    look_as(None)
