"""The matching stage: article ready -> mentions -> story -> alert and notifications. One transaction an article.

An article that its outlet edited is ready again, with a new version. Its mentions are stored like those of the first; an alert is
made only for a watch list that finds something there which it would not have found in the version matched before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from alerts.documents import to_document
from alerts.matching import Matcher
from alerts.raising.edits import tell_gone
from alerts.raising.raise_alerts import Found, dedup_key, notify, raise_alert, raise_spike, store_mentions
from alerts.raising.relevance import relevance
from alerts.raising.updates import due_updates, wants_update
from alerts.raising.volume import count_article, count_source, day_and_rhythm, is_spike
from alerts.search import index_version
from alerts.stories import fingerprint
from alerts.stories.keeper import StoryKeeper, Windows
from alerts.values import Mention
from alerts.watchlists.live import FEWEST_PENDING, Compiled, LiveWatchLists
from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.engine import DATABASE_FAILS, Database
from storage.rows import id_of
from storage.stores.articles.archive import whole_article
from storage.stores.articles.page_claims import ready_article_ids
from storage.stores.stories.story_outlets import outlets_in_story
from storage.stores.stories.story_rows import link_related, mention_in_story
from storage.stores.watch.watch_lists import WatchFacts
from storage.tables import (
    Alert,
    AlertPolicy,
    Article,
    ArticleState,
    ArticleVersion,
    NotificationKind,
    Outlet,
)

log = structlog.get_logger(__name__)

BATCH = 100
SET_ASIDE_FOR = timedelta(hours=1)
"""An article that can't be matched must not keep the others from it."""


@dataclass(frozen=True, slots=True)
class MatchReport:
    """What came of one article, for people and logs."""

    outlet: str
    url: str
    title: str
    mentions: tuple[Mention, ...]
    new_alerts: tuple[int, ...]
    attached_alerts: tuple[int, ...]
    """Alerts that stood already and to which this article was attached."""


