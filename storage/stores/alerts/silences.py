"""Silences: which hold, what they suppressed, who ended them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.articles.versions import is_current
from storage.stores.watch.access import touch_lists
from storage.tables import (
    Article,
    ArticleVersion,
    Notification,
    NotificationState,
    Outlet,
    Silence,
    Story,
    WatchListRow,
)


@dataclass(frozen=True, slots=True)
class ActiveSilence:
    """A silence that holds now."""

    id: int
    watch_list_id: int | None
    actor: str | None
    outlet_id: int | None
    story_id: int | None


@dataclass(frozen=True, slots=True)
class ListedSilence:
    """A silence for people: names in place of numbers, and how many notifications it suppressed."""

    id: int
    watch_list: str | None
    actor: str | None
    outlet: str | None
    story: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str
    suppressed: int
    headline: str | None = None
    """Of the story's first article; None where no story is muted, or none of its articles is kept any more."""


def active_silences(session: Session, *, now: datetime) -> list[ActiveSilence]:
    """Return the silences that hold at `now`, oldest first."""
    rows = session.exec(
        select(Silence)
        .where(col(Silence.starts_at) <= now, col(Silence.ends_at) > now)
        .order_by(col(Silence.id))
    )
    return [
        ActiveSilence(id_of(row), row.watch_list_id, row.actor, row.outlet_id, row.story_id) for row in rows
    ]


def list_silences(session: Session, *, now: datetime, all_: bool = False) -> list[ListedSilence]:
    """Return the silences that hold or are to come, with `all_` those that ended too; newest first."""
    query = (
        select(Silence, WatchListRow.name, Outlet.name)
        .outerjoin(WatchListRow, col(WatchListRow.id) == col(Silence.watch_list_id))
        .outerjoin(Outlet, col(Outlet.id) == col(Silence.outlet_id))
        .order_by(col(Silence.id).desc())
    )
    if not all_:
        query = query.where(col(Silence.ends_at) > now)
    suppressed = (
        select(Notification.silence_id, func.count())
        .where(
            col(Notification.silence_id).is_not(None),
            col(Notification.state) == NotificationState.SUPPRESSED,
        )
        .group_by(col(Notification.silence_id))
    )
    counts = dict(session.exec(suppressed).all())
    rows = session.exec(query).all()
    headlines = _headlines(
        session, {row.story_id for row, _list, _outlet in rows if row.story_id is not None}
    )
    return [
        ListedSilence(
            id=id_of(row),
            watch_list=watch_list,
            actor=row.actor,
            outlet=outlet,
            story=row.story_id,
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            reason=row.reason,
            suppressed=counts.get(id_of(row), 0),
            headline=None if row.story_id is None else headlines.get(row.story_id),
        )
        for row, watch_list, outlet in rows
    ]


def _headlines(session: Session, stories: Collection[int]) -> dict[int, str]:
    """Return the headline of each story's first article, as it reads now."""
    if not stories:
        return {}
    first = (
        select(func.min(Article.id)).where(col(Article.story_id).in_(stories)).group_by(col(Article.story_id))
    )
    rows = session.exec(
        select(Article.story_id, ArticleVersion.title)
        .join(ArticleVersion, is_current())
        .where(col(Article.id).in_(first))
    )
    return {story: title for story, title in rows if story is not None}


def add_silence(
    session: Session,
    *,
    watch_list_id: int | None = None,
    actor: str | None = None,
    outlet_id: int | None = None,
    story_id: int | None = None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
) -> int:
    """Store a silence; return its id."""
    row = Silence(
        watch_list_id=watch_list_id,
        actor=actor,
        outlet_id=outlet_id,
        story_id=story_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
    )
    session.add(row)
    session.flush()
    _touch(session, row)
    return id_of(row)


def outlet_id(session: Session, name: str) -> int | None:
    """Return the id of an outlet, also of one that is no longer polled; None where there is none of this name."""
    return session.exec(select(Outlet.id).where(Outlet.name == name)).first()


def is_story(session: Session, number: int) -> bool:
    """Return whether there is a story of this id."""
    return session.get(Story, number) is not None


def end_silence(session: Session, silence_id: int, *, now: datetime) -> bool:
    """End a silence now; tells whether it held or was to come. What it suppressed stays so."""
    row = session.get(Silence, silence_id)
    if row is None or row.ends_at <= now:
        return False
    _touch(session, row)
    row.ends_at = now
    row.starts_at = min(row.starts_at, now)
    return True


def _touch(session: Session, row: Silence) -> None:
    touch_lists(session, [] if row.watch_list_id is None else [row.watch_list_id])
