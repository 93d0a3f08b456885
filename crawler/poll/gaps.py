"""Gaps: times in which a feed may have published what we never saw. Recorded, and filled from sitemaps where there are any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog
from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from crawler.poll.entries import MadeArticle
from crawler.schedule import NextPoll
from storage.rows import id_of
from storage.tables import Feed, FeedState, Gap, Outlet

log = structlog.get_logger(__name__)


def note_overlap(
    session: Session,
    feed: Feed,
    decision: NextPoll,
    *,
    since: datetime | None,
    entries: int,
    has_gap: bool,
    now: datetime,
) -> None:
    """Records a gap after the poll at `since`, and has the outlet's sitemaps polled at once; or ends the gaps of the feed."""
    feed.overlap_seconds = None if decision.overlap is None else decision.overlap.total_seconds()
    if decision.gap and since is not None:
        session.add(Gap(feed_id=id_of(feed), since=since, until=now, entries=entries))
        polled = _poll_sitemaps(session, feed, now)
        log.warning(
            "every entry is new: some may be lost",
            feed=feed.url,
            since=since.isoformat(timespec="seconds"),
            entries=entries,
            sitemaps_polled=polled,
        )
    elif decision.overlap is None and has_gap:
        session.exec(
            update(Gap).where(col(Gap.feed_id) == feed.id, col(Gap.closed_at).is_(None)).values(closed_at=now)
        )


def note_filled(session: Session, outlet: Outlet, made: Sequence[MadeArticle]) -> None:
    """Counts the articles that a sitemap brought for the gaps of its outlet's feeds in whose time they were published."""
    times = [article.published for article in made if article.published is not None]
    if not times:
        return
    gaps = session.exec(
        select(Gap)
        .join(Feed, col(Feed.id) == col(Gap.feed_id))
        .where(Feed.outlet_id == id_of(outlet), Gap.since <= max(times), Gap.until >= min(times))
    )
    for gap in gaps:
        gap.filled += sum(gap.since <= moment <= gap.until for moment in times)


def _poll_sitemaps(session: Session, feed: Feed, now: datetime) -> int:
    return session.exec(
        update(Feed)
        .where(
            col(Feed.outlet_id) == feed.outlet_id,
            col(Feed.id) != feed.id,
            col(Feed.state) == FeedState.ACTIVE,
            or_(col(Feed.kind) == "sitemap", col(Feed.kind) == "sitemap-index"),
            col(Feed.next_poll_at) > now,
        )
        .values(next_poll_at=now)
    ).rowcount
