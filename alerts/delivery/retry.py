"""When to try again: growing pauses over about three days, and what the receiver asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The pauses after the first, second, … attempt; 75 h 35 min together (as Standard Webhooks recommends, "Retry schedule")."""

JITTER = 0.1
LONGEST_WISH = timedelta(hours=24)
"""No receiver puts us off for longer at once."""


def next_try(
    attempts: int,
    now: datetime,
    retry_after: timedelta | None,
    jitter: float,
    schedule: Sequence[timedelta] = SCHEDULE,
) -> datetime | None:
    """Return when to try again after `attempts` (≥ 1) failed ones; None where it is time to give up.

    `jitter` in [0, 1) spreads the pause over ±10 %, so that what failed together does not come back together. A receiver's
    `retry_after` counts where it asks for a longer pause than ours.
    """
    if attempts > len(schedule):
        return None
    pause = schedule[attempts - 1] * (1 - JITTER + 2 * JITTER * jitter)
    if retry_after is not None:
        pause = max(pause, min(retry_after, LONGEST_WISH))
    return now + pause
