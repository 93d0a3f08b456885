"""Wake-ups between the stages, and to whoever follows what happens."""

from __future__ import annotations

import asyncio


class Hints:
    """Wakes the stages. A hint only saves time: a stage that missed one finds its work at the next tick."""

    def __init__(self) -> None:
        self._events: list[asyncio.Event] = []

    def register(self) -> asyncio.Event:
        """Gives an event that every hint sets."""
        self._events.append(event := asyncio.Event())
        return event

    def forget(self, event: asyncio.Event) -> None:
        """Takes an event out again."""
        self._events.remove(event)

    def wake(self) -> None:
        """Has every stage look for what is due now."""
        for event in self._events:
            event.set()
