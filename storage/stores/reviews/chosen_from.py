"""What an edition is chosen from: the articles of alerts with what was found in them, tags, outlets of stories."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.stores.alerts.alert_details import FoundMention
from storage.stores.alerts.mentions import mentions_in_versions
from storage.stores.articles.archive import ArchivedArticle, archived_articles
from storage.stores.articles.versions import is_current
from storage.tables import (
    Alert,
    AlertArticle,
    Article,
    ArticleVersion,
    Dismissal,
    Outlet,
    WatchListRow,
)

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class ArticleOfAlert:
    """An article of an alert, and what of the alert's watch list is mentioned in it."""

    watch_list: str
    private: bool
    """Whether that list is."""
    score: float
    story_id: int
    article: ArchivedArticle
    mentions: tuple[FoundMention, ...]


def alerted_articles(
    session: Session, *, since: datetime, until: datetime, most: int
) -> list[ArticleOfAlert]:
    """Return the articles that came to alerts in a time, the most relevant alerts first; none of what was dismissed."""
    dismissed = sa_select(col(Dismissal.alert_id)).where(col(Dismissal.alert_id) == col(Alert.id)).exists()
    rows = session.execute(
        sa_select(
            col(WatchListRow.id),
            col(WatchListRow.name),
            col(WatchListRow.private),
            col(Alert.score),
            col(Alert.story_id),
            col(AlertArticle.article_id),
            col(ArticleVersion.id),
        )
        .join(AlertArticle, col(AlertArticle.alert_id) == col(Alert.id))
        .join(Article, col(Article.id) == col(AlertArticle.article_id))
        .join(ArticleVersion, is_current())
        .join(WatchListRow, col(WatchListRow.id) == col(Alert.watch_list_id))
        .where(
            col(AlertArticle.attached_at) > since,
            col(AlertArticle.attached_at) <= until,
            col(Alert.merged_into_id).is_(None),
            ~dismissed,
        )
        .order_by(col(Alert.score).desc(), col(Alert.id), col(AlertArticle.article_id))
        .limit(most)
    ).all()
    articles = {one.id: one for one in _articles(session, {row[5] for row in rows})}
    mentions: dict[int, Mapping[int, Sequence[FoundMention]]] = {}
    versions = sorted({row[6] for row in rows})
    for start in range(0, len(versions), AT_ONCE):
        mentions |= mentions_in_versions(session, versions[start : start + AT_ONCE])
    return [
        ArticleOfAlert(
            name,
            private,
            score,
            story_id,
            articles[article_id],
            tuple(mentions.get(version_id, {}).get(list_id, ())),
        )
        for list_id, name, private, score, story_id, article_id, version_id in rows
        if article_id in articles
    ]


def tags_of_outlets(session: Session) -> dict[str, frozenset[str]]:
    """Return the tags of each outlet that has any, in small letters."""
    rows = session.exec(select(Outlet.name, Outlet.tags))
    return {name: frozenset(tag.casefold() for tag in tags) for name, tags in rows if tags}


def outlets_of_stories(session: Session, story_ids: Collection[int]) -> dict[int, int]:
    """Return how many outlets tell each story."""
    found: dict[int, int] = {}
    ids = sorted(story_ids)
    for start in range(0, len(ids), AT_ONCE):
        rows = session.execute(
            sa_select(col(Article.story_id), func.count(col(Article.outlet_id).distinct()))
            .where(col(Article.story_id).in_(ids[start : start + AT_ONCE]))
            .group_by(col(Article.story_id))
        )
        found |= {number: count for number, count in rows if number is not None}
    return found


def _articles(session: Session, numbers: Collection[int]) -> list[ArchivedArticle]:
    ids = sorted(numbers)
    return [
        article
        for start in range(0, len(ids), AT_ONCE)
        for article in archived_articles(session, ids[start : start + AT_ONCE])
    ]
