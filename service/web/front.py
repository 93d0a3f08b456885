"""What answers at the web address: probes by itself, all else by the application, which is loaded by the first request for it.

FastAPI and the pages take a second to load and thirty megabytes; where nobody looks at the page, nobody pays for it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING

from service.web.readiness import readiness
from storage.memory import pass_over_what_lasts, passes_over

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from service.web.site import Site


class Front:
    """An ASGI application before the application."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._app: ASGIApp | None = None
        self._loading = asyncio.Lock()
        self._probes: dict[str, Callable[[], Awaitable[dict[str, str]]]] = {
            "/healthz": _alive,
            "/readyz": partial(readiness, site),
        }

    @property
    def is_loaded(self) -> bool:
        """Whether somebody asked for more than a probe."""
        return self._app is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        probe = self._probes.get(scope.get("path", ""))
        if scope["type"] == "http" and scope["method"] == "GET" and probe is not None:
            scope["route"] = SimpleNamespace(path=scope["path"])  # by which it is counted
            await _answer(await probe(), send)
            return
        app = self._app or await self._load()
        await app(scope, receive, send)

    async def _load(self) -> ASGIApp:
        """Load the application, in a thread: the event loop has other work."""
        async with self._loading:
            if self._app is None:
                self._app = await asyncio.get_running_loop().run_in_executor(None, _build, self._site)
            return self._app


async def _alive() -> dict[str, str]:
    return {"status": "ok"}


async def _answer(answer: dict[str, str], send: Send) -> None:
    status = 200 if answer["status"] == "ok" else 503
    body = json.dumps(answer).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _build(site: Site) -> ASGIApp:
    from service.web.app import build_app

    app = build_app(site)
    if passes_over():  # a service does; where a test opens one, garbage of the next is still to be collected
        pass_over_what_lasts()
    return app
