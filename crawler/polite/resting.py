"""When a host rests as a whole: it asked for fewer requests (RFC 6585 §4, RFC 9110 §10.2.3 and §15.6.4), or it hung. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from crawler.schedule import LONGEST_RETRY_AFTER
from storage.stores.feeds.hosts import HostRecord
from storage.troubles import Trouble

HANG_PAUSE = timedelta(minutes=1)
"""How long a host rests after a request to it hung, so that what else it has doesn't wait in turn."""
THROTTLED_PAUSE = timedelta(minutes=5)
"""How long a host rests that answers 429 and does not say for how long; twice as long each further time."""
LONGEST_THROTTLED_PAUSE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class BadAnswer:
    """A request that was not answered well. `url` is what answered or failed: the address asked for, or where a redirect led."""

    trouble: Trouble
    url: str = ""
    status: int | None = None
    retry_after: timedelta | None = None
    hung: bool = False


def after_trouble(host: HostRecord, answer: BadAnswer, *, now: datetime, jitter: float = 0.0) -> HostRecord:
    """Return how a host stands after a bad answer of it: it rests where its answer, or its silence, asks for that.

    A longer rest that it has already is kept.
    """
    throttled = host.throttled
    if answer.hung:
        pause = HANG_PAUSE
    elif asks_for_rest(answer):
        throttled += 1
        longer = THROTTLED_PAUSE * 2 ** min(throttled - 1, 10)
        pause = min(longer, LONGEST_THROTTLED_PAUSE) * (1 + jitter / 10)
        if answer.retry_after is not None:
            pause = min(answer.retry_after, LONGEST_RETRY_AFTER)
    else:
        return host
    if now + pause <= (host.blocked_until or now):
        return replace(host, throttled=throttled)
    return replace(host, throttled=throttled, blocked_until=now + pause, blocked_reason=answer.trouble)


def concerns_host(answer: BadAnswer) -> bool:
    """Return whether a bad answer says something of its host, and not of one address there."""
    return bool(answer.url) and (answer.hung or asks_for_rest(answer))


def asks_for_rest(answer: BadAnswer) -> bool:
    """Return whether an answer asks for fewer requests."""
    return answer.status == 429 or (answer.status == 503 and answer.retry_after is not None)


def after_answer(host: HostRecord, *, now: datetime) -> HostRecord:
    """Return how a host stands that answers as it should: the next time that it asks for fewer requests is the first again."""
    if host.blocked_until is not None and host.blocked_until <= now:
        return replace(host, throttled=0, blocked_until=None, blocked_reason=None)
    return replace(host, throttled=0)
