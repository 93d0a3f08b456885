"""What a clock that is set back leaves behind: rows that are due in what is now the future."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col, func, select

from storage.tables import (
    Article,
    ChannelRow,
    Feed,
    Host,
    Notification,
    NotificationState,
    Push,
    Subscription,
    SurveyAddress,
)


def ahead_of(session: Session, *, now: datetime) -> timedelta:
    """Return how far behind `now` is to what the database has seen: more than nothing where the clock was set back meanwhile."""
    last = session.exec(select(func.max(Feed.last_polled_at))).one()
    return max(timedelta(0), last - now) if last is not None else timedelta(0)


def bring_forward(session: Session, *, by: timedelta, now: datetime) -> int:
    """Has what was planned by a clock that was ahead come due so much sooner; return how many rows. Digests keep their hour."""
    moved = 0
    for table, names in (
        (Feed, ("next_poll_at", "lease_until")),
        (Host, ("next_request_at", "blocked_until")),
        (Article, ("next_fetch_at", "lease_until", "match_lease_until")),
        (ChannelRow, ("rests_until", "paced_at")),
        (Subscription, ("next_request_at", "lease_until")),
        (Push, ("lease_until",)),
        (Notification, ("lease_until",)),
        (SurveyAddress, ("lease_until",)),
    ):
        for name in names:
            moved += _move(session, table, name, by=by, now=now)
    at_once = sa_select(col(ChannelRow.id)).where(col(ChannelRow.send) == "immediate")
    is_due_at_once = and_(col(Notification.created_at) > now, col(Notification.channel_id).in_(at_once))
    return moved + _move(
        session,
        Notification,
        "due_at",
        and_(
            col(Notification.state) == NotificationState.QUEUED,
            or_(col(Notification.attempts) > 0, is_due_at_once),
        ),
        by=by,
        now=now,
    )


def _move(
    session: Session,
    table: type[SQLModel],
    name: str,
    *where: ColumnElement[bool],
    by: timedelta,
    now: datetime,
) -> int:
    key, column = table.__table__.c.id, table.__table__.c[name]  # type: ignore[attr-defined]
    rows = session.execute(sa_select(key, column).where(column > now, *where)).all()
    if rows:  # by primary key, many at once: SQLite has no arithmetic with times
        session.execute(update(table), [{"id": row_id, name: max(now, at - by)} for row_id, at in rows])
    return len(rows)
