"""Waiting in line: one at a time for each key, in the order of arrival."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, TypeVar

K = TypeVar("K")


@dataclass(slots=True)
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    length: int = 0


class Queues(Generic[K]):
    """One queue for each key; one that is empty costs nothing."""

    def __init__(self) -> None:
        self._queues: dict[K, _Queue] = {}

    @asynccontextmanager
    async def turn(self, key: K, *, until: float | None = None) -> AsyncIterator[None]:
        """Wait until no one is before us, at most `until` this time of the loop; the next comes when the block ends.

        Raises `TimeoutError` where our turn did not come.
        """
        queue = self._queues.setdefault(key, _Queue())
        queue.length += 1
        try:
            async with asyncio.timeout_at(until):
                await queue.lock.acquire()
            try:
                yield
            finally:
                queue.lock.release()
        finally:
            queue.length -= 1
            if not queue.length:
                del self._queues[key]
