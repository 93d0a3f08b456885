"""Deleting what is old: articles that no alert has, and alerts that were told long ago.

The newest article, alert and story always stay, for SQLite would give their numbers again. Each function runs in a transaction of
its caller, which must be alone with `AdvisoryLock.STORIES`: else an alert might be made of what is being deleted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.stores.articles.forgotten import remember
from storage.stores.outbox.waiting import FOR_PROGRAMS
from storage.tables import (
    Alert,
    AlertArticle,
    Article,
    ArticleState,
    FolderItem,
    Notification,
    NotificationKind,
    NotificationState,
    Silence,
    Story,
    StoryArticle,
)

ENDED = (NotificationState.SENT, NotificationState.FAILED, NotificationState.SUPPRESSED)


@dataclass(frozen=True, slots=True)
class Age:
    """How old something must be to be deleted."""

    found_before: datetime
    """It was found, or made, before this time."""
    compared_before: datetime
    """And no later article is compared with it any more: it was decided on before this time."""


def prunable_articles(session: Session, age: Age, *, after: int = 0, limit: int) -> list[int]:
    """Return the ids of old articles that no alert has, oldest first, with ids beyond `after`."""
    query = select(Article.id).where(_is_prunable(session, age), col(Article.id) > after)
    return [
        number for number in session.exec(query.order_by(col(Article.id)).limit(limit)) if number is not None
    ]


def count_prunable_articles(session: Session, age: Age) -> int:
    """Return how many old articles no alert has."""
    return session.exec(select(func.count()).select_from(Article).where(_is_prunable(session, age))).one()


def delete_articles(session: Session, article_ids: Sequence[int], *, now: datetime) -> None:
    """Delete articles with their versions, mentions, entries and words, and the stories that nothing is left of."""
    rows = session.exec(
        select(Article.canonical_url, Article.story_id).where(col(Article.id).in_(article_ids))
    ).all()
    remember(session, [url for url, _story in rows], now=now)
    session.execute(delete(Article).where(col(Article.id).in_(article_ids)))
    _delete_stories(session, {story for _url, story in rows if story is not None})


def prunable_alerts(session: Session, age: Age, *, after: int = 0, limit: int) -> list[int]:
    """Return the ids of old alerts of which nothing waits to be told, oldest first, with ids beyond `after`."""
    query = select(Alert.id).where(_is_old(session, age), col(Alert.id) > after)
    return [
        number for number in session.exec(query.order_by(col(Alert.id)).limit(limit)) if number is not None
    ]


def count_prunable_alerts(session: Session, age: Age) -> int:
    """Return how many old alerts nothing waits to be sent of."""
    return session.exec(select(func.count()).select_from(Alert).where(_is_old(session, age))).one()


def delete_alerts(session: Session, alert_ids: Sequence[int]) -> None:
    """Delete alerts, those that were merged into them, and their notifications. Their articles stay."""
    wanted = _with_merged(session, Alert, alert_ids)
    session.execute(delete(Notification).where(col(Notification.alert_id).in_(wanted)))
    session.execute(update(Alert).where(col(Alert.id).in_(wanted)).values(merged_into_id=None))
    session.execute(delete(Alert).where(col(Alert.id).in_(wanted)))


def delete_told(session: Session, *, before: datetime) -> int:
    """Delete old digests that carry no alert any more, and old words about the service itself; return how many."""
    member = select(Notification.digest_id).where(col(Notification.digest_id).is_not(None))
    deleted = session.exec(
        delete(Notification).where(
            col(Notification.kind).in_(
                (
                    NotificationKind.DIGEST,
                    NotificationKind.SERVICE,
                    NotificationKind.REVIEW,
                    NotificationKind.ARTICLE,
                    *FOR_PROGRAMS,
                )
            ),
            col(Notification.state).in_(ENDED),
            col(Notification.created_at) < before,
            col(Notification.id).not_in(member),
        )
    )
    return deleted.rowcount


def _is_prunable(session: Session, age: Age) -> ColumnElement[bool]:
    recent = exists().where(
        col(StoryArticle.article_id) == col(Article.id), col(StoryArticle.seen_at) >= age.compared_before
    )
    return (
        (col(Article.state) == ArticleState.MATCHED)
        & (col(Article.found_at) < age.found_before)
        & (col(Article.found_at) < age.compared_before)
        & or_(col(Article.recheck_at).is_(None), col(Article.recheck_at) < age.compared_before)
        & col(Article.lease_until).is_(None)
        & (col(Article.id) < _newest(session, Article))
        & ~exists().where(col(AlertArticle.article_id) == col(Article.id))
        & ~exists().where(col(Alert.article_id) == col(Article.id))
        & ~recent
        & ~exists().where(col(FolderItem.article_id) == col(Article.id))
        & ~exists().where(col(FolderItem.story_id) == col(Article.story_id))
    )


def _is_old(session: Session, age: Age) -> ColumnElement[bool]:
    before = min(age.found_before, age.compared_before)
    waits = exists().where(col(Notification.alert_id) == col(Alert.id), col(Notification.state).not_in(ENDED))
    return (
        (col(Alert.created_at) < before)
        & or_(col(Alert.updated_at).is_(None), col(Alert.updated_at) < before)
        & col(Alert.update_due_at).is_(None)
        & col(Alert.merged_into_id).is_(None)
        & (col(Alert.id) < _newest(session, Alert))
        & ~waits
        & ~exists().where(col(FolderItem.alert_id) == col(Alert.id))
    )


def _delete_stories(session: Session, story_ids: set[int]) -> None:
    """Delete those of the stories that have no article, alert or silence, with those that were merged into them."""
    gone = _with_merged(session, Story, story_ids - _in_use(session, story_ids))
    gone -= _in_use(session, gone) | {_newest(session, Story)}
    session.execute(update(Story).where(col(Story.merged_into_id).in_(gone)).values(merged_into_id=None))
    session.execute(delete(Story).where(col(Story.id).in_(gone)))


def _in_use(session: Session, story_ids: set[int]) -> set[int]:
    found: set[int] = set()
    for column in (
        col(Article.story_id),
        col(Alert.story_id),
        col(Silence.story_id),
        col(FolderItem.story_id),
    ):
        found.update(session.execute(sa_select(column).where(column.in_(story_ids)).distinct()).scalars())
    return found


def _with_merged(session: Session, table: type[Alert] | type[Story], numbers: Collection[int]) -> set[int]:
    """Return the numbers, and those of all that was merged into them, and into those."""
    found, some = set(numbers), set(numbers)
    while some:
        query = select(table.id).where(col(table.merged_into_id).in_(some))
        some = {number for number in session.exec(query) if number is not None} - found
        found |= some
    return found


def _newest(session: Session, table: type[Article] | type[Alert] | type[Story]) -> int:
    return session.exec(select(func.max(table.id))).one() or 0
