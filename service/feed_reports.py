"""How each feed fares, for people: its state and why, delays, gaps, rhythm. The command line, the page and the API show it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from crawler.poll.feed_state import judge
from crawler.schedule import Rhythm
from service.health import facts_of
from storage.rows import id_of
from storage.stores.feeds.feed_health import gaps_of
from storage.tables import Feed, FeedHealth, FeedState, Gap, Outlet

GAPS_SHOWN = timedelta(days=30)
HOUR, DAY = 3600.0, 86_400.0
_WORDS = {
    FeedHealth.OK: "ok",
    FeedHealth.FAILING: "failing",
    FeedHealth.SILENT: "silent",
    FeedHealth.GONE: "gone",
}
_ORDER = {"gone": 0, "failing": 1, "silent": 2, "new": 3, "ok": 4}


@dataclass(frozen=True, slots=True)
class FeedReport:
    """What is shown of one feed."""

    outlet: str
    feed: Feed
    state: str
    reason: str
    since: datetime | None
    gaps: Sequence[Gap]

    @property
    def median(self) -> float | None:
        """Seconds from publication to sight, in the middle of the last hundred entries."""
        return statistics.median(self.feed.delays) if self.feed.delays else None

    @property
    def p90(self) -> float | None:
        """The delay that nine of ten entries stay below."""
        delays = sorted(self.feed.delays)
        return delays[int(0.9 * (len(delays) - 1))] if delays else None

    @property
    def by_hour(self) -> tuple[float, ...]:
        """Entries an hour in each hour of the day (UTC), as learned; empty where nothing is known yet."""
        rhythm = Rhythm.from_json(self.feed.rhythm)
        return _rates(rhythm.hours, rhythm.hours_watched, HOUR) if rhythm.as_of else ()

    @property
    def by_weekday(self) -> tuple[float, ...]:
        """Entries a day on each weekday (UTC, Monday first), as learned; empty where nothing is known yet."""
        rhythm = Rhythm.from_json(self.feed.rhythm)
        return _rates(rhythm.days, rhythm.days_watched, DAY) if rhythm.as_of else ()


def read_reports(session: Session, *, failures: int, outlet: str | None, now: datetime) -> list[FeedReport]:
    """Gives every feed's report, those that are not well first."""
    query = (
        select(Feed, Outlet.name)
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(col(Outlet.active), col(Feed.state) != FeedState.REMOVED)
    )
    if outlet is not None:
        query = query.where(col(Outlet.name) == outlet)
    gaps = gaps_of(session, since=now - GAPS_SHOWN)
    reports = []
    for feed, name in session.exec(query.order_by(col(Outlet.name), col(Feed.id))):
        verdict = judge(facts_of(feed), failures=failures, now=now)
        state = _WORDS[verdict.health]
        if state == "ok" and feed.last_success_at is None:
            state = "new"
        reports.append(
            FeedReport(name, feed, state, verdict.reason, verdict.since, gaps.get(id_of(feed), ()))
        )
    return sorted(reports, key=lambda report: _ORDER[report.state])


def _rates(counted: Sequence[float], watched: Sequence[float], unit: float) -> tuple[float, ...]:
    return tuple(
        count / seconds * unit if seconds else 0.0 for count, seconds in zip(counted, watched, strict=True)
    )
