"""How much waits, where, and since when: what Status and the metrics show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, func, or_, text
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.tables import (
    Article,
    ArticleState,
    Attempt,
    ChannelRow,
    Feed,
    FeedState,
    Host,
    Notification,
    NotificationState,
    Outlet,
    WatchListRow,
)
from storage.troubles import Trouble


@dataclass(frozen=True, slots=True)
class Glance:
    """Whether something is wrong that a reader of any page should know, in a few numbers."""

    outlets: int
    """In use, and not paused."""
    failing_outlets: int
    """Those of them that no feed works of."""
    watch_lists: int
    """That articles are searched for."""
    channels: int
    troubled_channels: int
    """Switched off for failing, or failing now."""


def glance(session: Session, *, failures: int) -> Glance:
    """Count what is wrong. A channel or feed fails once it did so often in a row, a feed that was never read at once."""
    was_read = col(Feed.last_success_at).is_not(None)
    well = or_(col(Feed.failing_since).is_(None), and_(was_read, col(Feed.failures) < failures))
    works = exists().where(col(Feed.outlet_id) == col(Outlet.id), col(Feed.state) == FeedState.ACTIVE, well)
    has_feeds = exists().where(col(Feed.outlet_id) == col(Outlet.id), col(Feed.state) != FeedState.REMOVED)
    in_use = (col(Outlet.active), col(Outlet.paused_at).is_(None), ~col(Outlet.control))
    outlets, failing = session.execute(
        sa_select(func.count(), func.count().filter(has_feeds, ~works)).select_from(Outlet).where(*in_use)
    ).one()
    lists = select(func.count()).select_from(WatchListRow)
    troubled = or_(col(ChannelRow.disabled_reason).is_not(None), col(ChannelRow.failures) >= failures)
    usable = or_(
        col(ChannelRow.active), col(ChannelRow.disabled_reason).is_not(None), ~col(ChannelRow.provisioned)
    )
    channels, bad = session.execute(
        sa_select(func.count(), func.count().filter(troubled))
        .select_from(ChannelRow)
        .where(usable, col(ChannelRow.owner_id).is_(None))
    ).one()
    return Glance(
        outlets,
        failing,
        session.exec(lists.where(col(WatchListRow.active), ~col(WatchListRow.paused))).one(),
        channels,
        bad,
    )


@dataclass(frozen=True, slots=True)
class Gauges:
    """Lengths of queues (`polls` due, `pages` to fetch, `matching`, `delivery`), and when the oldest in each was due."""

    queues: dict[str, int]
    oldest: dict[str, datetime]
    notifications: dict[str, int]
    feeds: dict[str, int]
    """`active`, `failing` (of the active), `retired`."""


def gauges(session: Session, *, now: datetime) -> Gauges:
    """Count what waits now for us: not for a host or a channel that rests. Every count runs over an index."""
    resting_hosts = sa_select(col(Host.id)).where(col(Host.blocked_until) > now)
    # those that work, not all but those that rest: so each is looked up in the index by its state and time
    working_channels = sa_select(col(ChannelRow.id)).where(
        col(ChannelRow.active), or_(col(ChannelRow.rests_until).is_(None), col(ChannelRow.rests_until) <= now)
    )
    queues: dict[str, int] = {}
    oldest: dict[str, datetime] = {}
    ready_at = func.coalesce(col(Article.ready_at), col(Article.found_at))
    for stage, table, since, where in (
        (
            "polls",
            Feed,
            col(Feed.next_poll_at),
            (
                col(Feed.state) == FeedState.ACTIVE,
                col(Feed.next_poll_at) <= now,
                col(Feed.host_id).not_in(resting_hosts),
            ),
        ),
        (
            "pages",
            Article,
            col(Article.next_fetch_at),
            (
                col(Article.state) == ArticleState.FOUND,
                col(Article.next_fetch_at) <= now,
                col(Article.host_id).not_in(resting_hosts),
            ),
        ),
        # counted apart, each over its index: asked for either at once, SQLite reads every article
        ("matching", Article, ready_at, (col(Article.state) == ArticleState.READY,)),
        (
            "matching",
            Article,
            ready_at,
            (col(Article.matched_version) < col(Article.version), col(Article.state) != ArticleState.READY),
        ),
        (
            "delivery",
            Notification,
            col(Notification.due_at),
            (
                col(Notification.state).in_((NotificationState.QUEUED, NotificationState.SENDING)),
                col(Notification.due_at) <= now,
                col(Notification.channel_id).in_(working_channels),
            ),
        ),
    ):
        count, first = session.exec(
            select(func.count(), func.min(since)).select_from(table).where(*where)
        ).one()
        queues[stage] = queues.get(stage, 0) + count
        if first is not None:
            oldest[stage] = min(first, oldest.get(stage, first))
    by_channel = (col(Notification.channel_id), col(Notification.state))  # as the index is ordered
    notifications = {state.value: 0 for state in NotificationState}
    for _channel, state, count in session.execute(sa_select(*by_channel, func.count()).group_by(*by_channel)):
        notifications[state.value] += count
    feeds = dict.fromkeys(("active", "failing", "retired"), 0)
    rows = session.execute(
        sa_select(col(Feed.state), col(Feed.failing_since).is_not(None), func.count())
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(col(Outlet.active), col(Feed.state) != FeedState.REMOVED)
        .group_by(col(Feed.state), col(Feed.failing_since).is_not(None))
    )
    for state, failing, count in rows:
        feeds[state.value] += count
        if state is FeedState.ACTIVE and failing:
            feeds["failing"] += count
    return Gauges(queues, oldest, notifications, feeds)


@dataclass(frozen=True, slots=True)
class FailedAttempt:
    """An attempt at sending that failed."""

    at: datetime
    error: Trouble


def last_errors(session: Session, *, limit: int) -> list[FailedAttempt]:
    """Return the newest failed attempts at sending, with what went wrong."""
    rows = session.execute(
        sa_select(col(Attempt.started_at), col(Attempt.error))
        .where(col(Attempt.error).is_not(None))
        .order_by(col(Attempt.id).desc())
        .limit(limit)
    )
    return [FailedAttempt(at, error) for at, error in rows]


def ping(session: Session) -> None:
    """Ask the database for next to nothing; it raises where it does not answer."""
    session.execute(text("SELECT 1"))
