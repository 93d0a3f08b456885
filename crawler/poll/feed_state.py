"""How a feed fares: judged of what is known of it. Pure; the words are `service.troubles`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.schedule.rhythm import HOUR, MEMORY, Forecast, Rhythm
from storage.tables import FeedHealth, FeedState
from storage.troubles import Trouble

OVERDUE = 20.0
"""A feed is silent when so many entries were to be expected since its last one: news has holidays, and comes in bursts."""
SHORTEST_SILENCE = timedelta(days=1)
BUSIEST = 10.0
"""No hour of a week is expected to be so many times as busy as the mean."""


@dataclass(frozen=True, slots=True)
class FeedFacts:
    """What is known of a feed."""

    state: FeedState
    failures: int
    failing_since: datetime | None
    last_error: Trouble | None
    last_entry: datetime | None
    rhythm: Rhythm


@dataclass(frozen=True, slots=True)
class FeedVerdict:
    """How the feed fares, since when, and why: `count` is how many tries failed, or entries were to come."""

    health: FeedHealth
    since: datetime | None = None
    count: float = 0
    trouble: Trouble | None = None
    """The last failure."""


def judge(facts: FeedFacts, *, failures: int, now: datetime) -> FeedVerdict:
    """Judge a feed. `failures` is how many in a row make it failing: fewer may be a restart of theirs."""
    if facts.state is FeedState.RETIRED:
        return FeedVerdict(FeedHealth.GONE, facts.failing_since, trouble=facts.last_error)
    if facts.failing_since is not None and facts.failures >= failures:
        return FeedVerdict(FeedHealth.FAILING, facts.failing_since, facts.failures, facts.last_error)
    overdue = entries_overdue(facts, now=now)
    if overdue >= OVERDUE and facts.last_entry is not None:
        return FeedVerdict(FeedHealth.SILENT, facts.last_entry, overdue)
    return FeedVerdict(FeedHealth.OK)


def entries_overdue(facts: FeedFacts, *, now: datetime) -> float:
    """Return how many entries were to be expected since the last one, by the rhythm of before; 0 for a short silence."""
    rhythm = facts.rhythm
    if facts.last_entry is None or not rhythm.as_of or now - facts.last_entry < SHORTEST_SILENCE:
        return 0.0
    start, end = facts.last_entry.timestamp(), rhythm.as_of
    if facts.failing_since is not None:  # a feed that can't be reached isn't silent
        end = min(end, facts.failing_since.timestamp())
    silence = rhythm.as_of - start
    watched = sum(rhythm.hours_watched)
    before = watched - MEMORY * (1 - math.exp(-silence / MEMORY))
    if end <= start or before <= HOUR:
        return 0.0
    forecast = Forecast(rhythm, now=rhythm.as_of)
    louder = sum(rhythm.hours) / before / forecast.mean
    if forecast.mean * louder * BUSIEST * (end - start) < OVERDUE:
        return 0.0
    expected, moment = 0.0, start
    while moment < end:
        step = min(HOUR, end - moment)
        expected += forecast.usual_rate(moment + step / 2) * louder * step
        moment += step
    return expected
