"""Alerts that grow: what is worth telling of an alert again, when, and what the story has become."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from alerts.delivery.payload import Growth, OtherArticle, RelatedStory, StoryFacts
from storage.rows import id_of
from storage.stores.alerts.alert_details import alert_articles
from storage.stores.stories.story_rows import related_stories
from storage.stores.watch.watch_lists import WatchFacts
from storage.tables import Alert, Article, ArticleVersion, Outlet

MOST_STEPS = 20


def story_facts(session: Session, alert: Alert) -> StoryFacts:
    """Gives what the story of an alert has become."""
    rows = alert_articles(session, id_of(alert))
    seen: set[str] = set()
    growth: list[Growth] = []
    for number, (_article, _title, outlet, attached_at) in enumerate(rows, start=1):
        if outlet not in seen or number == len(rows):
            seen.add(outlet)
            growth.append(Growth(at=attached_at, articles=number, outlets=len(seen)))
    lead = _lead(session, rows)
    return StoryFacts(
        score_reason=alert.score_reason,
        reason=alert.reason,
        lead=lead,
        outlets=len(seen),
        languages=tuple(dict.fromkeys(row[0].language for row in rows if row[0].language)),
        growth=tuple(growth[:1] + growth[1:][-MOST_STEPS:]),
        related=tuple(_related(session, alert.story_id)),
    )


def wants_update(
    session: Session, watched: WatchFacts, alert: Alert, reasons: Sequence[str], *, now: datetime
) -> None:
    """Notes what an alert is to be told again for; it is told at once, or when the list's interval has passed."""
    alert.updated_at = now
    outlets = len({outlet for _article, _title, outlet, _at in alert_articles(session, id_of(alert))})
    doubled = f"{outlets} outlets tell it; there were {alert.told_outlets}"
    wanted = [
        reason for reason in alert.update_reasons if not reason.endswith(f"there were {alert.told_outlets}")
    ]
    if outlets >= 2 * alert.told_outlets:
        wanted.append(doubled)
    wanted += [reason for reason in reasons if reason not in wanted]
    if not wanted:
        return
    alert.update_reasons = wanted
    if alert.update_due_at is None:
        told = alert.told_at or alert.created_at
        alert.update_due_at = max(now, told + watched.update_interval)


def due_updates(session: Session, *, now: datetime, limit: int) -> list[int]:
    """Gives the alerts whose updates are due."""
    rows = session.exec(
        select(Alert.id)
        .where(col(Alert.update_due_at) <= now)
        .order_by(col(Alert.update_due_at))
        .limit(limit)
    )
    return [number for number in rows if number is not None]


def _lead(session: Session, rows: Sequence[tuple[Article, str, str, datetime]]) -> OtherArticle | None:
    """Gives the original that a copy names, if it is among them, else the earliest."""
    if not rows:
        return None
    by_url = {row[0].canonical_url: row for row in rows}
    for article, *_rest in rows:
        named = by_url.get(article.declared_url or "")
        if named is not None and named[0] is not article:
            return _told(named)
    return _told(min(rows, key=lambda row: (row[0].published_at or row[0].found_at, id_of(row[0]))))


def _told(row: tuple[Article, str, str, datetime]) -> OtherArticle:
    article, title, outlet, _at = row
    return OtherArticle(outlet=outlet, title=title, url=article.url)


def _related(session: Session, story_id: int) -> list[RelatedStory]:
    found = []
    for other, actors in related_stories(session, story_id):
        row = session.exec(
            select(Article, ArticleVersion.title, Outlet.name)
            .join(
                ArticleVersion,
                (col(ArticleVersion.article_id) == col(Article.id))
                & (col(ArticleVersion.number) == col(Article.version)),
            )
            .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
            .where(col(Article.story_id) == other)
            .order_by(col(Article.id))
            .limit(1)
        ).first()
        if row is not None:
            article, title, outlet = row
            found.append(
                RelatedStory(
                    story_id=other,
                    title=title,
                    outlet=outlet,
                    url=article.url,
                    language=article.language,
                    actors=tuple(actors),
                )
            )
    return found
