"""Readers' word that an alert is not relevant, and where precision is bad: counted by rule and by outlet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, union_all
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.stores.watch.access import touch_lists
from storage.tables import (
    Alert,
    AlertArticle,
    Article,
    ArticleVersion,
    Dismissal,
    DismissalKind,
    MentionRow,
    Outlet,
    Volume,
    VolumeUnit,
    WatchListRow,
)

NEWEST_MENTIONS = 100
"""Of a name, where it is asked for beside one alert: old rules are judged by how they do now, and the answer comes at once."""


@dataclass(frozen=True, slots=True)
class Precision:
    """How many alerts a rule (an alias, a clause), or an outlet, brought, and how many of them were dismissed."""

    watch_list: str
    kind: str
    """`actor`, `topic`, or `outlet`."""
    name: str
    rule: str
    alerts: int
    dismissed: int

    @property
    def share(self) -> float:
        """The share of those that were dismissed, 0 to 1."""
        return self.dismissed / self.alerts


@dataclass(frozen=True, slots=True)
class DismissalMade:
    """A reader's word that an alert is not relevant: when, and `via` a `link` in a mail or a command."""

    at: datetime
    via: str
    kind: DismissalKind
    reason: str
    caller: str
    """Whose word it is; empty where a link or a command does not know."""


def dismissal_of(session: Session, alert_id: int) -> DismissalMade | None:
    """Return the dismissal of an alert; None where nobody dismissed it."""
    row = session.get(Dismissal, alert_id)
    return None if row is None else DismissalMade(row.at, row.via, row.kind, row.reason, row.caller)


def dismiss(
    session: Session,
    alert_id: int,
    *,
    via: str,
    kind: DismissalKind = DismissalKind.UNSAID,
    reason: str = "",
    caller: str = "",
    now: datetime,
) -> bool | None:
    """Store that an alert is not relevant; tell whether that is new. None where there is no such alert.

    One that was dismissed without a kind gets it.
    """
    alert = session.get(Alert, alert_id)
    if alert is None:
        return None
    touch_lists(session, [alert.watch_list_id])
    known = session.get(Dismissal, alert_id)
    if known is not None:
        known.kind = kind or known.kind
        return False
    session.add(Dismissal(alert_id=alert_id, at=now, via=via, kind=kind, reason=reason, caller=caller))
    return True


def restore(session: Session, alert_id: int) -> bool:
    """Take a dismissal back; tells whether there was one."""
    row = session.get(Dismissal, alert_id)
    if row is not None:
        touch_lists(session, [session.get_one(Alert, alert_id).watch_list_id])
        session.delete(row)
    return row is not None


@dataclass(frozen=True, slots=True)
class JudgedAlert:
    """An alert as its readers judged it: the article that raised it, its outlet and score, and why it was dismissed, if so."""

    id: int
    article_id: int
    outlet: str
    score: float
    dismissed: DismissalKind | None


def judged_alerts(
    session: Session, watch_list_id: int, *, actor: str | None = None, limit: int
) -> list[JudgedAlert]:
    """Return the newest dismissed alerts of a list and the newest kept ones, up to `limit` each; of those that name an actor."""
    query = (
        sa_select(
            col(Alert.id), col(Alert.article_id), col(Outlet.name), col(Alert.score), col(Dismissal.kind)
        )
        .join(Article, col(Article.id) == col(Alert.article_id))
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .outerjoin(Dismissal, col(Dismissal.alert_id) == col(Alert.id))
        .where(col(Alert.watch_list_id) == watch_list_id, col(Alert.merged_into_id).is_(None))
        .order_by(col(Alert.id).desc())
        .limit(limit)
    )
    if actor is not None:
        query = query.where(
            sa_select(col(MentionRow.id))
            .join(ArticleVersion, col(ArticleVersion.id) == col(MentionRow.version_id))
            .where(
                col(ArticleVersion.article_id) == col(Alert.article_id),
                col(MentionRow.watch_list_id) == watch_list_id,
                col(MentionRow.kind) == "actor",
                col(MentionRow.name) == actor,
            )
            .exists()
        )
    bad = session.execute(query.where(col(Dismissal.alert_id).is_not(None)))
    good = session.execute(query.where(col(Dismissal.alert_id).is_(None)))
    return [JudgedAlert(*row) for rows in (bad, good) for row in rows]


def often_dismissed(session: Session, watch_list_id: int, *, least: int, limit: int) -> list[str]:
    """Return the actors of a list that stand in so many dismissed alerts at least, those with the most first."""
    dismissed = func.count(func.distinct(col(Dismissal.alert_id)))
    rows = session.execute(
        sa_select(col(MentionRow.name), dismissed)
        .join(ArticleVersion, col(ArticleVersion.id) == col(MentionRow.version_id))
        .join(Alert, col(Alert.article_id) == col(ArticleVersion.article_id))
        .join(Dismissal, col(Dismissal.alert_id) == col(Alert.id))
        .where(
            col(Alert.watch_list_id) == watch_list_id,
            col(MentionRow.watch_list_id) == watch_list_id,
            col(MentionRow.kind) == "actor",
        )
        .group_by(col(MentionRow.name))
        .having(dismissed >= least)
        .order_by(dismissed.desc(), col(MentionRow.name))
        .limit(limit)
    )
    return [name for name, _count in rows]


