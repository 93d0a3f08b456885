"""When a feed is polled next: its rhythm is learned, its hints are heard, the decision is pure."""

from crawler.schedule.deciding import (
    LONGEST_RETRY_AFTER,
    Bounds,
    Failed,
    History,
    NextPoll,
    Polled,
    next_poll,
)
from crawler.schedule.hints import PollHints, freshness, hints_of
from crawler.schedule.rhythm import Rhythm

__all__ = [
    "LONGEST_RETRY_AFTER",
    "Bounds",
    "Failed",
    "History",
    "NextPoll",
    "PollHints",
    "Polled",
    "Rhythm",
    "freshness",
    "hints_of",
    "next_poll",
]
