"""Work under way: tasks that a claim started, bounded in number, awaited at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import timedelta


class InFlight:
    """Holds up to `limit` tasks; a task's own errors are its own business, so its coroutine must not raise.

    `hint` is called after each: there is room again, and perhaps work for the next stage.
    """

    def __init__(self, limit: int, hint: Callable[[], None]) -> None:
        self._limit = limit
        self._hint = hint
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def free(self) -> int:
        """How many more may be started now."""
        return max(0, self._limit - len(self._tasks))

    def start(self, work: Coroutine[object, object, None]) -> None:
        """Starts one task."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._hint()

    async def settle(self) -> None:
        """Waits until nothing is under way."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def drain(self, patience: timedelta) -> None:
        """Waits for what is under way, then cancels the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=patience.total_seconds())
        for task in self._tasks:
            task.cancel()
        await self.settle()
