"""How each feed fares, for people: its state and why, delays, gaps, rhythm. The command line, the page and the API show it."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from sqlmodel import Session

from crawler.poll.feed_state import judge
from crawler.schedule import Rhythm
from service.health import facts_of
from service.troubles import trouble_words, verdict_words
from storage.stores.feeds.feed_health import FeedGap, gaps_of
from storage.stores.feeds.outlets import ListedFeed, ListedOutlet, list_outlets

GAPS_SHOWN = timedelta(days=30)
HOUR, DAY = 3600.0, 86_400.0
_ORDER = {"gone": 0, "failing": 1, "silent": 2, "resting": 3, "new": 4, "ok": 5}


@dataclass(frozen=True, slots=True)
class FeedReport(ListedFeed):
    """A feed and how it fares: `ok`, `new`, `failing`, `silent` or `gone`, since when and why."""

    outlet: str
    verdict: str
    reason: str
    since: datetime | None
    gaps: Sequence[FeedGap]

    @property
    def delay_median_seconds(self) -> float | None:
        """Seconds from publication to sight, in the middle of the last hundred entries."""
        return statistics.median(self.delays) if self.delays else None

    @property
    def delay_p90_seconds(self) -> float | None:
        """The delay that nine of ten entries stay below."""
        delays = sorted(self.delays)
        return delays[math.ceil(0.9 * len(delays)) - 1] if delays else None

    @property
    def by_hour(self) -> tuple[float, ...]:
        """Entries an hour in each hour of the day (UTC), as learned; empty where nothing is known yet."""
        rhythm = Rhythm.from_json(dict(self.rhythm))
        return _rates(rhythm.hours, rhythm.hours_watched, HOUR) if rhythm.as_of else ()

    @property
    def by_weekday(self) -> tuple[float, ...]:
        """Entries a day on each weekday (UTC, Monday first), as learned; empty where nothing is known yet."""
        rhythm = Rhythm.from_json(dict(self.rhythm))
        return _rates(rhythm.days, rhythm.days_watched, DAY) if rhythm.as_of else ()


def read_reports(
    session: Session, *, failures: int, now: datetime, outlet: str | None = None
) -> list[FeedReport]:
    """Return every feed's report, those that are not well first; or only those of one outlet."""
    return reports_of(session, list_outlets(session, now=now, name=outlet), failures=failures, now=now)


def reports_of(
    session: Session, outlets: Sequence[ListedOutlet], *, failures: int, now: datetime
) -> list[FeedReport]:
    """Return the reports of these outlets' feeds, those that are not well first."""
    gaps = gaps_of(session, since=now - GAPS_SHOWN)
    reports = []
    for outlet in outlets:
        for feed in outlet.feeds:
            verdict = judge(facts_of(feed), failures=failures, now=now)
            word, reason = verdict.health.value, verdict_words(verdict)
            if word == "ok" and feed.blocked_until is not None and feed.blocked_until > now:
                until = f"{feed.blocked_until:%Y-%m-%d %H:%M} UTC"
                word = "resting"
                reason = f"its host is left alone until {until}: {trouble_words(feed.blocked_reason)}"
            elif word == "ok" and feed.last_success_at is None:
                word = "new"
            reports.append(
                FeedReport(
                    **{field.name: getattr(feed, field.name) for field in fields(feed)},
                    outlet=outlet.name,
                    verdict=word,
                    reason=reason,
                    since=verdict.since,
                    gaps=gaps.get(feed.id, ()),
                )
            )
    return sorted(reports, key=lambda report: _ORDER[report.verdict])


def _rates(counted: Sequence[float], watched: Sequence[float], unit: float) -> tuple[float, ...]:
    return tuple(
        count / seconds * unit if seconds else 0.0 for count, seconds in zip(counted, watched, strict=True)
    )
