"""Alerts as rows, for tests of how they are dealt with."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from storage.rows import id_of
from storage.stores.alerts.triage import UNHANDLED, Handling, handling_of
from storage.tables import Alert, AlertArticle, Story, WatchListRow
from tests.archive import add_article
from tests.conftest import START


def add_alert(session: Session, title: str, *, at: datetime = START, text: str = "") -> int:
    """Add an alert of an article with this title; return its number."""
    watch = session.exec(select(WatchListRow)).first()
    if watch is None:
        watch = WatchListRow(name="W", created_at=START)
        session.add(watch)
        session.flush()
    article = add_article(session, title, text or f"{title}.", at=at)
    story = Story(created_at=at)
    session.add(story)
    session.flush()
    alert = Alert(
        watch_list_id=id_of(watch),
        story_id=id_of(story),
        article_id=article,
        dedup_key=f"test:{article}",
        created_at=at,
        came_out_at=at,
    )
    session.add(alert)
    session.flush()
    session.add(AlertArticle(alert_id=id_of(alert), article_id=article, attached_at=at))
    session.flush()
    return id_of(alert)


def handling(session: Session, number: int) -> Handling:
    """Return how an alert is dealt with."""
    return handling_of(session, [number]).get(number, UNHANDLED)
