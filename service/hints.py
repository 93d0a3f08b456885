"""Wake-ups between the stages, and to whoever follows what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass

from storage.bell import Ring

SHORTEST = 0.02
LONGEST = 0.5
"""Seconds that a stage pauses after a hint: it doubles each time that there was not enough work to be worth a look."""
WORTH_A_LOOK = 4
"""Pieces of work, where claiming one costs nearly as much as claiming many."""
QUIET = 0.9
"""Seconds without a hint after which the next one is followed at once. Ticks come further apart."""


@dataclass(slots=True)
class Patience:
    """How long a stage pauses after a hint before it looks for work, where other services on the database hear the same hints.

    A stage that finds enough work each time looks at once. Of eight that wake for one article, seven find nothing, and of eight
    that share what comes, each finds one piece at a time: they look less and less often, so that a look is worth it. What comes
    after a quiet time is taken at once.
    """

    worth: int = 1
    """How many pieces of work make a look worth its cost."""
    pause: float = 0.0
    """Seconds."""

    def woken(self, waited: float) -> float:
        """Return how many seconds to wait, having waited so long for the hint."""
        if waited >= QUIET:
            self.pause = 0.0
        return self.pause

    def looked(self, found: int) -> None:
        """Learn of a look at what there is: so many pieces of work."""
        if found >= self.worth:
            self.pause = self.pause / 2 if self.pause > SHORTEST else 0.0
        else:
            self.pause = min(LONGEST, max(SHORTEST, 2 * self.pause))


@dataclass(frozen=True, slots=True)
class _Sleeper:
    """Who waits for work: the stages whose work it is (None: any), and whether only a tick wakes it."""

    event: asyncio.Event
    stage: str | None
    after: frozenset[str] | None
    only_ticks: bool

    def is_meant(self, ring: Ring) -> bool:
        """Return whether a ring may have brought it work."""
        if ring.to_all:
            return True
        if self.only_ticks:
            return False
        return ring.stages is None or self.after is None or not self.after.isdisjoint(ring.stages)


class WakeUps:
    """Wakes the stages. A hint only saves time: a stage that missed one finds its work at the next tick."""

    def __init__(self) -> None:
        self._sleepers: list[_Sleeper] = []
        self.tell_others: Callable[[Ring], object] = lambda _ring: None
        """Has the other services of the database look too."""

    def register(
        self, stage: str | None = None, *, after: Collection[str] | None = None, only_ticks: bool = False
    ) -> asyncio.Event:
        """Return an event that every hint sets, or those `after` some stages did something, or only ticks.

        What a stage itself ended sets its own event, too: there is room for more.
        """
        stages = None if after is None else frozenset(after)
        sleeper = _Sleeper(asyncio.Event(), stage, stages, only_ticks)
        self._sleepers.append(sleeper)
        return sleeper.event

    def forget(self, event: asyncio.Event) -> None:
        """Take an event out again."""
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper.event is not event]

    def wake(self, stage: str | None = None, *, itself: bool = True) -> None:
        """Has the stages after this one, or all of them, look for what is due, here and in other services.

        `itself`: the stage looks again, too.
        """
        ring = Ring(None if stage is None else frozenset({stage}))
        self.hear(ring)
        for sleeper in self._sleepers:
            if itself and stage is not None and sleeper.stage == stage and not sleeper.only_ticks:
                sleeper.event.set()
        self.tell_others(ring)

    def tick(self) -> None:
        """Has every stage look, those too that only ticks wake: where someone waits for it."""
        ring = Ring(to_all=True)
        self.hear(ring)
        self.tell_others(ring)

    def hear(self, ring: Ring) -> None:
        """Has those stages of this service look that a ring means: others announced work, or a second has gone by."""
        for sleeper in self._sleepers:
            if sleeper.is_meant(ring):
                sleeper.event.set()
