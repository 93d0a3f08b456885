"""In which language a request is answered: the user's own, else the browser's, else the service's. Plain ASGI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.locale import accepted, chosen, translator
from storage.language import speak, speaker

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Languages:
    """Has each request answered in the language that it asks for, and says in the answer which that was.

    A request is a task of its own, so that what is said here counts for nobody else. Who turns out to be signed in, with a
    language of their own, is answered in that one (`service.web.access`).
    """

    def __init__(self, app: ASGIApp, default: str) -> None:
        self._app = app
        self._default = default

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        header = dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1")
        speak(chosen((accepted(header), self._default)))

        async def tagged(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = [(b"content-language", speaker().code.encode()), (b"vary", b"Accept-Language")]
                message["headers"] = [*message.get("headers", ()), *said]
            await send(message)

        await self._app(scope, receive, tagged)


def speak_to(language: str | None) -> None:
    """Answer in a user's own language, where they have chosen one."""
    if language is not None:
        speak(translator(language))
