"""What a feed and its host say about when to poll: HTTP caching, RSS ttl, skipHours, skipDays, sy:updatePeriod. Pure.

They are hints: they only ever lengthen the wait, and never beyond the user's longest interval.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from crawler.values import ParsedFeed

LONGEST = timedelta(days=366)
"""More is no wish that means anything."""


@dataclass(frozen=True, slots=True)
class PollHints:
    """When a feed asks to be polled. `fresh` is of the last answer, the rest of the last document."""

    fresh: timedelta | None = None
    """How long the answer is fresh (RFC 9111 §4.2.1): asked again before, a cache may give the same."""
    interval: timedelta | None = None
    """The longer of ttl and the update interval."""
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()

    @property
    def shortest(self) -> timedelta:
        """The shortest wait that does as it is asked."""
        return max(self.fresh or timedelta(0), self.interval or timedelta(0))

    def skips(self, moment: datetime) -> bool:
        """Return whether the feed asks not to be polled at this time (UTC). One that skips all hours or days is not believed."""
        hours = self.skip_hours if len(self.skip_hours) < 24 else frozenset()
        days = self.skip_days if len(self.skip_days) < 7 else frozenset()
        return moment.hour in hours or moment.weekday() in days

    def to_json(self) -> dict[str, Any]:
        """Return what storage keeps: what the document says."""
        found: dict[str, Any] = {}
        if self.interval:
            found["interval"] = self.interval.total_seconds()
        if self.skip_hours:
            found["skip_hours"] = sorted(self.skip_hours)
        if self.skip_days:
            found["skip_days"] = sorted(self.skip_days)
        return found

    @classmethod
    def from_json(cls, stored: Mapping[str, Any], *, fresh: timedelta | None = None) -> PollHints:
        """Read what `to_json` gave."""
        seconds = stored.get("interval")
        return cls(
            fresh,
            timedelta(seconds=seconds) if seconds else None,
            frozenset(stored.get("skip_hours", ())),
            frozenset(stored.get("skip_days", ())),
        )


def hints_of(feed: ParsedFeed) -> PollHints:
    """Return what a document asks."""
    asked = [wish for wish in (feed.ttl, feed.update_interval) if wish is not None and wish > timedelta(0)]
    return PollHints(None, min(max(asked), LONGEST) if asked else None, feed.skip_hours, feed.skip_days)


def freshness(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Return for how long an answer with these headers (lower-case names) stays fresh, its age taken off; None where none says.

    RFC 9111: `max-age` counts before `Expires`; `no-store` and `no-cache` say that it never is. `s-maxage` is for shared caches.
    """
    directives = _directives(headers.get("cache-control", ""))
    if "no-store" in directives or "no-cache" in directives:
        return None
    age = _seconds(headers.get("age", "").strip()) or timedelta(0)
    stated = "max-age" in directives
    lifetime = _seconds(directives["max-age"]) if stated else _until_expires(headers, now)
    if lifetime is None:
        return None
    return min(max(lifetime - age, timedelta(0)), LONGEST)


def _until_expires(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Expires less Date: the host's clock may be wrong, but is so in both."""
    expires = _date(headers.get("expires"))
    if expires is None:
        return None
    return expires - (_date(headers.get("date")) or now)


def _directives(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def _seconds(text: str) -> timedelta | None:
    if not (text.isascii() and text.isdigit()):
        return None
    return min(timedelta(seconds=int(text[:10])), LONGEST)


def _date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text) if text else None
    except (ValueError, OverflowError):
        return None
    return moment if moment is not None and moment.tzinfo is not None else None
