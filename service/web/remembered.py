"""Answers that cost much and may be a minute old: made once for all who ask meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from storage.viewers import viewer

T = TypeVar("T")

MOST = 50
"""Answers that are kept at a time."""


@dataclass(slots=True)
class Remembered(Generic[T]):
    """Answers by what was asked, and by who asked: what one may see, another may not."""

    lasts: timedelta = timedelta(minutes=1)
    renews: timedelta | None = None
    """An answer of this age is given, and made anew meanwhile: who asks now and then never waits."""
    _renewing: set[asyncio.Task[None]] = field(default_factory=set)
    _known: dict[Hashable, tuple[datetime, asyncio.Future[T]]] = field(default_factory=dict)

    async def get(self, key: Hashable, make: Callable[[], Awaitable[T]], *, now: datetime) -> T:
        """Return the answer, made by `make` where there is none that is young enough. What `make` raises is not kept."""
        key = (viewer(), key)
        known = self._known.get(key)
        if known is None or not timedelta(0) <= now - known[0] < self.lasts:
            self._known.pop(key, None)
            while len(self._known) >= MOST:
                del self._known[next(iter(self._known))]
            known = self._known[key] = now, asyncio.ensure_future(make())
        elif self.renews is not None and now - known[0] >= self.renews and not self._renewing:
            task = asyncio.create_task(self._renew(key, known, make, now))
            self._renewing.add(task)
            task.add_done_callback(self._renewing.discard)
        answer = known[1]
        try:
            return await asyncio.shield(answer)  # whoever leaves ends it for nobody else
        finally:
            failed = answer.done() and (answer.cancelled() or answer.exception() is not None)
            if failed and self._known.get(key) is known:
                del self._known[key]

    async def _renew(
        self,
        key: Hashable,
        known: tuple[datetime, asyncio.Future[T]],
        make: Callable[[], Awaitable[T]],
        now: datetime,
    ) -> None:
        """Put a new answer in place of the known one, unless that was forgotten meanwhile."""
        answer: asyncio.Future[T] = asyncio.ensure_future(make())
        await asyncio.wait([answer])
        if answer.cancelled() or answer.exception() is not None:
            return  # whoever asks once the known one is too old is told
        if self._known.get(key) is known:
            self._known[key] = now, answer

    def forget(self) -> None:
        """Forget all: what they were made of has changed."""
        self._known.clear()
