"""Wake-ups between the stages, and to whoever follows what happens."""

from __future__ import annotations

import asyncio


class WakeUps:
    """Wakes the stages. A hint only saves time: a stage that missed one finds its work at the next tick."""

    def __init__(self) -> None:
        self._events: list[asyncio.Event] = []
        self._patient: list[asyncio.Event] = []

    def register(self, *, only_ticks: bool = False) -> asyncio.Event:
        """Return an event that every hint sets, or only every tick."""
        event = asyncio.Event()
        (self._patient if only_ticks else self._events).append(event)
        return event

    def forget(self, event: asyncio.Event) -> None:
        """Take an event out again."""
        self._events.remove(event)

    def wake(self) -> None:
        """Has every stage look for what is due now."""
        for event in self._events:
            event.set()

    def tick(self) -> None:
        """The same, for all: once a second, and where someone waits for it."""
        self.wake()
        for event in self._patient:
            event.set()
