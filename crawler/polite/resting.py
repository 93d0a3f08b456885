"""When a host rests as a whole: it asked for fewer requests (RFC 6585 §4, RFC 9110 §10.2.3 and §15.6.4), or it hung."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session

from crawler.schedule import LONGEST_RETRY_AFTER
from crawler.urls import host_of
from storage.stores.feeds.hosts import host_named
from storage.tables import Host

HANG_PAUSE = timedelta(minutes=1)
"""How long a host rests after a request to it hung, so that what else it has doesn't wait in turn."""
THROTTLED_PAUSE = timedelta(minutes=5)
"""How long a host rests that answers 429 and does not say for how long; twice as long each further time."""
LONGEST_THROTTLED_PAUSE = timedelta(hours=6)


def note_trouble(
    session: Session,
    url: str,
    message: str,
    *,
    status: int | None,
    retry_after: timedelta | None,
    hung: bool = False,
    now: datetime,
    jitter: float = 0.0,
) -> None:
    """Lets the host of `url` rest where its answer, or its silence, asks for that. A longer rest that it has already is kept."""
    if hung:
        pause = HANG_PAUSE
    elif status not in (429, 503) or (status == 503 and retry_after is None):
        return
    host = host_named(session, host_of(url))
    if not hung:
        host.throttled += 1
        longer = THROTTLED_PAUSE * 2 ** min(host.throttled - 1, 10)
        pause = min(longer, LONGEST_THROTTLED_PAUSE) * (1 + jitter / 10)
        if retry_after is not None:
            pause = min(retry_after, LONGEST_RETRY_AFTER)
    if now + pause > (host.blocked_until or now):
        host.blocked_until, host.blocked_reason = now + pause, message


def note_answer(host: Host, *, now: datetime) -> None:
    """Notes that a host answers as it should: the next time that it asks for fewer requests is the first again."""
    host.throttled = 0
    if host.blocked_until is not None and host.blocked_until <= now:
        host.blocked_until = host.blocked_reason = None
