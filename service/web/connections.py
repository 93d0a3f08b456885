"""How long a connection may keep us waiting, and how many there may be: half-sent requests must not use up our descriptors.

The page shares its process's open files with the crawler and the sender. So a request must come within some seconds, its body
without long pauses, and connections beyond a share of the files are turned away.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from service.open_files import most_files

HEADERS_WITHIN = 20.0
"""Seconds from the first moment of a connection, or byte of a request, to the end of its headers."""
PAUSE = 30.0
"""Seconds without a byte while a body is coming."""
LOOKED_AT_EVERY = 1.0
SHARE_OF_WEB = 4
"""One of so many of the files that may be open is for connections to the page."""
FEWEST_CONNECTIONS, MOST_CONNECTIONS = 64, 2_048


def most_connections() -> int:
    """Return how many connections the page may have: its share of the files that this process may open."""
    files = most_files()
    return min(max(files // SHARE_OF_WEB, FEWEST_CONNECTIONS), MOST_CONNECTIONS)


class PatientProtocol(AutoHTTPProtocol):  # type: ignore[misc, valid-type]  # one of two, as uvicorn finds
    """uvicorn's protocol, which ends connections that keep it waiting, and turns those away that are too many."""

    headers_within = HEADERS_WITHIN
    pause = PAUSE
    most: int | None = None
    """So many connections; None: their share of the files."""

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401  (uvicorn's own)
        super().__init__(*given, **named)
        self._check: asyncio.TimerHandle | None = None
        self._since = 0.0
        self._last = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._since = self._last = self.loop.time()
        if len(self.connections) > (self.most or most_connections()):
            transport.abort()
            return
        self._look_again()

    def data_received(self, data: bytes) -> None:
        """Note that something came."""
        now = self.loop.time()
        if self._is_idle():
            self._since = now if self._since == 0.0 else self._since
        self._last = now
        super().data_received(data)
        if not self._is_idle():
            self._since = 0.0  # the headers are whole

    def connection_lost(self, exc: Exception | None) -> None:
        """End the watch."""
        if self._check is not None:
            self._check.cancel()
        super().connection_lost(exc)

    def _is_idle(self) -> bool:
        """Return whether no request is being answered."""
        return self.cycle is None or bool(self.cycle.response_complete)

    def _look_again(self) -> None:
        now = self.loop.time()
        is_late = self._is_idle() and self._since and now - self._since > self.headers_within
        is_slow = not self._is_idle() and self.cycle.more_body and now - self._last > self.pause
        if is_late or is_slow:
            self.transport.abort()
            return
        self._check = self.loop.call_later(min(LOOKED_AT_EVERY, self.headers_within), self._look_again)
