"""Alerts from the archive, for a watch list that is new or was widened. Running it again makes nothing twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session

from alerts.documents import archived_document
from alerts.matching import Matcher
from alerts.raising.deciding import decide_backfill
from alerts.raising.found import ArticleFound, keep_best, list_found
from alerts.raising.storing import read_known, store_decisions
from service.actions.acting import act
from service.actions.errors import InvalidError
from service.actions.lookup import find_list, refuse_unless_editor
from service.actions.matchers import matcher_of_stored
from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.engine import Database
from storage.language import _
from storage.stores.alerts.alert_details import FoundMention
from storage.stores.alerts.mentions import NewMention, mentions_in_versions, store_mentions
from storage.stores.articles.archive import articles_since
from storage.stores.articles.match_claims import MatchedArticle, Name, grouped_articles
from storage.stores.watch.watch_edits import count_from
from storage.stores.watch.watch_lists import WatchFacts, chunks
from storage.viewers import looking_as

MOST_DAYS = 3_650
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
    """Queued now; a channel is never sent an alert twice."""


@dataclass(frozen=True, slots=True)
class _Found:
    """An article of the archive, and what is stored of its mentions of the list."""

    article: MatchedArticle
    mentions: Sequence[FoundMention]


@act("watch list", "backfill", about="which", told=("days", "send"))
def backfill(database: Database, which: str | int, *, days: int, send: bool, now: datetime) -> BackfillReport:
    """Make the alerts that a watch list would have made in the last `days` days; notify its channels only if `send`.

    They come in the order in which their articles came out. With `send`, channels are also notified of alerts that an earlier
    run made without it. Raises `ActionError`.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InvalidError(_("choose 1 to {most:,} days", most=MOST_DAYS), key="days")
    with database.read() as session:
        facts = find_list(session, which)
        refuse_unless_editor(session, facts)
        with looking_as(None):
            facts = find_list(session, facts.id)
        report = BackfillReport(facts.name)
        matcher = matcher_of_stored(session, facts)
        hits = []
        for article in articles_since(session, now - timedelta(days=days), only_matched=True):
            report.searched += 1
            if any(mention.watch == facts.name for mention in matcher.match(archived_document(article))):
                hits.append((article.date, article.id))
    for some in chunks(
        [number for _date, number in sorted(hits)], AT_ONCE
    ):  # what came out first comes first
        with database.read() as session:
            articles = sorted(grouped_articles(session, some), key=lambda one: some.index(one.article.id))
        found = [one for article in articles if (one := _match(matcher, facts, article)).mentions]
        with database.write() as session, looking_as(None):  # what users have sent to themselves too
            _store(session, report, facts, found, send=send, now=now)
    with database.write() as session:
        count_from(session, facts.id, now - timedelta(days=days))
    return report


def _store(
    session: Session,
    report: BackfillReport,
    facts: WatchFacts,
    found: Sequence[_Found],
    *,
    send: bool,
    now: datetime,
) -> None:
    hold_lock(session, AdvisoryLock.STORIES)
    by_id = {one.article.article.id: one for one in found}
    current = {one.article.id: one.version for one in grouped_articles(session, by_id)}
    kept = [  # what was edited meanwhile the service matches anew
        one for number, one in by_id.items() if current.get(number) == one.article.version
    ]
    before = mentions_in_versions(session, [one.article.version_id for one in kept])
    store_mentions(
        session,
        [NewMention(one.article.version_id, facts.id, mention) for one in kept for mention in one.mentions],
    )
    articles = [
        ArticleFound(
            replace(one.article, names_before=_names(facts, before[one.article.version_id])),
            story,
            (list_found(facts, one.mentions),),
        )
        for one in kept
        if (story := one.article.article.story_id) is not None
    ]
    lists = {facts.id: facts}
    known = read_known(session, articles, lists, shard="", now=now)
    decisions = decide_backfill(known, articles, send=send, now=now)
    _ids, notifications = store_decisions(session, decisions, lists, {}, now=now)
    report.articles += len(articles)
    report.new_alerts += len(decisions.made)
    report.notifications += notifications


def _names(facts: WatchFacts, mentions: Mapping[int, Sequence[FoundMention]]) -> frozenset[Name]:
    """Return whom of the list an article was known to mention: it was counted for them when it came."""
    return frozenset((facts.id, one.kind, one.name) for one in mentions.get(facts.id, ()))


def _match(matcher: Matcher, facts: WatchFacts, article: MatchedArticle) -> _Found:
    mentions = (one for one in matcher.match(archived_document(article.article)) if one.watch == facts.name)
    return _Found(article, keep_best(mentions))
