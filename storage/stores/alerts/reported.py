"""Alerts of a time as a report counts them: each with its times and how it was dealt with, and the stories most outlets told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.stores.alerts.triage import DISMISSED
from storage.tables import (
    Alert,
    AlertArticle,
    AlertKind,
    Article,
    ArticleVersion,
    Dismissal,
    Notification,
    NotificationKind,
    Outlet,
    Triage,
    TriageState,
)
from storage.types import UtcDateTime

FROM_ARCHIVE = timedelta(days=1)
"""An alert that came so long after its article was matched was made of the archive: nobody waited for it."""
AT_ONCE = 2_000
"""Rows that are fetched at a time."""


@dataclass(frozen=True, slots=True)
class ReportedAlert:
    """An alert, when its article came, when it was sent, and what became of it."""

    watch_list_id: int
    created_at: datetime
    published_at: datetime | None
    found_at: datetime
    sent_at: datetime | None
    """When a channel first had it by itself; None where none did, or in a digest alone."""
    is_timed: bool
    """Whether its times say how fast the service is: not those of spikes, nor of alerts made of the archive."""
    state: str
    dismissed_as: str | None
    """The kind of its dismissal; None where it was not dismissed."""
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class LargeStory:
    """How many outlets and articles of alerts told a story in a time, and when the first and the last of them came out."""

    id: int
    outlets: int
    articles: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class ToldArticle:
    """An article of a story."""

    id: int
    story_id: int
    outlet: str
    title: str
    url: str
    language: str | None
    at: datetime
    """When it was published, or found where that is not known."""


def alerts_reported(
    session: Session, *, start: datetime, end: datetime, lists: Collection[int]
) -> Iterator[ReportedAlert]:
    """Yield the alerts of these watch lists that were raised in a time; those that became one with another aside."""
    sent = (
        sa_select(col(Notification.alert_id), func.min(col(Notification.sent_at)).label("at"))
        .join(Alert, col(Alert.id) == col(Notification.alert_id))
        .where(
            *_raised(start, end, lists),
            col(Notification.kind) == NotificationKind.ALERT_CREATED,
            col(Notification.digest_id).is_(None),
            col(Notification.sent_at).is_not(None),
        )
        .group_by(col(Notification.alert_id))
        .subquery()
    )
    query = (
        sa_select(
            *(col(Alert.watch_list_id), col(Alert.created_at), col(Alert.kind)),
            *(col(Article.published_at), col(Article.found_at), col(Article.matched_at)),
            *(sent.c.at, col(Triage.state), col(Triage.due_at), col(Dismissal.kind)),
        )
        .join(Article, col(Article.id) == col(Alert.article_id))
        .outerjoin(sent, sent.c.alert_id == col(Alert.id))
        .outerjoin(Triage, col(Triage.alert_id) == col(Alert.id))
        .outerjoin(Dismissal, col(Dismissal.alert_id) == col(Alert.id))
        .where(*_raised(start, end, lists))
        .execution_options(yield_per=AT_ONCE)
    )
    for list_id, created, kind, published, found, matched, sent_at, state, due, dismissal in session.execute(
        query
    ):
        is_old = matched is not None and created > matched + FROM_ARCHIVE
        own = DISMISSED if dismissal is not None else (state or TriageState.NEW).value
        yield ReportedAlert(
            watch_list_id=list_id,
            created_at=created,
            published_at=published,
            found_at=found,
            sent_at=sent_at,
            is_timed=kind is not AlertKind.SPIKE and not is_old,
            state=own,
            dismissed_as=None if dismissal is None else dismissal.value,
            due_at=due,
        )


def alerts_counted(
    session: Session, *, start: datetime, end: datetime, lists: Collection[int]
) -> Counter[int]:
    """Return how many alerts each of these watch lists raised in a time, by its id."""
    number = col(Alert.watch_list_id)
    rows = session.execute(
        sa_select(number, func.count()).where(*_raised(start, end, lists)).group_by(number)
    )
    return Counter(dict(map(tuple, rows)))


def largest_stories(
    session: Session, *, start: datetime, end: datetime, lists: Collection[int], most: int
) -> list[LargeStory]:
    """Return the stories in alerts of these watch lists that most outlets told in a time, the most first."""
    story, at = col(Alert.story_id), _came_out()
    outlets = func.count(func.distinct(col(Article.outlet_id)))
    articles = func.count(func.distinct(col(Article.id)))
    rows = session.execute(
        sa_select(story, outlets, articles, func.min(at), func.max(at))
        .join(AlertArticle, col(AlertArticle.alert_id) == col(Alert.id))
        .join(Article, col(Article.id) == col(AlertArticle.article_id))
        .where(*_told(start, end, lists))
        .group_by(story)
        .order_by(outlets.desc(), articles.desc(), story)
        .limit(most)
    )
    return [LargeStory(*row) for row in rows]


def articles_told(
    session: Session, story_ids: Sequence[int], *, start: datetime, end: datetime, lists: Collection[int]
) -> list[ToldArticle]:
    """Return the articles of these stories that alerts of these watch lists had in a time, the earliest first."""
    title = func.coalesce(col(ArticleVersion.title), col(Article.feed_title))
    rows = session.execute(
        sa_select(
            *(col(Article.id), col(Alert.story_id), col(Outlet.name), title, col(Article.url)),
            *(col(Article.language), _came_out()),
        )
        .join(AlertArticle, col(AlertArticle.article_id) == col(Article.id))
        .join(Alert, col(Alert.id) == col(AlertArticle.alert_id))
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .outerjoin(
            ArticleVersion,
            (col(ArticleVersion.article_id) == col(Article.id))
            & (col(ArticleVersion.number) == col(Article.version)),
        )
        .where(*_told(start, end, lists), col(Alert.story_id).in_(story_ids))
        .distinct()
    )
    return sorted((ToldArticle(*row) for row in rows), key=lambda one: (one.at, one.id))


def _raised(start: datetime, end: datetime, lists: Collection[int]) -> tuple[Any, ...]:
    created = col(Alert.created_at)
    return (
        *(created >= start, created < end, col(Alert.watch_list_id).in_(lists)),
        col(Alert.merged_into_id).is_(None),
    )


def _told(start: datetime, end: datetime, lists: Collection[int]) -> tuple[Any, ...]:
    """Say what must hold of an article in an alert."""
    found = col(Article.found_at)
    return (
        *(found >= start, found < end, col(Alert.watch_list_id).in_(lists)),
        *(col(Alert.merged_into_id).is_(None), col(Alert.kind) != AlertKind.SPIKE),
    )


def _came_out() -> Any:  # noqa: ANN401  (a column)
    return func.coalesce(col(Article.published_at), col(Article.found_at), type_=UtcDateTime)
