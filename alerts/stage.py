"""The matching stage: article ready -> mentions -> story -> alert and notifications. One transaction an article."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlmodel import Session, col, select

from alerts.delivery.outbox import enqueue
from alerts.delivery.payload import ArticleFacts, OtherArticle, build_alert_data
from alerts.matching import Matcher, compile_matcher
from alerts.stories import fingerprint
from alerts.values import Actor, Document, Mention, Topic, WatchList
from storage.engine import Database
from storage.queries.articles import ready_article_ids
from storage.queries.stories import others_in_story, story_of_copy
from storage.queries.watch import Watched, watch_lists
from storage.rows import id_of
from storage.tables import (
    Alert,
    AlertArticle,
    AlertPolicy,
    Article,
    ArticleState,
    ArticleVersion,
    Outlet,
    Story,
)
from storage.tables import Mention as MentionRow

log = structlog.get_logger(__name__)

BATCH = 100
OTHER_ARTICLES = 10
"""At most so many articles of the same story are told of beside the one that raised an alert."""


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
    """Matches what is ready. The watch lists are those that `load` read last."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        on_match: Callable[[MatchReport], None] = lambda _report: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_match = on_match
        self._watched: dict[str, Watched] = {}
        self._matcher: Matcher = compile_matcher(())
        self._set_aside: set[int] = set()

    async def load(self) -> None:
        """Reads and compiles the watch lists. Raises `QueryError` for a topic that can't be used."""
        watched = await self._database.reading(watch_lists)
        self._matcher = compile_matcher([_to_value(item) for item in watched])
        self._watched = {item.name: item for item in watched}

    async def step(self) -> int:
        """Matches the articles that are ready, up to a hundred; gives how many were matched."""
        ids = await self._database.reading(
            partial(ready_article_ids, limit=BATCH, skip=frozenset(self._set_aside))
        )
        matched = 0
        for article_id in ids:
            try:
                report = await self._database.writing(partial(self._match, article_id=article_id))
            except Exception:
                log.exception(
                    "article could not be matched; it is tried again after a restart", article=article_id
                )
                self._set_aside.add(article_id)
                continue
            if report is not None:
                matched += 1
                _log(report)
                self._on_match(report)
        return matched

    def _match(self, session: Session, *, article_id: int) -> MatchReport | None:
        """Takes one article all the way; None where another process has done so meanwhile."""
        article = session.exec(
            select(Article)
            .where(col(Article.id) == article_id, col(Article.state) == ArticleState.READY)
            .with_for_update(skip_locked=True)
        ).first()
        if article is None:
            return None
        now = self._clock()
        outlet = session.get_one(Outlet, article.outlet_id)
        version = session.exec(
            select(ArticleVersion).where(
                ArticleVersion.article_id == article_id, ArticleVersion.number == article.version
            )
        ).one()
        document = Document(
            title=version.title,
            text=version.text,
            language=article.language,
            url=article.url,
            outlet=outlet.name,
            country=outlet.country,
            author=", ".join(article.authors) or None,
        )
        mentions = self._matcher.match(document)
        version.fingerprint = fingerprint(version.title, version.text)
        if article.story_id is None:
            article.story_id = _find_story(session, article, version.fingerprint, now)
        by_watch_list: dict[str, list[Mention]] = defaultdict(list)
        for mention in mentions:
            by_watch_list[mention.watch].append(mention)
        new: list[int] = []
        attached: list[int] = []
        for name, found in by_watch_list.items():
            watched = self._watched[name]
            _store_mentions(session, version, watched, found)
            alert, is_new = _alert_for(session, watched, article, article.story_id, now)
            if is_new:
                facts = _facts(article, outlet, version)
                data = build_alert_data(
                    alert_id=id_of(alert),
                    watch_list=name,
                    story_id=article.story_id,
                    created_at=now,
                    article=facts,
                    document=document,
                    mentions=found,
                    other_articles=[
                        OtherArticle(outlet=name, title=title, url=url)
                        for name, title, url in others_in_story(
                            session, article.story_id, id_of(article), limit=OTHER_ARTICLES
                        )
                    ],
                )
                enqueue(session, alert_id=id_of(alert), channel_ids=watched.channel_ids, data=data, now=now)
            (new if is_new else attached).append(id_of(alert))
        article.state = ArticleState.MATCHED
        article.matched_at = now
        return MatchReport(outlet.name, article.url, version.title, mentions, tuple(new), tuple(attached))


def _find_story(session: Session, article: Article, text_fingerprint: str | None, now: datetime) -> int:
    known = story_of_copy(session, article, text_fingerprint)
    if known is not None:
        return known
    story = Story(created_at=now)
    session.add(story)
    session.flush()
    return id_of(story)


def _alert_for(
    session: Session, watched: Watched, article: Article, story_id: int, now: datetime
) -> tuple[Alert, bool]:
    """Gives the alert that this article belongs to, made now if there is none yet, and whether it is new."""
    article_id = id_of(article)
    scope = f"story:{story_id}" if watched.alert is AlertPolicy.STORY else f"article:{article_id}"
    dedup_key = f"{watched.id}:{scope}"
    alert = session.exec(select(Alert).where(Alert.dedup_key == dedup_key)).first()
    is_new = alert is None
    if alert is None:
        alert = Alert(
            watch_list_id=watched.id,
            story_id=story_id,
            article_id=article_id,
            dedup_key=dedup_key,
            created_at=now,
        )
        session.add(alert)
        session.flush()
    if session.get(AlertArticle, (id_of(alert), article_id)) is None:
        session.add(AlertArticle(alert_id=id_of(alert), article_id=article_id, attached_at=now))
    return alert, is_new


def _store_mentions(
    session: Session, version: ArticleVersion, watched: Watched, mentions: Sequence[Mention]
) -> None:
    actors = {actor.name: actor.id for actor in watched.actors}
    topics = {topic.name: topic.id for topic in watched.topics}
    for mention in mentions:
        session.add(
            MentionRow(
                version_id=id_of(version),
                watch_list_id=watched.id,
                kind="actor" if mention.actor is not None else "topic",
                name=mention.actor or mention.topic or "",
                actor_id=actors.get(mention.actor or ""),
                topic_id=topics.get(mention.topic or ""),
                field=mention.field,
                start=mention.start,
                end=mention.end,
                surface=mention.surface,
                rule=mention.rule,
            )
        )


def _facts(article: Article, outlet: Outlet, version: ArticleVersion) -> ArticleFacts:
    return ArticleFacts(
        id=id_of(article),
        url=article.url,
        title=version.title,
        outlet=outlet.name,
        country=outlet.country,
        language=article.language,
        authors=tuple(article.authors),
        published_at=article.published_at,
    )


def _to_value(watched: Watched) -> WatchList:
    return WatchList(
        name=watched.name,
        languages=watched.languages,
        actors=tuple(
            Actor(
                name=actor.name,
                aliases=tuple(name for name in actor.names if name != actor.name),
                surname=actor.surname,
                context=actor.context,
                exclude=actor.exclude,
            )
            for actor in watched.actors
        ),
        topics=tuple(Topic(name=topic.name, query=topic.query) for topic in watched.topics),
    )


def _log(report: MatchReport) -> None:
    for alert in report.new_alerts:
        log.info("alert created", alert=alert, outlet=report.outlet, url=report.url)
    for alert in report.attached_alerts:
        log.info("article joined an alert", alert=alert, outlet=report.outlet, url=report.url)
