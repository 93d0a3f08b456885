"""Health: what the feeds' state is judged by, and the service's own notifications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, update
from sqlmodel import Session, col, select

from storage.tables import (
    Feed,
    FeedHealth,
    FeedState,
    Gap,
    Outlet,
)
from storage.troubles import Trouble


@dataclass(frozen=True, slots=True)
class JudgedFeed:
    """A feed with what its health is judged by, and how it was judged last."""

    id: int
    outlet: str
    url: str
    address: str
    state: FeedState
    failures: int
    failing_since: datetime | None
    last_error: Trouble | None
    last_entry_at: datetime | None
    next_poll_at: datetime
    moved_at: datetime | None
    rhythm: Mapping[str, Any]
    health: FeedHealth
    health_since: datetime | None
    health_told_at: datetime | None


_COLUMNS: Any = tuple(
    col(Outlet.name) if name == "outlet" else col(getattr(Feed, name)) for name in JudgedFeed.__slots__
)


def feeds_to_judge(session: Session, *, failures: int, quiet_since: datetime | None) -> list[JudgedFeed]:
    """Return the feeds whose health may have changed or is to be reported, locked until the transaction ends.

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
        select(*_COLUMNS)
        .select_from(Feed)
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
    return [JudgedFeed(*row) for row in rows]


def store_health(
    session: Session, feed_id: int, health: FeedHealth, *, since: datetime | None, told_at: datetime | None
) -> None:
    """Store how a feed was judged, since when it is so, and when that was told."""
    session.exec(
        update(Feed)
        .where(col(Feed.id) == feed_id)
        .values(health=health, health_since=since, health_told_at=told_at)
    )


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
