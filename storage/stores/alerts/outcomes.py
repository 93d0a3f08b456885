"""What became of articles that stand in alerts: which alert, and its notifications on each channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from storage.tables import (
    Alert,
    AlertArticle,
    Article,
    ArticleVersion,
    ChannelRow,
    Notification,
    NotificationState,
    Outlet,
    Silence,
    Unsubscription,
    WatchListRow,
)
from storage.troubles import Trouble

AT_ONCE = 400
"""Values in one SQL `IN`: below every database's limit."""


@dataclass(frozen=True, slots=True)
class NotificationOutcome:
    """A notification of an alert, and what became of it."""

    id: int
    channel: str
    state: NotificationState
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    error: Trouble | None
    recipients: Mapping[str, Any]
    """What became of it at each recipient: `{address: [code, words]}`."""
    channel_is_on: bool
    disabled_reason: Trouble | None
    rests_until: datetime | None
    silence_id: int | None
    silence: str | None
    """Why it was silenced, where somebody said so."""
    silenced_until: datetime | None
    unsubscribed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertOutcome:
    """An alert that an article stands in; another article may have raised it."""

    id: int
    watch_list: str
    created_at: datetime
    article_id: int
    """The article that raised it."""
    title: str
    outlet: str
    notifications: tuple[NotificationOutcome, ...] = ()


def alert_outcomes(session: Session, article_ids: Collection[int]) -> dict[int, tuple[AlertOutcome, ...]]:
    """Return the alerts that each article stands in, with their notifications, the oldest first."""
    raised_by = aliased(Article)
    pairs: dict[int, list[int]] = defaultdict(list)
    alerts: dict[int, AlertOutcome] = {}
    numbers = list(article_ids)
    for start in range(0, len(numbers), AT_ONCE):
        query = (
            sa_select(
                col(AlertArticle.article_id),
                *(col(Alert.id), col(WatchListRow.name), col(Alert.created_at), col(Alert.article_id)),
                func.coalesce(col(ArticleVersion.title), col(raised_by.feed_title)),
                col(Outlet.name),
            )
            .join(Alert, col(Alert.id) == col(AlertArticle.alert_id))
            .join(WatchListRow, col(WatchListRow.id) == col(Alert.watch_list_id))
            .join(raised_by, col(raised_by.id) == col(Alert.article_id))
            .join(Outlet, col(Outlet.id) == col(raised_by.outlet_id))
            .outerjoin(
                ArticleVersion,
                (col(ArticleVersion.article_id) == col(raised_by.id))
                & (col(ArticleVersion.number) == col(raised_by.version)),
            )
            .where(
                col(AlertArticle.article_id).in_(numbers[start : start + AT_ONCE]),
                col(Alert.merged_into_id).is_(None),
            )
            .order_by(col(Alert.id))
        )
        for article_id, *alert in session.execute(query):
            pairs[article_id].append(alert[0])
            alerts[alert[0]] = AlertOutcome(*alert)
    notifications = _notifications(session, list(alerts))
    return {
        article_id: tuple(replace(alerts[n], notifications=tuple(notifications[n])) for n in own)
        for article_id, own in pairs.items()
    }


def _notifications(session: Session, alert_ids: list[int]) -> dict[int, list[NotificationOutcome]]:
    found: dict[int, list[NotificationOutcome]] = defaultdict(list)
    if not alert_ids:
        return found
    gone: dict[int, list[str]] = defaultdict(list)
    for channel_id, address in session.execute(
        sa_select(col(Unsubscription.channel_id), col(Unsubscription.address))
    ):
        gone[channel_id].append(address)
    for start in range(0, len(alert_ids), AT_ONCE):
        query = (
            sa_select(
                *(col(Notification.alert_id), col(Notification.channel_id), col(Notification.id)),
                *(col(ChannelRow.name), col(Notification.state), col(Notification.created_at)),
                *(col(Notification.due_at), col(Notification.sent_at), col(Notification.last_error)),
                *(col(Notification.recipients), col(ChannelRow.active), col(ChannelRow.disabled_reason)),
                *(col(ChannelRow.rests_until), col(Notification.silence_id), col(Silence.reason)),
                col(Silence.ends_at),
            )
            .join(ChannelRow, col(ChannelRow.id) == col(Notification.channel_id))
            .outerjoin(Silence, col(Silence.id) == col(Notification.silence_id))
            .where(col(Notification.alert_id).in_(alert_ids[start : start + AT_ONCE]))
            .order_by(col(Notification.id))
        )
        for alert_id, channel_id, *row in session.execute(query):
            outcome = NotificationOutcome(*row)
            found[alert_id].append(replace(outcome, unsubscribed=tuple(sorted(gone[channel_id]))))
    return found
