"""The moment by which a request must have ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta


class Deadline:
    """Bounds a whole request: all its redirects share one. It can be brought forward from outside, which ends the request.

    Cancelling `download_async` would leave its download running: Scrapy awaits it in a task that nobody holds.
    """

    def __init__(self, within: timedelta) -> None:
        self._loop = asyncio.get_running_loop()
        self._at = self._loop.time() + within.total_seconds()
        self._scope: asyncio.Timeout | None = None

    @asynccontextmanager
    async def bounding(self) -> AsyncIterator[None]:
        """Raises `TimeoutError` in its block once the moment has come."""
        try:
            async with asyncio.timeout_at(self._at) as self._scope:
                yield
        finally:
            self._scope = None

    def bring_forward(self) -> None:
        """Makes it now."""
        self._at = self._loop.time()
        if self._scope is not None and not self._scope.expired():
            self._scope.reschedule(self._at)
