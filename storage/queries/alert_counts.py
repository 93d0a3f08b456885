"""How many alerts there were: by watch list, actor, outlet and language, over days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Date, String, cast, func
from sqlalchemy import select as sa_select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col

from storage.tables import Alert, AlertArticle, Article, ArticleVersion, Mention, Outlet, WatchList

WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Volume:
    """Counts by day, oldest first, every day once."""

    name: str
    total: int
    days: tuple[tuple[date, int], ...]


@dataclass(frozen=True, slots=True)
class Share:
    """How many of the articles in alerts came from an outlet, or are in a language."""

    name: str
    articles: int


def alerts_by_list(session: Session, *, now: datetime) -> dict[int, int]:
    """Gives how many alerts each watch list raised in the last seven days, by its id."""
    rows = session.execute(
        sa_select(col(Alert.watch_list_id), func.count())
        .where(col(Alert.created_at) >= now - WEEK)
        .group_by(col(Alert.watch_list_id))
    )
    return {row[0]: row[1] for row in rows}


def volume_by_list(session: Session, *, days: int, now: datetime) -> list[Volume]:
    """Gives the alerts of each watch list by day (UTC), most first."""
    since = _midnight(now) - timedelta(days=days - 1)
    day = _day(session, col(Alert.created_at))
    rows = session.execute(
        sa_select(col(WatchList.name), day, func.count())
        .join(WatchList, col(WatchList.id) == col(Alert.watch_list_id))
        .where(col(Alert.created_at) >= since)
        .group_by(col(WatchList.name), day)
    )
    return _volumes([(name, str(at), count) for name, at, count in rows], since.date(), days)


def volume_by_name(
    session: Session, *, days: int, now: datetime, most: int, watch_list: str | None = None
) -> list[Volume]:
    """Gives the alerts whose first article mentions each actor or topic, by day (UTC), most first."""
    since = _midnight(now) - timedelta(days=days - 1)
    day = _day(session, col(Alert.created_at))
    query = (
        sa_select(col(Mention.name), day, func.count(col(Alert.id).distinct()))
        .select_from(Alert)
        .join(ArticleVersion, col(ArticleVersion.article_id) == col(Alert.article_id))
        .join(
            Mention,
            (col(Mention.version_id) == col(ArticleVersion.id))
            & (
                col(Mention.watch_list_id) + 0 == col(Alert.watch_list_id) + 0
            ),  # found by the version, never by the list
        )
        .where(col(Alert.created_at) >= since)
        .group_by(col(Mention.name), day)
    )
    if watch_list is not None:
        lists = sa_select(col(WatchList.id)).where(col(WatchList.name) == watch_list)
        query = query.where(col(Alert.watch_list_id).in_(lists))
    rows = [(name, str(at), count) for name, at, count in session.execute(query)]
    return _volumes(rows, since.date(), days)[:most]


def shares(session: Session, *, days: int, now: datetime, most: int) -> tuple[list[Share], list[Share]]:
    """Gives the outlets and the languages of the articles in alerts, most first."""
    since = _midnight(now) - timedelta(days=days - 1)
    found = []
    for what in (col(Outlet.name), func.coalesce(col(Article.language), "unknown")):
        rows = session.execute(
            sa_select(what, func.count(col(AlertArticle.article_id).distinct()))
            .select_from(Alert)
            .join(AlertArticle, col(AlertArticle.alert_id) == col(Alert.id))
            .join(Article, col(Article.id) == col(AlertArticle.article_id))
            .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
            .where(col(Alert.created_at) >= since)
            .group_by(what)
            .order_by(func.count(col(AlertArticle.article_id).distinct()).desc())
            .limit(most)
        )
        found.append([Share(name, count) for name, count in rows])
    return found[0], found[1]


def _volumes(rows: Sequence[tuple[str, str, int]], first: date, days: int) -> list[Volume]:
    by_name: dict[str, Counter[str]] = {}
    for name, day, count in rows:
        by_name.setdefault(name, Counter())[day] += count
    every = [first + timedelta(days=number) for number in range(days)]
    volumes = [
        Volume(name, counts.total(), tuple((day, counts[day.isoformat()]) for day in every))
        for name, counts in by_name.items()
    ]
    return sorted(volumes, key=lambda volume: (-volume.total, volume.name))


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _day(session: Session, moment: Mapped[datetime]) -> ColumnElement[str]:
    """Gives the day of a time, as text."""
    if session.get_bind().dialect.name == "sqlite":
        return func.substr(cast(moment, String), 1, 10)
    return cast(cast(func.timezone("UTC", moment), Date), String)
