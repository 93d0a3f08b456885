"""Batches: results that come one by one are stored many at a time.

While one batch is being written the next one gathers, so a quiet service waits for nothing and a busy one pays for a transaction
once. An item that can't be stored loses only itself: its batch is then stored one by one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")
R = TypeVar("R")

LARGEST = 32
"""Items in a batch: few enough that the database is free again within some ten milliseconds."""


class Batches(Generic[T, R]):
    """`write` stores some items and gives one result for each, in their order; it must do all or nothing."""

    def __init__(self, write: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._write = write
        self._waiting: deque[tuple[T, asyncio.Future[R]]] = deque()
        self._writer: asyncio.Task[None] | None = None

    async def add(self, item: T) -> R:
        """Return the item's result once it is stored. Raises what `write` raises for it alone.

        A caller that is cancelled stops waiting; its item is stored nevertheless.
        """
        loop = asyncio.get_running_loop()
        result: asyncio.Future[R] = loop.create_future()
        self._waiting.append((item, result))
        if self._writer is None:
            self._writer = loop.create_task(self._write_all())
        return await result

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), LARGEST))]
                if not await self._write_whole(batch):
                    for item, result in batch:
                        await self._write_one(item, result)
        finally:
            self._writer = None

    async def _write_whole(self, batch: Sequence[tuple[T, asyncio.Future[R]]]) -> bool:
        if len(batch) == 1:
            return False
        try:
            results = await self._write([item for item, _result in batch])
        except Exception:  # noqa: BLE001  (the one to blame is found, and told, as each is written alone)
            return False
        for (_item, waiting), result in zip(batch, results, strict=True):
            if not waiting.done():
                waiting.set_result(result)
        return True

    async def _write_one(self, item: T, waiting: asyncio.Future[R]) -> None:
        try:
            (result,) = await self._write([item])
        except Exception as error:  # noqa: BLE001  (handed to whoever waits for the item)
            if not waiting.done():
                waiting.set_exception(error)
        else:
            if not waiting.done():
                waiting.set_result(result)
