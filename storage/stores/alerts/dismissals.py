"""Readers' word that an alert is not relevant, and where precision is bad: counted by rule and by outlet."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.tables import (
    Alert,
    AlertArticle,
    Article,
    ArticleVersion,
    Dismissal,
    MentionRow,
    Outlet,
    Volume,
    VolumeUnit,
    WatchListRow,
)

NEWEST_MENTIONS = 1_000
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
    reason: str


def dismissal_of(session: Session, alert_id: int) -> DismissalMade | None:
    """Return the dismissal of an alert; None where nobody dismissed it."""
    row = session.get(Dismissal, alert_id)
    return None if row is None else DismissalMade(row.at, row.via, row.reason)


def dismiss(session: Session, alert_id: int, *, via: str, reason: str = "", now: datetime) -> bool | None:
    """Store that an alert is not relevant; tells whether that is new. None where there is no such alert."""
    if session.get(Alert, alert_id) is None:
        return None
    if session.get(Dismissal, alert_id) is not None:
        return False
    session.add(Dismissal(alert_id=alert_id, at=now, via=via, reason=reason))
    return True


def restore(session: Session, alert_id: int) -> bool:
    """Take a dismissal back; tells whether there was one."""
    row = session.get(Dismissal, alert_id)
    if row is not None:
        session.delete(row)
    return row is not None


def precision(session: Session, *, limit: int = 50) -> list[Precision]:
    """Return the rules and the outlets of which alerts were dismissed, those with the most first."""
    found = [*_by_rule(session), *_by_outlet(session)]
    return sorted(found, key=lambda item: (-item.dismissed, -item.share, item.watch_list, item.name))[:limit]


def precision_of_names(
    session: Session, *, watch_list_id: int, watch_list: str, names: Iterable[str]
) -> list[Precision]:
    """Return each rule of these names with the alerts of their newest mentions, those with the most dismissed first."""
    found: list[Precision] = []
    alerts = func.count(func.distinct(col(AlertArticle.alert_id)))
    dismissed = func.count(func.distinct(col(Dismissal.alert_id)))
    for name in dict.fromkeys(names):
        newest = (
            sa_select(col(MentionRow.kind), col(MentionRow.rule), col(MentionRow.version_id))
            .where(col(MentionRow.name) == name, col(MentionRow.watch_list_id) == watch_list_id)
            .order_by(col(MentionRow.version_id).desc())
            .limit(NEWEST_MENTIONS)
            .subquery()
        )
        query = (
            sa_select(newest.c.kind, newest.c.rule, alerts, dismissed)
            .join(ArticleVersion, col(ArticleVersion.id) == newest.c.version_id)
            .join(AlertArticle, col(AlertArticle.article_id) == col(ArticleVersion.article_id))
            .join(
                Alert,
                (col(Alert.id) == col(AlertArticle.alert_id))
                & (col(Alert.watch_list_id) + 0 == watch_list_id),  # found by its id, never by the list
            )
            .outerjoin(Dismissal, col(Dismissal.alert_id) == col(AlertArticle.alert_id))
            .group_by(newest.c.kind, newest.c.rule)
        )
        found += [
            Precision(watch_list, kind, name, rule, count, bad)
            for kind, rule, count, bad in session.execute(query)
        ]
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