class MatchStage:
    """Matches what is ready. Edits of watch lists, whoever makes them, count from the next step on."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        on_match: Callable[[MatchReport], None] = lambda _report: None,
        fewest_pending: int = FEWEST_PENDING,
        windows: Windows | None = None,
    ) -> None:
        self.watch_lists = LiveWatchLists(database, fewest_pending=fewest_pending)
        self._database = database
        self._clock = clock
        self._on_match = on_match
        self._set_aside: dict[int, datetime] = {}
        self._stories = StoryKeeper(windows)

    async def load(self) -> None:
        """Reads and compiles the watch lists."""
        await self.watch_lists.load()

    async def close(self) -> None:
        """Stops what goes on in the background."""
        await self.watch_lists.close()

    async def step(self) -> int:
        """Takes in edited watch lists, and matches the articles that are ready, up to a hundred; gives how many were matched."""
        await self.watch_lists.refresh()
        compiled = self.watch_lists.current
        self._set_aside = {
            article: since
            for article, since in self._set_aside.items()
            if abs(self._clock() - since) < SET_ASIDE_FOR
        }
        ids = await self._database.reading(
            partial(ready_article_ids, limit=BATCH, skip=frozenset(self._set_aside))
        )
        matched = 0
        for article_id in ids:
            try:
                report = await self._database.writing(
                    partial(self._match, compiled=compiled, article_id=article_id)
                )
            except DATABASE_FAILS:  # no fault of the article's
                self._stories.forget()
                raise
            except Exception:
                log.exception(
                    "article could not be matched; it is tried again in an hour", article=article_id
                )
                self._set_aside[article_id] = self._clock()
                self._stories.forget()
                continue
            if report is not None:
                matched += 1
                _log(report)
                self._on_match(report)
        await self._tell_updates(compiled)
        return matched

    async def _tell_updates(self, compiled: Compiled) -> None:
        """Tells of the alerts whose updates are due."""
        lists = {watched.id: watched for watched in compiled.lists.values()}
        due = await self._database.reading(partial(due_updates, now=self._clock(), limit=BATCH))
        for alert_id in due:
            await self._database.writing(
                partial(self._tell_update, lists=lists, matcher=compiled.matcher, alert_id=alert_id)
            )

    def _tell_update(
        self, session: Session, *, lists: dict[int, WatchFacts], matcher: Matcher, alert_id: int
    ) -> None:
        hold_lock(session, AdvisoryLock.STORIES)
        alert = session.get_one(Alert, alert_id)
        now = self._clock()
        if alert.update_due_at is None or alert.update_due_at > now:
            return  # another process has told it
        watched = lists.get(alert.watch_list_id)
        if watched is None:
            alert.update_due_at, alert.update_reasons = None, []
            return
        article, version, outlet = whole_article(session, alert.article_id)
        mentions = [
            m for m in matcher.match(to_document(article, version, outlet)) if m.watch == watched.name
        ]
        found = Found(article, version, outlet, alert.story_id)
        reasons = tuple(alert.update_reasons)
        notify(
            session,
            watched,
            alert,
            found,
            mentions,
            now=now,
            kind=NotificationKind.ALERT_UPDATED,
            changes=reasons,
        )
        log.debug("alert updated", alert=alert_id, reasons=reasons)

    def _match(self, session: Session, *, compiled: Compiled, article_id: int) -> MatchReport | None:
        """Takes one article all the way; None where another process has done so meanwhile."""
        hold_lock(session, AdvisoryLock.STORIES)
        article = session.exec(
            select(Article)
            .where(col(Article.id) == article_id, col(Article.state) == ArticleState.READY)
            .with_for_update(skip_locked=True)
        ).first()
        if article is None:
            return None
        try:
            return self._take(session, article, compiled)
        except DBAPIError:
            self._stories.forget()  # what was decided is rolled back
            raise

    def _take(self, session: Session, article: Article, compiled: Compiled) -> MatchReport:
        article_id = id_of(article)
        now = self._clock()
        outlet = session.get_one(Outlet, article.outlet_id)
        version = _version(session, article_id, article.version)
        version.fingerprint = fingerprint(version.title, version.text)
        is_first = not article.matched_version
        self._stories.decide(session, article, version, now=now)
        found = Found(article, version, outlet, article.story_id or 0)
        mentions = compiled.matcher.match(to_document(article, version, outlet))
        before = _names_before(session, compiled.matcher, found)
        new: list[int] = []
        attached: list[int] = []
        for name, mentioned in _by_watch_list(mentions).items():
            watched = compiled.lists.get(name)
            if watched is None:
                continue
            store_mentions(session, version, watched, mentioned)
            is_news = any(_name(mention) not in before for mention in mentioned)
            joined, spiking = _count(session, watched, found, mentioned, is_first=is_first, now=now)
            related = _relate(session, watched, found, mentioned, now=now)
            if related is not None:
                told = f"related story in {article.language}, by {outlet.name}: {version.title}"
                wants_update(session, watched, related, [told], now=now)
            score = relevance(mentioned, outlets=outlets_in_story(session, found.story_id))
            alert, is_new = raise_alert(
                session, watched, found, score=score, now=now, may_make=is_news and related is None
            )
            for actor, count, usual in spiking:
                own = [mention for mention in mentioned if mention.actor == actor]
                spike = raise_spike(session, watched, found, actor, own, count=count, usual=usual, now=now)
                if spike is not None:
                    new.append(id_of(spike))
            if alert is None:
                continue
            if is_new:
                notify(session, watched, alert, found, mentioned, now=now)
            else:
                reasons = [f"{name} is mentioned now" for name in joined]
                if not is_first:
                    reasons.append(f"{outlet.name} changed its article")
                wants_update(session, watched, alert, reasons, now=now)
            (new if is_new else attached).append(id_of(alert))
        tell_gone(session, compiled.lists, found, before - {_name(m) for m in mentions}, now=now)
        index_version(session, version)
        article.state = ArticleState.MATCHED
        article.matched_at, article.matched_version = now, article.version
        return MatchReport(outlet.name, article.url, version.title, mentions, tuple(new), tuple(attached))


def _version(session: Session, article_id: int, number: int) -> ArticleVersion:
    return session.exec(
        select(ArticleVersion).where(ArticleVersion.article_id == article_id, ArticleVersion.number == number)
    ).one()


def _count(
    session: Session,
    watched: WatchFacts,
    found: Found,
    mentions: Sequence[Mention],
    *,
    is_first: bool,
    now: datetime,
) -> tuple[list[str], list[tuple[str, int, float]]]:
    """Counts the article for the list and each name in it.

    Gives the actors that the story did not mention before, and those that spike, with today's and the usual number of articles.
    """
    at = min(found.article.found_at, now)
    names = {("actor", m.actor) if m.actor is not None else ("topic", m.topic or "") for m in mentions}
    joined, spiking = [], []
    for kind, name in [("list", ""), *sorted(names)]:
        before = mention_in_story(
            session, story_id=found.story_id, watch_list_id=watched.id, kind=kind, name=name, at=at
        )
        if before is None and kind == "actor":
            joined.append(name)
        if not is_first:
            continue
        count_article(session, watch_list_id=watched.id, kind=kind, name=name, at=at, story_before=before)
        if watched.spikes and kind == "actor":
            count, past = day_and_rhythm(session, watch_list_id=watched.id, name=name, at=at)
            if is_spike(count, past):
                spiking.append((name, count, sum(past) / len(past)))
    if is_first:
        language = found.article.language
        count_source(session, watch_list_id=watched.id, outlet=found.outlet.name, language=language, at=at)
    return joined, spiking


def _relate(
    session: Session, watched: WatchFacts, found: Found, mentions: Sequence[Mention], *, now: datetime
) -> Alert | None:
    """Links the story with related ones; gives the alert of one, where this story has no alert of its own."""
    actors = sorted({mention.actor for mention in mentions if mention.actor is not None})
    linked = link_related(
        session,
        story_id=found.story_id,
        watch_list_id=watched.id,
        actors=actors,
        language=found.article.language,
        now=now,
    )
    if watched.alert is not AlertPolicy.STORY or not linked:
        return None
    keys = {dedup_key(watched, story_id=story, article_id=0): story for story in (found.story_id, *linked)}
    alerts = {
        alert.dedup_key: alert for alert in session.exec(select(Alert).where(col(Alert.dedup_key).in_(keys)))
    }
    if dedup_key(watched, story_id=found.story_id, article_id=0) in alerts:
        return None
    return min(alerts.values(), key=id_of, default=None)


def _names_before(
    session: Session, matcher: Matcher, found: Found
) -> set[tuple[str, str | None, str | None]]:
    """Gives whom the version matched before mentions, by the rules of now: an edited watch list makes no old text new."""
    number = found.article.matched_version
    if not number:
        return set()
    version = _version(session, id_of(found.article), number)
    return {_name(mention) for mention in matcher.match(to_document(found.article, version, found.outlet))}


def _name(mention: Mention) -> tuple[str, str | None, str | None]:
    return mention.watch, mention.actor, mention.topic


def _by_watch_list(mentions: Sequence[Mention]) -> dict[str, list[Mention]]:
    by_watch_list: dict[str, list[Mention]] = defaultdict(list)
    for mention in mentions:
        by_watch_list[mention.watch].append(mention)
    return by_watch_list


def _log(report: MatchReport) -> None:
    for alert in report.new_alerts:
        log.debug("alert created", alert=alert, outlet=report.outlet, url=report.url)
    for alert in report.attached_alerts:
        log.debug("article joined an alert", alert=alert, outlet=report.outlet, url=report.url)