def precision(session: Session, *, limit: int = 50) -> list[Precision]:
    """Return the rules and the outlets of which alerts were dismissed, those with the most first."""
    found = [*_by_rule(session), *_by_outlet(session)]
    return sorted(found, key=lambda item: (-item.dismissed, -item.share, item.watch_list, item.name))[:limit]


def precision_of_names(
    session: Session, *, watch_list_id: int, watch_list: str, names: Iterable[str]
) -> list[Precision]:
    """Return each rule of these names with the alerts of their newest mentions, those with the most dismissed first."""
    asked = [
        sa_select(
            col(MentionRow.kind), col(MentionRow.name), col(MentionRow.rule), col(MentionRow.version_id)
        )
        .where(col(MentionRow.name) == name, col(MentionRow.watch_list_id) == watch_list_id)
        .order_by(col(MentionRow.version_id).desc())
        .limit(NEWEST_MENTIONS)
        .subquery()
        for name in dict.fromkeys(names)
    ]
    if not asked:
        return []
    newest = union_all(*(sa_select(one) for one in asked)).subquery()
    rule = (newest.c.kind, newest.c.name, newest.c.rule)
    rows = session.execute(
        sa_select(
            *rule,
            func.count(func.distinct(col(AlertArticle.alert_id))),
            func.count(func.distinct(col(Dismissal.alert_id))),
        )
        .join(ArticleVersion, col(ArticleVersion.id) == newest.c.version_id)
        .join(AlertArticle, col(AlertArticle.article_id) == col(ArticleVersion.article_id))
        .join(
            Alert,
            (col(Alert.id) == col(AlertArticle.alert_id))
            & (col(Alert.watch_list_id) + 0 == watch_list_id),  # found by its id, never by the list
        )
        .outerjoin(Dismissal, col(Dismissal.alert_id) == col(AlertArticle.alert_id))
        .group_by(*rule)
    )
    found = [Precision(watch_list, *row) for row in rows]
    return sorted(found, key=lambda item: (-item.dismissed, -item.alerts, item.name, item.rule))


def precision_of_outlets(
    session: Session, *, watch_list_id: int, watch_list: str, outlets: Iterable[str]
) -> list[Precision]:
    """Return these outlets with how many of their articles the list found, and how many of its alerts by them were dismissed."""
    names = list(dict.fromkeys(outlets))
    found = session.execute(
        sa_select(col(Volume.name), func.sum(col(Volume.articles)))
        .where(
            col(Volume.watch_list_id) == watch_list_id,
            col(Volume.kind) == "outlet",
            col(Volume.name).in_(names),
            col(Volume.unit) == VolumeUnit.DAY,
        )
        .group_by(col(Volume.name))
    )
    bad = session.execute(
        sa_select(col(Outlet.name), func.count())
        .select_from(Dismissal)
        .join(Alert, col(Alert.id) == col(Dismissal.alert_id))
        .join(Article, col(Article.id) == col(Alert.article_id))
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .where(col(Alert.watch_list_id) == watch_list_id, col(Outlet.name).in_(names))
        .group_by(col(Outlet.name))
    )
    articles = {row[0]: int(row[1]) for row in found}
    dismissed = {row[0]: row[1] for row in bad}
    return [
        Precision(
            watch_list,
            "outlet",
            name,
            "",
            max(articles.get(name, 0), dismissed.get(name, 0), 1),
            dismissed.get(name, 0),
        )
        for name in names
    ]


def _by_rule(session: Session) -> list[Precision]:
    alerts = func.count(func.distinct(col(Alert.id)))
    dismissed = func.count(func.distinct(col(Dismissal.alert_id)))
    keys = (col(WatchListRow.name), col(MentionRow.kind), col(MentionRow.name), col(MentionRow.rule))
    query = (
        sa_select(*keys, alerts, dismissed)
        .select_from(Alert)
        .join(WatchListRow, col(WatchListRow.id) == col(Alert.watch_list_id))
        .join(ArticleVersion, col(ArticleVersion.article_id) == col(Alert.article_id))
        .join(
            MentionRow,
            (col(MentionRow.version_id) == col(ArticleVersion.id))
            & (col(MentionRow.watch_list_id) == col(Alert.watch_list_id)),
        )
        .outerjoin(Dismissal, col(Dismissal.alert_id) == col(Alert.id))
        .group_by(*keys)
        .having(dismissed > 0)
    )
    return [Precision(*row) for row in session.execute(query)]


def _by_outlet(session: Session) -> list[Precision]:
    alerts = func.count(func.distinct(col(Alert.id)))
    dismissed = func.count(func.distinct(col(Dismissal.alert_id)))
    keys = (col(WatchListRow.name), col(Outlet.name))
    query = (
        sa_select(*keys, alerts, dismissed)
        .select_from(Alert)
        .join(WatchListRow, col(WatchListRow.id) == col(Alert.watch_list_id))
        .join(Article, col(Article.id) == col(Alert.article_id))
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .outerjoin(Dismissal, col(Dismissal.alert_id) == col(Alert.id))
        .group_by(*keys)
        .having(dismissed > 0)
    )
    return [
        Precision(watch_list, "outlet", outlet, "", count, bad)
        for watch_list, outlet, count, bad in session.execute(query)
    ]
