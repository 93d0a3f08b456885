"""Alerts, read for people: newest first, each with its articles and mentions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import exists
from sqlalchemy import select as sa_select
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.articles.enrichments import enrichments_of
from storage.stores.articles.said import BESIDE, SaidBeside, place_of_field
from storage.stores.articles.versions import is_current
from storage.tables import (
    Alert,
    AlertArticle,
    Article,
    ArticleVersion,
    Dismissal,
    MentionRow,
    Notification,
    NotificationState,
    Outlet,
    WatchListRow,
)


@dataclass(frozen=True, slots=True)
class FoundMention:
    """One mention as stored; the version's `field`, from `start` to `end`, is `surface` (`storage.stores.articles.said`)."""

    kind: str
    name: str
    field: str
    start: int
    end: int
    surface: str
    rule: str
    more: int = 0
    """How many further places of the name are counted here and not stored."""


def mention_columns() -> tuple[Mapped[Any], ...]:
    """Return what a `FoundMention` is made of, in its order."""
    return tuple(col(getattr(MentionRow, each.name)) for each in fields(FoundMention))


@dataclass(frozen=True, slots=True)
class AttachedArticle:
    """An article of an alert, with its current title and when it was attached."""

    id: int
    outlet: str
    title: str
    url: str
    canonical_url: str
    declared_url: str | None
    language: str | None
    published_at: datetime | None
    found_at: datetime
    attached_at: datetime


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article of an alert, with its current text and the mentions in it."""

    id: int
    outlet: str
    url: str
    title: str
    text: str
    language: str | None
    published_at: datetime | None
    text_source: str
    beside: SaidBeside
    mentions: tuple[FoundMention, ...]
    facts: Mapping[str, Mapping[str, Any]]
    """What enrichers know of it, by enricher."""


@dataclass(frozen=True, slots=True)
class FoundAlert:
    """An alert; the first of its articles raised it."""

    id: int
    watch_list: str
    story_id: int
    created_at: datetime
    updated_at: datetime | None
    merged_into: int | None
    """The alert that has its articles since their stories were found to be one."""
    articles: tuple[FoundArticle, ...]


def newest_alerts(
    session: Session, *, limit: int, watch_list: str | None = None, only_notified: bool = False
) -> list[FoundAlert]:
    """Return the newest alerts, of one watch list or of all.

    `only_notified`: without those that a silence suppressed, that were dismissed, or that are one with an older one by now.
    """
    query = select(Alert, WatchListRow.name).join(
        WatchListRow, col(WatchListRow.id) == col(Alert.watch_list_id)
    )
    if watch_list is not None:
        query = query.where(col(WatchListRow.name) == watch_list)
    if only_notified:
        suppressed = exists().where(
            col(Notification.alert_id) == col(Alert.id),
            col(Notification.state) == NotificationState.SUPPRESSED,
        )
        dismissed = exists().where(col(Dismissal.alert_id) == col(Alert.id))
        query = query.where(col(Alert.merged_into_id).is_(None), ~suppressed, ~dismissed)
    rows = session.exec(query.order_by(col(Alert.id).desc()).limit(limit)).all()
    return [_whole(session, alert, name) for alert, name in rows]


def alert_by_id(session: Session, alert_id: int) -> FoundAlert | None:
    """Return one alert; None where there is none of that number."""
    alert = session.get(Alert, alert_id)
    if alert is None:
        return None
    return _whole(session, alert, session.get_one(WatchListRow, alert.watch_list_id).name)


def _whole(session: Session, alert: Alert, watch_list: str) -> FoundAlert:
    rows = session.exec(
        select(Article, ArticleVersion, Outlet.name)
        .join(AlertArticle, col(AlertArticle.article_id) == col(Article.id))
        .join(ArticleVersion, is_current())
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .where(AlertArticle.alert_id == id_of(alert))
        .order_by(col(AlertArticle.attached_at), col(Article.id))
    ).all()
    facts = enrichments_of(session, [id_of(article) for article, _version, _outlet in rows])
    mentions = _mentions(
        session, [id_of(version) for _article, version, _outlet in rows], alert.watch_list_id
    )
    articles = [
        FoundArticle(
            id=id_of(article),
            outlet=outlet,
            url=article.url,
            title=version.title,
            text=version.text,
            language=article.language,
            published_at=article.published_at,
            text_source=article.text_source,
            beside=SaidBeside(*(getattr(version, name) for name in BESIDE)),
            mentions=tuple(mentions[id_of(version)]),
            facts=facts.get(id_of(article), {}),
        )
        for article, version, outlet in rows
    ]
    return FoundAlert(
        id=id_of(alert),
        watch_list=watch_list,
        story_id=alert.story_id,
        created_at=alert.created_at,
        updated_at=alert.updated_at,
        merged_into=alert.merged_into_id,
        articles=tuple(articles),
    )


def _mentions(session: Session, versions: Sequence[int], watch_list_id: int) -> dict[int, list[FoundMention]]:
    rows = session.execute(
        sa_select(col(MentionRow.version_id), *mention_columns())
        .where(col(MentionRow.version_id).in_(versions), col(MentionRow.watch_list_id) == watch_list_id)
        .order_by(place_of_field(), col(MentionRow.start))
    )
    found: dict[int, list[FoundMention]] = defaultdict(list)
    for version, *mention in rows:
        found[version].append(FoundMention(*mention))
    return found


def alert_articles(session: Session, alert_id: int) -> list[AttachedArticle]:
    """Return the articles of an alert in the order in which they were attached."""
    rows = session.exec(
        select(Article, ArticleVersion.title, Outlet.name, AlertArticle.attached_at)
        .join(AlertArticle, col(AlertArticle.article_id) == col(Article.id))
        .join(ArticleVersion, is_current())
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .where(AlertArticle.alert_id == alert_id)
        .order_by(col(AlertArticle.attached_at), col(Article.id))
    )
    return [
        AttachedArticle(
            id=id_of(article),
            outlet=outlet,
            title=title,
            url=article.url,
            canonical_url=article.canonical_url,
            declared_url=article.declared_url,
            language=article.language,
            published_at=article.published_at,
            found_at=article.found_at,
            attached_at=at,
        )
        for article, title, outlet, at in rows
    ]
