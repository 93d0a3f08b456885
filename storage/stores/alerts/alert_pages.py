"""Alerts as a list shows them: filtered, newest first, a page at a time, each with the article that raised it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, tuple_
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from storage.reasons import SpikeReason
from storage.stores.alerts.alert_details import FoundMention, mention_columns
from storage.stores.alerts.triage import DISMISSED, UNHANDLED, Handling, TriageFilter, conditions, handling_of
from storage.stores.articles.said import NOTHING_BESIDE, SaidBeside, beside_columns, place_of_field
from storage.stores.articles.versions import is_current
from storage.tables import (
    Alert,
    AlertArticle,
    Article,
    ArticleVersion,
    Dismissal,
    MentionRow,
    Outlet,
    WatchListRow,
)

FEW = 5_000
"""So many mentions of a name are looked up one by one."""
FEW_ARTICLES = 20_000
"""And so many articles of an outlet."""


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are asked for. Everything that is set must fit."""

    watch_list: str | None = None
    name: str | None = None
    """Of an actor or topic."""
    outlet: str | None = None
    language: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """When the alerts were raised, or where they are `by_publication`, when their articles came out."""
    min_score: float | None = None
    dismissed: bool | None = False
    """Only those that were not dismissed, only those that were (true), or both (None)."""
    by_publication: bool = False
    """The article that came out last comes first, not the alert that was raised last."""
    triage: TriageFilter | None = None
    """How they are dealt with."""
    outlet_tag: str | None = None
    """Of the outlet that raised the alert: its type and themes are tags."""
    by_score: bool = False
    """The most relevant comes first."""

    @property
    def time(self) -> Any:  # noqa: ANN401  (a column, which SQLModel types as what it holds)
        """The column that alerts are asked by."""
        return col(Alert.came_out_at if self.by_publication else Alert.created_at)


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert in a list."""

    id: int
    watch_list: str
    story_id: int
    created_at: datetime
    article_id: int
    title: str
    text: str
    url: str
    language: str | None
    outlet: str
    published_at: datetime | None
    kind: str
    score: float
    spike: SpikeReason | None
    """What a spike is; None for others."""
    articles: int = 1
    outlets: int = 1
    beside: SaidBeside = NOTHING_BESIDE
    mentions: tuple[FoundMention, ...] = ()
    """Of its watch list, in the article that raised it, as that stands now."""
    handling: Handling = UNHANDLED

    @property
    def dismissed(self) -> bool:
        """Whether somebody said that it is not relevant."""
        return self.handling.state == DISMISSED


def alert_page(
    session: Session, wanted: AlertFilter, *, before: int | None = None, after: int | None = None, limit: int
) -> list[ListedAlert]:
    """Return alerts in their order, newest first as a rule: those that come after `before`, and are newer than `after` (ids)."""
    query = select(Alert.id).where(col(Alert.merged_into_id).is_(None)).limit(limit)
    if wanted.by_score:
        query = query.order_by(col(Alert.score).desc(), col(Alert.id).desc())
    elif wanted.by_publication:
        query = query.order_by(wanted.time.desc(), col(Alert.id).desc())
    else:
        query = query.order_by(col(Alert.id).desc())
    if before is not None and wanted.by_score:
        last = sa_select(col(Alert.score)).where(col(Alert.id) == before).scalar_subquery()
        query = query.where(tuple_(col(Alert.score), col(Alert.id)) < tuple_(last, before))
    elif before is not None and wanted.by_publication:
        last = sa_select(col(Alert.came_out_at)).where(col(Alert.id) == before).scalar_subquery()
        query = query.where(tuple_(wanted.time, col(Alert.id)) < tuple_(last, before))
    elif before is not None:
        query = query.where(col(Alert.id) < before)
    if after is not None:
        query = query.where(col(Alert.id) > after)
    query = _filtered(session, query, wanted)
    return listed_alerts(session, [number for number in session.exec(query) if number is not None])


def alerts_after(session: Session, after: int, *, limit: int) -> list[ListedAlert]:
    """Return the alerts that came after one, oldest first."""
    query = select(Alert.id).where(col(Alert.id) > after).order_by(col(Alert.id)).limit(limit)
    return sorted(
        listed_alerts(session, [number for number in session.exec(query) if number is not None]), key=_id
    )


def newest_alert_id(session: Session) -> int:
    """Return the id of the newest alert; 0 where there is none."""
    return session.exec(select(func.max(Alert.id))).one() or 0


def _id(alert: ListedAlert) -> int:
    return alert.id


def _filtered(session: Session, query: Any, wanted: AlertFilter) -> Any:  # noqa: ANN401  (SQLModel's own types differ by what is selected)
    if wanted.watch_list is not None:
        wanted_list = sa_select(col(WatchListRow.id)).where(col(WatchListRow.name) == wanted.watch_list)
        query = query.where(col(Alert.watch_list_id) == wanted_list.scalar_subquery())  # one: names differ
    if wanted.since is not None:
        query = query.where(wanted.time >= wanted.since)
    if wanted.until is not None:
        query = query.where(wanted.time < wanted.until)
    if wanted.min_score is not None:
        query = query.where(col(Alert.score) >= wanted.min_score)
    if wanted.outlet is not None:
        query = query.where(_raised_by(session, wanted.outlet))
    if wanted.language is not None:
        query = query.join(Article, col(Article.id) == col(Alert.article_id))
        query = query.where(col(Article.language) == wanted.language)
    if wanted.dismissed is not None:
        said = sa_select(col(Dismissal.alert_id)).where(col(Dismissal.alert_id) == col(Alert.id)).exists()
        query = query.where(said if wanted.dismissed else ~said)
    if wanted.triage is not None:
        query = query.where(*conditions(wanted.triage))
    if wanted.name is not None:
        query = query.where(_mentions_name(session, wanted.name))
    if wanted.outlet_tag is not None:
        tagged = session.exec(select(Outlet.id, Outlet.tags))
        outlets = [number for number, tags in tagged if wanted.outlet_tag in tags]
        raised = sa_select(col(Article.id)).where(
            col(Article.id) == col(Alert.article_id), col(Article.outlet_id).in_(outlets)
        )
        query = query.where(raised.exists())
    return query


def _raised_by(session: Session, name: str) -> ColumnElement[bool]:
    """Return the condition that an alert was raised by an outlet's article.

    As with `_mentions_name`: an outlet with few articles is looked up by them, of any other the newest alerts are asked.
    """
    outlets = list(session.exec(select(Outlet.id).where(Outlet.name == name)))
    own = sa_select(col(Article.id)).where(col(Article.outlet_id).in_(outlets))
    found = session.execute(
        sa_select(func.count()).select_from(own.limit(FEW_ARTICLES + 1).subquery())
    ).scalar_one()
    if found > FEW_ARTICLES:
        return own.where(col(Article.id) == col(Alert.article_id)).exists()
    its = aliased(Alert)
    return col(Alert.id).in_(
        sa_select(col(its.id))
        .select_from(Article)
        .join(AlertArticle, col(AlertArticle.article_id) == col(Article.id))
        .join(
            its,
            (col(its.id) == col(AlertArticle.alert_id))
            & (col(its.article_id) == col(AlertArticle.article_id)),
        )
        .where(col(Article.outlet_id).in_(outlets))
    )


def _mentions_name(session: Session, name: str) -> ColumnElement[bool]:
    """Return the condition that an alert mentions an actor or topic.

    A name that is seldom is looked up by its index; of one that is everywhere the newest alerts are asked, one by one:
    a page of them is soon full. A planner without statistics can't know which, and is wrong by a thousand times either way.
    """
    few = (
        len(session.exec(select(MentionRow.id).where(col(MentionRow.name) == name).limit(FEW + 1)).all())
        <= FEW
    )
    joined = (
        sa_select(col(AlertArticle.alert_id))
        .select_from(MentionRow)
        .join(ArticleVersion, col(ArticleVersion.id) == col(MentionRow.version_id))
        .join(AlertArticle, col(AlertArticle.article_id) == col(ArticleVersion.article_id))
    )
    if few:
        its = aliased(Alert)
        found = joined.join(
            its,
            (col(its.id) == col(AlertArticle.alert_id))
            & (col(its.watch_list_id) + 0 == col(MentionRow.watch_list_id)),
        )
        return col(Alert.id).in_(found.where(col(MentionRow.name) == name))
    return joined.where(
        col(AlertArticle.alert_id) == col(Alert.id),
        col(MentionRow.watch_list_id) + 0 == col(Alert.watch_list_id),  # no index of these two helps here
        func.coalesce(col(MentionRow.name), "") == name,
    ).exists()


def listed_alerts(session: Session, ids: Sequence[int]) -> list[ListedAlert]:
    """Return the alerts of these numbers, in this order."""
    if not ids:
        return []
    rows = session.execute(
        sa_select(
            col(Alert.id),
            col(Alert.watch_list_id),
            col(WatchListRow.name),
            col(Alert.story_id),
            col(Alert.created_at),
            col(Article.id),
            col(ArticleVersion.id),
            col(ArticleVersion.title),
            col(ArticleVersion.text),
            col(Article.url),
            col(Article.language),
            col(Outlet.name),
            col(Article.published_at),
            col(Alert.kind),
            col(Alert.score),
            col(Alert.spike),
            *beside_columns(),
        )
        .join(WatchListRow, col(WatchListRow.id) == col(Alert.watch_list_id))
        .join(Article, col(Article.id) == col(Alert.article_id))
        .join(ArticleVersion, is_current())
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .where(col(Alert.id).in_(ids))
    ).all()
    alerts: dict[int, ListedAlert] = {}
    versions: dict[int, tuple[int, int]] = {}
    for alert_id, list_id, watch, story, created, article, version, *rest in rows:
        title, text, url, language, outlet, published, kind, score, spike, *beside = rest
        alerts[alert_id] = ListedAlert(
            alert_id,
            watch,
            story,
            created,
            article,
            title,
            text,
            url,
            language,
            outlet,
            published,
            kind.value,
            score,
            spike,
            beside=SaidBeside(*beside),
        )
        versions[alert_id] = (version, list_id)
    found = _mentions(session, {version for version, _list in versions.values()})
    counts = _counts(session, ids)
    handling = handling_of(session, ids)
    return [
        replace(
            alerts[number],
            mentions=tuple(found[versions[number]]),
            articles=counts.get(number, (1, 1))[0],
            outlets=counts.get(number, (1, 1))[1],
            handling=handling.get(number, UNHANDLED),
        )
        for number in ids
        if number in alerts
    ]


def _mentions(session: Session, versions: Collection[int]) -> dict[tuple[int, int], list[FoundMention]]:
    found: dict[tuple[int, int], list[FoundMention]] = defaultdict(list)
    rows = session.execute(
        sa_select(col(MentionRow.version_id), col(MentionRow.watch_list_id), *mention_columns())
        .where(col(MentionRow.version_id).in_(versions))
        .order_by(place_of_field(), col(MentionRow.start))
    )
    for version, watch_list, *mention in rows:
        found[version, watch_list].append(FoundMention(*mention))
    return found


def _counts(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    rows = session.execute(
        sa_select(col(AlertArticle.alert_id), func.count(), func.count(col(Article.outlet_id).distinct()))
        .join(Article, col(Article.id) == col(AlertArticle.article_id))
        .where(col(AlertArticle.alert_id).in_(ids))
        .group_by(col(AlertArticle.alert_id))
    )
    return {number: (articles, outlets) for number, articles, outlets in rows}
