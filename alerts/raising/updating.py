"""Updates of alerts that are due: put together before the transaction, which stores them if nothing changed meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlmodel import Session

from alerts.delivery.outbox import DueAlert, enqueue_all
from alerts.delivery.payload import AlertData
from alerts.raising.alert_data import OTHER_ARTICLES, updated_data
from alerts.raising.found import list_found
from storage.engine import Database
from storage.stores.alerts.alert_details import alert_articles
from storage.stores.alerts.mentions import mentions_in_versions
from storage.stores.alerts.standing import AlertState, alerts_of_ids, change_alerts, due_updates
from storage.stores.articles.match_claims import MatchedArticle, current_articles
from storage.stores.stories.story_facts import earliest_of_stories, related_stories
from storage.stores.watch.watch_lists import WatchFacts, tracked_lists
from storage.tables import NotificationKind

log = structlog.get_logger(__name__)

BATCH = 100


@dataclass(frozen=True, slots=True)
class DueUpdate:
    """An alert whose update is due, and what is said of it; nothing where its list is no more."""

    alert: AlertState
    article: MatchedArticle
    watched: WatchFacts | None
    data: AlertData | None
    outlets: int


class UpdateSender:
    """Queues updates once they are due."""

    def __init__(self, database: Database, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def step(self) -> int:
        """Queue the updates that are due; give how many alerts they are of."""
        due = await self._database.reading(read_due, now=self._clock())
        if not due:
            return 0
        return await self._database.writing(store_updates, due=due, now=self._clock())


def read_due(session: Session, *, now: datetime) -> list[DueUpdate]:
    """Return the alerts whose updates are due, with what is said of them."""
    ids = due_updates(session, now=now, limit=BATCH)
    if not ids:
        return []
    lists = {watched.id: watched for watched in tracked_lists(session)}
    return alerts_said(session, alerts_of_ids(session, ids), lists)


def alerts_said(
    session: Session, alerts: Sequence[AlertState], lists: Mapping[int, WatchFacts]
) -> list[DueUpdate]:
    """Return what is said of alerts as they stand now."""
    articles = {one.article.id: one for one in current_articles(session, _articles(alerts))}
    mentions = mentions_in_versions(session, [one.version_id for one in articles.values()])
    texts = earliest_of_stories(session, {alert.story_id for alert in alerts}, limit=OTHER_ARTICLES + 1)
    found = []
    for alert in alerts:
        article, watched = articles[alert.article_id], lists.get(alert.watch_list_id)
        attached = alert_articles(session, alert.id)
        data = None
        if watched is not None:
            own = list_found(watched, mentions[article.version_id][watched.id])
            data = updated_data(
                alert,
                article.article,
                own,
                articles=attached,
                others=texts.get(alert.story_id, ()),
                related=related_stories(session, alert.story_id),
            )
        outlets = len({one.outlet for one in attached})
        found.append(DueUpdate(alert, article, watched, data, outlets))
    return found


def store_updates(session: Session, *, due: Sequence[DueUpdate], now: datetime) -> int:
    """Queue updates; those whose alert has changed meanwhile are left for the next time. Give how many were stored."""
    current = {alert.id: alert for alert in alerts_of_ids(session, [one.alert.id for one in due], lock=True)}
    changed, queued = [], []
    for one in due:
        if current.get(one.alert.id) != one.alert:
            continue
        settled = replace(one.alert, update_due_at=None, update_reasons=())
        if one.watched is None or one.data is None:
            changed.append(settled)
            continue
        changed.append(replace(settled, notified_at=now, notified_outlets=max(1, one.outlets)))
        queued.append(
            DueAlert(
                alert_id=one.alert.id,
                watch_list_id=one.watched.id,
                story_id=one.alert.story_id,
                outlet_id=one.article.outlet_id,
                channel_ids=one.watched.channel_ids,
                data=one.data,
                kind=NotificationKind.ALERT_UPDATED,
            )
        )
        log.debug("alert updated", alert=one.alert.id, reasons=one.data.changes)
    change_alerts(session, changed)
    enqueue_all(session, queued, now=now)
    return len(changed)


def _articles(alerts: Sequence[AlertState]) -> Collection[int]:
    return {alert.article_id for alert in alerts}
