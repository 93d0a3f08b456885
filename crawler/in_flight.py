"""Work under way: tasks that a claim started, bounded in number, awaited at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta

SLOW_SECONDS = 1.0
"""What has been under way for longer waits for a slow or dead host, and gives its place to another."""
PLACES_EACH = 4
"""So many times the limit may be under way, the slow ones counted: each holds a connection, little memory and no CPU."""


class InFlight:
    """Holds up to `limit` tasks that are quick; a task's own errors are its own business, so its coroutine must not raise.

    Slow tasks don't count, up to `PLACES_EACH` times the limit: else a few hosts that hang would stop the work for all others.
    `hint` is called after each: there is room again, and perhaps work for the next stage.
    """

    def __init__(self, limit: int, hint: Callable[[], None]) -> None:
        self._limit = limit
        self._hint = hint
        self._started: dict[asyncio.Task[None], float] = {}

    @property
    def free(self) -> int:
        """How many more may be started now."""
        if not self._started:
            return self._limit
        since = asyncio.get_running_loop().time() - SLOW_SECONDS
        quick = sum(started > since for started in self._started.values())
        return max(0, min(self._limit - quick, PLACES_EACH * self._limit - len(self._started)))

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Start one task."""
        loop = asyncio.get_running_loop()
        task = loop.create_task(work)
        self._started[task] = loop.time()
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        del self._started[task]
        self._hint()

    async def settle(self) -> None:
        """Wait until nothing is under way."""
        while self._started:
            await asyncio.wait(self._started)

    async def drain(self, patience: timedelta) -> None:
        """Wait for what is under way, then cancels the rest."""
        if self._started:
            await asyncio.wait(self._started, timeout=patience.total_seconds())
        for task in self._started:
            task.cancel()
        await self.settle()
