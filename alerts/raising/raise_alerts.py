"""Mentions become rows, and an alert where none stands: one for each watch list and story (or article)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from alerts.delivery.outbox import enqueue
from alerts.delivery.payload import OtherArticle, build_alert_data
from alerts.documents import to_document, to_facts
from alerts.raising.relevance import Score, relevance
from alerts.raising.updates import story_facts
from alerts.values import Mention
from storage.rows import id_of
from storage.stores.stories.story_outlets import others_in_story
from storage.stores.watch.watch_lists import WatchFacts, ids_of
from storage.tables import (
    Actor,
    Alert,
    AlertArticle,
    AlertKind,
    AlertPolicy,
    Article,
    ArticleVersion,
    Notification,
    NotificationKind,
    Outlet,
    Topic,
)
from storage.tables import Mention as MentionRow

OTHER_ARTICLES = 10
"""At most so many articles of the same story are told of beside the one that raised an alert."""


@dataclass(frozen=True, slots=True)
class Found:
    """An article in a story, with what was found in its current version."""

    article: Article
    version: ArticleVersion
    outlet: Outlet
    story_id: int


def dedup_key(watched: WatchFacts, *, story_id: int, article_id: int) -> str:
    """Gives what makes an alert the only one: the watch list, and the story or article as its policy says."""
    scope = f"story:{story_id}" if watched.alert is AlertPolicy.STORY else f"article:{article_id}"
    return f"{watched.id}:{scope}"


def store_mentions(
    session: Session, version: ArticleVersion, watched: WatchFacts, mentions: Sequence[Mention]
) -> None:
    """Stores the mentions of one watch list in a version. Those that stand there already are left alone."""
    version_id = id_of(version)
    known = {
        (row.kind, row.name, row.field, row.start, row.end)
        for row in session.exec(
            select(MentionRow).where(
                MentionRow.version_id == version_id, MentionRow.watch_list_id == watched.id
            )
        )
    }
    actors = ids_of(session, Actor, watched.id, (m.actor for m in mentions if m.actor is not None))
    topics = ids_of(session, Topic, watched.id, (m.topic for m in mentions if m.topic is not None))
    for mention in mentions:
        kind = "actor" if mention.actor is not None else "topic"
        name = mention.actor or mention.topic or ""
        if (kind, name, mention.field, mention.start, mention.end) in known:
            continue
        session.add(
            MentionRow(
                version_id=version_id,
                watch_list_id=watched.id,
                kind=kind,
                name=name,
                actor_id=actors.get(name) if kind == "actor" else None,
                topic_id=topics.get(name) if kind == "topic" else None,
                field=mention.field,
                start=mention.start,
                end=mention.end,
                surface=mention.surface,
                rule=mention.rule,
            )
        )


def raise_alert(
    session: Session,
    watched: WatchFacts,
    found: Found,
    *,
    score: Score | None = None,
    now: datetime,
    may_make: bool = True,
) -> tuple[Alert | None, bool]:
    """Gives the alert that the article belongs to, and whether it was made now; the article is attached to it.

    Where none stands, one is made if `may_make` and the score is high enough for the list; else there is none.
    """
    article_id = id_of(found.article)
    key = dedup_key(watched, story_id=found.story_id, article_id=article_id)
    alert = session.exec(select(Alert).where(Alert.dedup_key == key)).first()
    is_new = alert is None
    if alert is None:
        if not may_make or (score is not None and score.value < watched.min_score):
            return None, False
        alert = Alert(
            watch_list_id=watched.id,
            story_id=found.story_id,
            article_id=article_id,
            dedup_key=key,
            created_at=now,
            kind=AlertKind.STORY if watched.alert is AlertPolicy.STORY else AlertKind.ARTICLE,
            told_at=now,
        )
        session.add(alert)
        session.flush()
    if score is not None and score.value > alert.score:
        alert.score, alert.score_reason = score.value, score.reason
    if session.get(AlertArticle, (id_of(alert), article_id)) is None:
        session.add(AlertArticle(alert_id=id_of(alert), article_id=article_id, attached_at=now))
    return alert, is_new


def notify(
    session: Session,
    watched: WatchFacts,
    alert: Alert,
    found: Found,
    mentions: Sequence[Mention],
    *,
    now: datetime,
    kind: NotificationKind = NotificationKind.ALERT_CREATED,
    changes: Sequence[str] = (),
) -> list[Notification]:
    """Queues the alert on the list's channels: created, where they have not had it, or updated. Gives the new notifications."""
    session.flush()
    others = others_in_story(session, found.story_id, id_of(found.article), limit=OTHER_ARTICLES)
    story = story_facts(session, alert)
    data = build_alert_data(
        alert_id=id_of(alert),
        watch_list=watched.name,
        story_id=found.story_id,
        created_at=alert.created_at,
        article=to_facts(found.article, found.version, found.outlet),
        document=to_document(found.article, found.version, found.outlet),
        mentions=mentions,
        other_articles=[OtherArticle(outlet=name, title=title, url=url) for name, title, url in others],
        score=alert.score,
        changes=changes,
        story=story,
    )
    alert.told_at, alert.told_outlets = now, story.outlets
    alert.update_due_at, alert.update_reasons = None, []
    return enqueue(
        session, alert_id=id_of(alert), channel_ids=watched.channel_ids, data=data, now=now, kind=kind
    )


def raise_spike(
    session: Session,
    watched: WatchFacts,
    found: Found,
    actor: str,
    mentions: Sequence[Mention],
    *,
    count: int,
    usual: float,
    now: datetime,
) -> Alert | None:
    """Makes the alert that an actor has many more articles today than is usual, and tells it; None where it stands already."""
    key = f"{watched.id}:spike:{now.date()}:{actor}"
    if session.exec(select(Alert).where(Alert.dedup_key == key)).first() is not None:
        return None
    score = relevance(mentions)
    alert = Alert(
        watch_list_id=watched.id,
        story_id=found.story_id,
        article_id=id_of(found.article),
        dedup_key=key,
        created_at=now,
        kind=AlertKind.SPIKE,
        score=score.value,
        score_reason=score.reason,
        reason=f"{actor}: {count} articles today, {usual:.1f} is usual for this weekday",
    )
    session.add(alert)
    session.flush()
    session.add(AlertArticle(alert_id=id_of(alert), article_id=id_of(found.article), attached_at=now))
    notify(session, watched, alert, found, mentions, now=now, changes=[alert.reason])
    return alert
