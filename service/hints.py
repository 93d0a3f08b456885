"""Wake-ups between the stages, and to whoever follows what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class WakeUps:
    """Wakes the stages. A hint only saves time: a stage that missed one finds its work at the next tick."""

    def __init__(self) -> None:
        self._events: list[asyncio.Event] = []
        self._patient: list[asyncio.Event] = []
        self.tell_others: Callable[[bool], object] = lambda _to_all: None
        """Has the other services of the database look too: all their stages, or those that hints wake."""

    def register(self, *, only_ticks: bool = False) -> asyncio.Event:
        """Return an event that every hint sets, or only every tick."""
        event = asyncio.Event()
        (self._patient if only_ticks else self._events).append(event)
        return event

    def forget(self, event: asyncio.Event) -> None:
        """Take an event out again."""
        self._events.remove(event)

    def wake(self) -> None:
        """Has every stage look for what is due now, here and in other services."""
        self.hear()
        self.tell_others(False)

    def tick(self) -> None:
        """The same, for those too that only ticks wake: where someone waits for it."""
        self.hear(to_all=True)
        self.tell_others(True)

    def hear(self, to_all: bool = False) -> None:
        """Has every stage of this service look: others announced work, or (`to_all`) a second has gone by."""
        for event in self._events:
            event.set()
        if to_all:
            for event in self._patient:
                event.set()
