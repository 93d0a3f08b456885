"""Edits that take a tracked name out of an article: the alert that it raised is told of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import Session, select

from alerts.raising.raise_alerts import Found, dedup_key
from alerts.raising.updates import wants_update
from storage.rows import id_of
from storage.stores.watch.watch_lists import WatchFacts
from storage.tables import Alert

Name = tuple[str, str | None, str | None]
"""A watch list, and its actor or topic."""


def tell_gone(
    session: Session, lists: Mapping[str, WatchFacts], found: Found, gone: Collection[Name], *, now: datetime
) -> None:
    """Notes, on the alerts that stand, which names an article no longer mentions since its outlet edited it."""
    for watch in sorted({name[0] for name in gone}):
        watched = lists.get(watch)
        if watched is None:
            continue
        key = dedup_key(watched, story_id=found.story_id, article_id=id_of(found.article))
        alert = session.exec(select(Alert).where(Alert.dedup_key == key)).first()
        if alert is None:
            continue
        names = sorted(actor or topic or "" for list_name, actor, topic in gone if list_name == watch)
        reasons = [f"{name} is no longer mentioned by {found.outlet.name}" for name in names]
        wants_update(session, watched, alert, reasons, now=now)
