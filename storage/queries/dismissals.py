"""Readers' word that an alert is not relevant, and where precision is bad: counted by rule and by outlet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.tables import (
    Alert,
    Article,
    ArticleVersion,
    Dismissal,
    Mention,
    Outlet,
    WatchList,
)


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


def dismiss(session: Session, alert_id: int, *, via: str, reason: str = "", now: datetime) -> bool | None:
    """Stores that an alert is not relevant; tells whether that is new. None where there is no such alert."""
    if session.get(Alert, alert_id) is None:
        return None
    if session.get(Dismissal, alert_id) is not None:
        return False
    session.add(Dismissal(alert_id=alert_id, at=now, via=via, reason=reason))
    return True


def restore(session: Session, alert_id: int) -> bool:
    """Takes a dismissal back; tells whether there was one."""
    row = session.get(Dismissal, alert_id)
    if row is not None:
        session.delete(row)
    return row is not None


def precision(session: Session, *, limit: int = 50) -> list[Precision]:
    """Gives the rules and the outlets of which alerts were dismissed, those with the most first."""
    found = [*_by_rule(session), *_by_outlet(session)]
    return sorted(found, key=lambda item: (-item.dismissed, -item.share, item.watch_list, item.name))[:limit]


def _by_rule(session: Session) -> list[Precision]:
    alerts = func.count(func.distinct(col(Alert.id)))
    dismissed = func.count(func.distinct(col(Dismissal.alert_id)))
    keys = (col(WatchList.name), col(Mention.kind), col(Mention.name), col(Mention.rule))
    query = (
        sa_select(*keys, alerts, dismissed)
        .select_from(Alert)
        .join(WatchList, col(WatchList.id) == col(Alert.watch_list_id))
        .join(ArticleVersion, col(ArticleVersion.article_id) == col(Alert.article_id))
        .join(
            Mention,
            (col(Mention.version_id) == col(ArticleVersion.id))
            & (col(Mention.watch_list_id) == col(Alert.watch_list_id)),
        )
        .outerjoin(Dismissal, col(Dismissal.alert_id) == col(Alert.id))
        .group_by(*keys)
        .having(dismissed > 0)
    )
    return [Precision(*row) for row in session.execute(query)]


def _by_outlet(session: Session) -> list[Precision]:
    alerts = func.count(func.distinct(col(Alert.id)))
    dismissed = func.count(func.distinct(col(Dismissal.alert_id)))
    keys = (col(WatchList.name), col(Outlet.name))
    query = (
        sa_select(*keys, alerts, dismissed)
        .select_from(Alert)
        .join(WatchList, col(WatchList.id) == col(Alert.watch_list_id))
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
