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
        answer = known[1]
        try:
            return await asyncio.shield(answer)  # whoever leaves ends it for nobody else
        finally:
            failed = answer.done() and (answer.cancelled() or answer.exception() is not None)
            if failed and self._known.get(key) is known:
                del self._known[key]

    def forget(self) -> None:
        """Forget all: what they were made of has changed."""
        self._known.clear()
