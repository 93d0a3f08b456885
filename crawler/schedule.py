"""When a feed is polled next. Pure: history, outcome, bounds and the time in, the decision out.

A feed with news is polled sooner, one without later, within the user's bounds. Failures back off from the feed's own interval,
half as long again each time, to at most the longest interval; one success brings the interval back. Every decision is moved by
up to 10 % either way, so that feeds of one host don't stay in step.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FASTER = 1 / 1.5
SLOWER = 1.25
BACKOFF = 1.5
JITTER = 0.1
LONGEST_RETRY_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The user's limits on a feed's interval."""

    minimum: timedelta
    maximum: timedelta


@dataclass(frozen=True, slots=True)
class Polled:
    """The feed answered; `new_entries` of `entries` were not known before (0 of 0 where it had not changed)."""

    new_entries: int
    entries: int


@dataclass(frozen=True, slots=True)
class Failed:
    """The feed could not be had or read. `retry_after` is what its host asked for."""

    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class NextPoll:
    """The decision: the feed's interval from now on, and the time of the next poll."""

    interval: timedelta
    at: datetime


def next_poll(
    interval: timedelta,
    failures: int,
    outcome: Polled | Failed,
    bounds: Bounds,
    *,
    now: datetime,
    jitter: float,
) -> NextPoll:
    """Decides the next poll of a feed with this `interval` and this many failures in a row (the present one counted).

    `jitter` is a random number in [0, 1).
    """
    spread = 1 + JITTER * (2 * jitter - 1)
    if isinstance(outcome, Polled):
        interval = wait = _clamp(_adapt(interval, outcome), bounds)
    elif outcome.retry_after is None:
        wait = min(_clamp(interval, bounds) * BACKOFF ** min(failures, 20), bounds.maximum)
    else:
        wait = max(_clamp(interval, bounds), min(outcome.retry_after, LONGEST_RETRY_AFTER))
        spread = 1 + JITTER * jitter  # never before the time that was asked for
    return NextPoll(interval, now + wait * spread)


def _adapt(interval: timedelta, outcome: Polled) -> timedelta:
    if outcome.new_entries == 0:
        interval *= SLOWER
    elif outcome.new_entries * 2 > outcome.entries:
        interval *= FASTER
    return interval


def _clamp(interval: timedelta, bounds: Bounds) -> timedelta:
    return min(max(interval, bounds.minimum), bounds.maximum)
