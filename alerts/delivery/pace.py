"""How fast a channel may be sent to, and when one that fails rests. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FAILURES = 5
"""So many passing failures in a row and the channel rests; then one notification is tried, and only success opens it again."""
FEW = 4
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=15)
DAYS_OF_FAILURE = timedelta(days=5)
"""A webhook that took nothing for so long is switched off."""


@dataclass(frozen=True, slots=True)
class Health:
    """How a channel fares: passing failures since the last success, since when, and until when it rests."""

    failures: int = 0
    failing_since: datetime | None = None
    rests_until: datetime | None = None


def after_failure(health: Health, now: datetime, *, retry_after: timedelta | None = None) -> Health:
    """Return the health after a passing failure. A receiver's `retry_after` holds for all that the channel has queued."""
    failures = health.failures + 1
    rest = timedelta()
    if failures >= FAILURES:
        rest = min(FIRST_REST * 2 ** min(failures - FAILURES, 10), LONGEST_REST)
    rest = max(rest, min(retry_after or timedelta(), timedelta(days=1)))
    return Health(failures, health.failing_since or now, now + rest if rest else health.rests_until)


def may_claim(failures: int, wanted: int) -> int:
    """Return how many may be claimed at once: few where it failed lately, one where it failed so often that it rested."""
    if failures >= FAILURES:
        return min(wanted, 1)
    return min(wanted, FEW) if failures else wanted


def take(
    per_minute: int | None, paced_at: datetime | None, now: datetime, wanted: int
) -> tuple[int, datetime | None]:
    """Return how many of `wanted` may be sent now, and where the pace then stands (the generic cell rate algorithm).

    The pauses are even, but for a burst of a tenth of a minute's worth (at least one).
    """
    if per_minute is None or wanted < 1:
        return wanted, paced_at
    pause = timedelta(minutes=1) / per_minute
    burst = max(1, per_minute // 10)
    start = max(paced_at or now - burst * pause, now - burst * pause)
    granted = max(0, min(wanted, (now - start) // pause))
    return granted, start + granted * pause
