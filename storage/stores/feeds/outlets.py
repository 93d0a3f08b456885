"""Outlets as people look at them: each with its feeds and how they are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import Article, Feed, FeedHealth, FeedState, Host, Outlet, WatchList

HEALTHS = ("failing", "retired", "silent", "resting", "new", "ok")
"""How an outlet may be, the worst first."""


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """One feed, as it was at its last poll."""

    id: int
    url: str
    address: str
    title: str
    state: FeedState
    is_silent: bool
    """It can be read, but by its own rhythm entries are long overdue."""
    interval: timedelta
    last_polled_at: datetime | None
    last_success_at: datetime | None
    last_entry_at: datetime | None
    next_poll_at: datetime
    last_error: str | None
    problem: str | None
    failing_since: datetime | None
    failures: int
    blocked_until: datetime | None
    """Its host asked to be left alone until then."""
    blocked_reason: str | None


@dataclass(frozen=True, slots=True)
class ListedOutlet:
    """An outlet with its feeds, and how many of its articles were found in a time."""

    id: int
    name: str
    site: str
    language: str | None
    country: str | None
    provisioned: bool
    feeds: tuple[ListedFeed, ...]
    articles: int

    def health(self, now: datetime) -> str:
        """Gives `failing`, `retired`, `silent`, `resting` (its host asked for it), `new` or `ok`: the worst of its feeds."""
        found = {_health(feed, now) for feed in self.feeds}
        return next((state for state in HEALTHS if state in found), "ok")


def count_tracked(session: Session) -> tuple[int, int]:
    """Gives how many outlets and how many watch lists are in use."""
    outlets = session.exec(select(func.count()).select_from(Outlet).where(col(Outlet.active))).one()
    watch_lists = session.exec(select(func.count()).select_from(WatchList).where(col(WatchList.active))).one()
    return outlets, watch_lists


def list_outlets(session: Session, *, since: datetime, name: str | None = None) -> list[ListedOutlet]:
    """Gives the outlets that are polled, by name, with the articles found since then; or only the one of this name."""
    query = select(Outlet).where(col(Outlet.active)).order_by(func.lower(col(Outlet.name)))
    if name is not None:
        query = query.where(Outlet.name == name)
    outlets = session.exec(query).all()
    feeds: dict[int, list[ListedFeed]] = defaultdict(list)
    rows = (
        select(Feed, Host)
        .join(Host, col(Host.id) == col(Feed.host_id))
        .where(col(Feed.state) != FeedState.REMOVED)
        .order_by(col(Feed.id))
    )
    if name is not None:
        rows = rows.where(col(Feed.outlet_id).in_([id_of(outlet) for outlet in outlets]))
    for feed, host in session.exec(rows):
        feeds[feed.outlet_id].append(_listed(feed, host))
    outlet_id = (
        col(Article.outlet_id) + 0
    )  # grouped by what no index holds, so that the one of the times is used
    found = sa_select(outlet_id, func.count()).where(col(Article.found_at) >= since).group_by(outlet_id)
    counts = {row[0]: row[1] for row in session.execute(found)}
    return [
        ListedOutlet(
            id=id_of(row),
            name=row.name,
            site=row.site,
            language=row.language,
            country=row.country,
            provisioned=row.provisioned,
            feeds=tuple(feeds[id_of(row)]),
            articles=counts.get(id_of(row), 0),
        )
        for row in outlets
    ]


def outlet_names(session: Session) -> list[str]:
    """Gives the names of all outlets that are polled."""
    return list(
        session.exec(select(Outlet.name).where(col(Outlet.active)).order_by(func.lower(col(Outlet.name))))
    )


def _listed(feed: Feed, host: Host) -> ListedFeed:
    return ListedFeed(
        id=id_of(feed),
        url=feed.url,
        address=feed.address,
        title=feed.title,
        state=feed.state,
        is_silent=feed.health is FeedHealth.SILENT,
        interval=timedelta(seconds=feed.interval_seconds),
        last_polled_at=feed.last_polled_at,
        last_success_at=feed.last_success_at,
        last_entry_at=feed.last_entry_at,
        next_poll_at=feed.next_poll_at,
        last_error=feed.last_error if feed.failing_since is not None else None,
        problem=feed.problem,
        failing_since=feed.failing_since,
        failures=feed.failures,
        blocked_until=host.blocked_until,
        blocked_reason=host.blocked_reason,
    )


def _health(feed: ListedFeed, now: datetime) -> str:
    if feed.state is FeedState.RETIRED:
        return "retired"
    if feed.blocked_until is not None and feed.blocked_until > now:
        return "resting"
    if feed.failing_since is not None:
        return "failing"
    if feed.is_silent:
        return "silent"
    return "new" if feed.last_success_at is None else "ok"
