"""What can come of a poll (RFC 9110, 9111, 6585)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler.polite.resting import BadAnswer
from crawler.values import ParsedFeed, Redirect, Response
from storage.troubles import Trouble

PERMANENT_REDIRECTS = frozenset({301, 308})
_BUILD_DATE = re.compile(rb"<lastBuildDate>[^<]*</lastBuildDate>")


@dataclass(frozen=True, slots=True)
class PollSucceeded:
    """The feed answered. `document` is None where it has not changed; `fingerprint` is None where there was no body (304)."""

    response: Response
    document: ParsedFeed | None
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class PollFailed:
    """The feed could not be fetched or read."""

    answer: BadAnswer
    alternates: tuple[str, ...] = ()
    """Feeds that a web page names, where a web page came."""
    listed: int = 0
    """Articles that a web page lists which names no feed."""


@dataclass(frozen=True, slots=True)
class PollPutOff:
    """The feed was not asked to the end: a host on its way rests, for `wait`, or is busy. No fault of the feed's."""

    trouble: Trouble
    wait: timedelta


PollOutcome = PollSucceeded | PollFailed | PollPutOff


@dataclass(frozen=True, slots=True)
class PollReport:
    """What came of one poll, for people and logs."""

    outlet: str
    url: str
    status: int | None
    """HTTP status; None where no response was had."""
    entries: int
    new_articles: int
    error: Trouble | None
    next_poll_at: datetime
    gap: bool = False
    """Entries may have been lost since the poll before."""


def without_build_date(body: bytes) -> bytes:
    """Return the document without the time at which it was made: many are made anew for each request, with nothing new."""
    return _BUILD_DATE.sub(b"", body, count=1)


def moved_to(redirects: tuple[Redirect, ...]) -> str | None:
    """Return where the permanent redirects at the start of the way lead; a passing one after them moves nothing."""
    target = None
    for hop in redirects:
        if hop.status not in PERMANENT_REDIRECTS:
            break
        target = hop.location
    return target
