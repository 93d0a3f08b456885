"""How the service is: when each stage last went through its step, what stands in its way, and what else is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

STUCK_AFTER = timedelta(seconds=60)
"""A stage looks for work every second; one that did not for so long hangs."""


@dataclass(frozen=True, slots=True)
class StageState:
    """One stage: since when it was not seen, and its last error if that still stands."""

    name: str
    silent_for: timedelta
    error: str | None

    @property
    def well(self) -> bool:
        """Return whether it works."""
        return self.error is None and self.silent_for < STUCK_AFTER

    @property
    def silent_seconds(self) -> float:
        """Seconds since its last step."""
        return self.silent_for.total_seconds()

    @property
    def words(self) -> str | None:
        """What is wrong with it, in words; None where it works."""
        if self.error is not None:
            return self.error
        return None if self.well else f"no step for {self.silent_for.total_seconds():.0f} s"


class Pulse:
    """Kept by the service, read by `/readyz`, `/metrics` and the page Status."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds that only go forward."""
        self._clock = clock
        self._beats: dict[str, float] = {}
        self._errors: dict[str, str] = {}
        self.troubles: Mapping[str, str] = {}
        """What else is wrong: the loop or a queue, and in which way (kept by `service.watchdog`)."""

    def start(self, name: str) -> None:
        """Note a stage that is to work from now on."""
        self._beats[name] = self._clock()

    def beat(self, name: str) -> None:
        """Notes that a stage went through its step."""
        self._beats[name] = self._clock()
        self._errors.pop(name, None)

    def fail(self, name: str, error: str) -> None:
        """Notes that a stage could not do its step."""
        self._beats[name] = self._clock()
        self._errors[name] = error

    def stages(self) -> list[StageState]:
        """Return how each stage is."""
        now = self._clock()
        return [
            StageState(name, timedelta(seconds=now - beat), self._errors.get(name))
            for name, beat in self._beats.items()
        ]
