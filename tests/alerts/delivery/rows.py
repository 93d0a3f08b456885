"""Rows that a notification needs around it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.delivery.outbox import DueAlert, enqueue_all
from alerts.delivery.payload import AlertData
from storage.rows import id_of
from storage.stores.feeds.hosts import host_named
from storage.tables import (
    Alert,
    Article,
    ChannelRow,
    Notification,
    NotificationKind,
    Outlet,
    Story,
    WatchListRow,
)
from tests.alerts.delivery.samples import WATCH_LIST, alert_data
from tests.conftest import START


def add_channel(session: Session, name: str, *, send: str = "immediate", type_: str = "webhook") -> int:
    """Add a channel; gives its id."""
    channel = ChannelRow(name=name, type=type_, send=send, created_at=START)
    session.add(channel)
    session.flush()
    return id_of(channel)


def add_alert(session: Session) -> int:
    """Add an alert on an article of its own; gives its id."""
    outlet = session.exec(select(Outlet)).first() or Outlet(name="Example Gazette", created_at=START)
    watch_list = session.exec(select(WatchListRow)).first() or WatchListRow(name=WATCH_LIST, created_at=START)
    story = Story(created_at=START)
    session.add_all([outlet, watch_list, story])
    session.flush()
    url = f"https://gazette.example/{id_of(story)}"
    article = Article(
        outlet_id=id_of(outlet),
        host_id=id_of(host_named(session, "gazette.example")),
        url=url,
        canonical_url=url,
        found_at=START,
    )
    session.add(article)
    session.flush()
    alert = Alert(
        watch_list_id=id_of(watch_list),
        story_id=id_of(story),
        article_id=id_of(article),
        dedup_key=f"{id_of(watch_list)}:story:{id_of(story)}",
        created_at=START,
        came_out_at=START,
    )
    session.add(alert)
    session.flush()
    return id_of(alert)


def alert_on(
    session: Session, *channel_ids: int, now: datetime = START, data: AlertData | None = None
) -> list[Notification]:
    """Add an alert and its notifications on the channels."""
    alert_id = add_alert(session)
    told = data or alert_data(alert_id=alert_id, created_at=now)
    return enqueue(session, alert_id=alert_id, channel_ids=channel_ids, data=told, now=now)


def enqueue(
    session: Session,
    *,
    alert_id: int,
    channel_ids: Sequence[int],
    data: AlertData,
    now: datetime,
    kind: NotificationKind = NotificationKind.ALERT_CREATED,
) -> list[Notification]:
    """Add the notifications of one alert; give those that are new."""
    alert = session.get_one(Alert, alert_id)
    outlet_id = session.get_one(Article, alert.article_id).outlet_id
    due = DueAlert(alert_id, alert.watch_list_id, alert.story_id, outlet_id, channel_ids, data, kind)
    uids = enqueue_all(session, [due], now=now)
    rows = select(Notification).where(col(Notification.uid).in_(uids)).order_by(col(Notification.id))
    return list(session.exec(rows)) if uids else []
