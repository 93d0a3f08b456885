"""Health: what the feeds' state is judged by, and the service's own notifications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from storage.tables import (
    Feed,
    FeedHealth,
    FeedState,
    Gap,
    Outlet,
)


def feeds_to_judge(
    session: Session, *, failures: int, quiet_since: datetime | None
) -> list[tuple[Feed, str]]:
    """Return the feeds whose health may have changed or be told of, each with its outlet's name.

    Those that failed so often in a row, are gone, have moved or were not well at the last judging; with `quiet_since`, also those
    with no new entry since.
    """
    wanted = [
        col(Feed.failures) >= failures,
        col(Feed.state) == FeedState.RETIRED,
        col(Feed.health) != FeedHealth.OK,
        col(Feed.moved_at).is_not(None)
        & (col(Feed.health_told_at).is_(None) | (col(Feed.health_told_at) < col(Feed.moved_at))),
    ]
    if quiet_since is not None:
        wanted.append(col(Feed.last_entry_at) < quiet_since)
    rows = session.exec(
        select(Feed, Outlet.name)
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(
            col(Outlet.active),
            col(Outlet.paused_at).is_(None),
            col(Feed.state) != FeedState.REMOVED,
            or_(*wanted),
        )
        .order_by(col(Outlet.name), col(Feed.id))
        .with_for_update(skip_locked=True, of=Feed)
    )
    return list(rows)


def count_feeds(session: Session) -> int:
    """Return how many feeds are polled."""
    return session.exec(
        select(func.count(col(Feed.id)))
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(col(Outlet.active), col(Feed.state) == FeedState.ACTIVE)
    ).one()


@dataclass(frozen=True, slots=True)
class FeedGap:
    """A time in which a feed may have published what was never seen; `closed_at` is when its polls overlapped again."""

    since: datetime
    until: datetime
    entries: int
    filled: int
    closed_at: datetime | None


def gaps_of(session: Session, *, since: datetime) -> dict[int, list[FeedGap]]:
    """Return the gaps that ended after `since`, by feed, oldest first."""
    found: dict[int, list[FeedGap]] = {}
    for gap in session.exec(select(Gap).where(col(Gap.until) >= since).order_by(col(Gap.id))):
        found.setdefault(gap.feed_id, []).append(
            FeedGap(gap.since, gap.until, gap.entries, gap.filled, gap.closed_at)
        )
    return found
