"""Alerts from the archive, for a watch list that is new or was widened. Running it again makes nothing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from alerts.documents import archived_document, to_document
from alerts.matching import Matcher
from alerts.raising.raise_alerts import Found, notify, raise_alert, store_mentions
from alerts.raising.relevance import relevance
from alerts.raising.volume import count_article, count_source
from alerts.values import Mention
from service.watching.compiling import matcher_of_stored
from service.watching.editing import facts_of
from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.engine import Database
from storage.rows import id_of
from storage.stores.articles.archive import articles_since, whole_article
from storage.stores.stories.story_outlets import outlets_in_story
from storage.stores.stories.story_rows import mention_in_story
from storage.stores.watch.watch_lists import WatchFacts, chunks
from storage.tables import Alert, AlertArticle, ArticleState

AT_ONCE = 100
"""Articles of one transaction."""


@dataclass(slots=True)
class BackfillReport:
    """What came of a backfill."""

    watch: str
    searched: int = 0
    articles: int = 0
    """Articles with a mention."""
    new_alerts: int = 0
    notifications: int = 0
    """Queued now; a channel is never told of an alert twice."""


def backfill(database: Database, name: str, *, days: int, send: bool, now: datetime) -> BackfillReport:
    """Makes the alerts that a watch list would have made in the last `days` days; tells its channels only if `send`.

    With `send`, alerts are told that an earlier run made without it. Raises `WatchError`.
    """
    report = BackfillReport(name)
    with database.read() as session:
        facts = facts_of(session, name)
        matcher = matcher_of_stored(session, facts)
        hits = []
        for article in articles_since(session, now - timedelta(days=days), only_matched=True):
            report.searched += 1
            if any(mention.watch == name for mention in matcher.match(archived_document(article))):
                hits.append(article.id)
    for some in chunks(hits, AT_ONCE):
        with database.write() as session:
            _store(session, report, facts, matcher, some, send=send, now=now)
    return report


def _store(
    session: Session,
    report: BackfillReport,
    facts: WatchFacts,
    matcher: Matcher,
    article_ids: Sequence[int],
    *,
    send: bool,
    now: datetime,
) -> None:
    hold_lock(session, AdvisoryLock.STORIES)
    for article_id in article_ids:
        article, version, outlet = whole_article(session, article_id)
        if article.state is not ArticleState.MATCHED or article.story_id is None:
            continue  # edited meanwhile: the service matches it anew
        mentions = [
            mention
            for mention in matcher.match(to_document(article, version, outlet))
            if mention.watch == facts.name
        ]
        found = Found(article, version, outlet, article.story_id)
        store_mentions(session, version, facts, mentions)
        score = relevance(mentions, outlets=outlets_in_story(session, found.story_id))
        was_found = _is_attached(session, facts, article_id)
        alert, is_new = raise_alert(session, facts, found, score=score, now=now)
        if alert is not None and not was_found:
            _count(session, facts, found, mentions)
        report.articles += 1
        report.new_alerts += is_new
        if send and alert is not None and alert.article_id == id_of(article):
            report.notifications += len(notify(session, facts, alert, found, mentions, now=now))


def _is_attached(session: Session, facts: WatchFacts, article_id: int) -> bool:
    """Tells whether an alert of the list has the article: then it was counted when it came."""
    known = (
        select(AlertArticle.alert_id)
        .join(Alert, col(Alert.id) == col(AlertArticle.alert_id))
        .where(AlertArticle.article_id == article_id, Alert.watch_list_id == facts.id)
    )
    return session.exec(known).first() is not None


def _count(session: Session, facts: WatchFacts, found: Found, mentions: Sequence[Mention]) -> None:
    """Counts the article for the list and each name in it, on the day on which it was found."""
    at = found.article.found_at
    names = {("actor", m.actor) if m.actor is not None else ("topic", m.topic or "") for m in mentions}
    for kind, name in [("list", ""), *sorted(names)]:
        before = mention_in_story(
            session, story_id=found.story_id, watch_list_id=facts.id, kind=kind, name=name, at=at
        )
        count_article(session, watch_list_id=facts.id, kind=kind, name=name, at=at, story_before=before)
    language = found.article.language
    count_source(session, watch_list_id=facts.id, outlet=found.outlet.name, language=language, at=at)
