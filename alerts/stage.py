"""The matching stage: article ready -> mentions -> story -> alert and notifications. One transaction an article.

An article that its outlet edited is ready again, with a new version. Its mentions are stored like those of the first; an alert is
made only for a watch list that finds something there which it would not have found in the version matched before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlmodel import Session, col, select

from alerts.documents import to_document
from alerts.matching import Matcher
from alerts.raising import Found, notify, raise_alert, store_mentions
from alerts.search import index_version
from alerts.stories import fingerprint
from alerts.values import Mention
from alerts.watchlists.live import FEWEST_PENDING, Compiled, LiveWatchLists
from storage.engine import Database
from storage.queries.articles import ready_article_ids
from storage.queries.stories import story_of_copy
from storage.rows import id_of
from storage.tables import Article, ArticleState, ArticleVersion, Outlet, Story

log = structlog.get_logger(__name__)

BATCH = 100


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
    ) -> None:
        self.watch_lists = LiveWatchLists(database, fewest_pending=fewest_pending)
        self._database = database
        self._clock = clock
        self._on_match = on_match
        self._set_aside: set[int] = set()

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
        ids = await self._database.reading(
            partial(ready_article_ids, limit=BATCH, skip=frozenset(self._set_aside))
        )
        matched = 0
        for article_id in ids:
            try:
                report = await self._database.writing(
                    partial(self._match, compiled=compiled, article_id=article_id)
                )
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

    def _match(self, session: Session, *, compiled: Compiled, article_id: int) -> MatchReport | None:
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
        version = _version(session, article_id, article.version)
        version.fingerprint = fingerprint(version.title, version.text)
        if article.story_id is None:
            article.story_id = _find_story(session, article, version.fingerprint, now)
        found = Found(article, version, outlet, article.story_id)
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
            alert, is_new = raise_alert(session, watched, found, now=now, may_make=is_news)
            if alert is None:
                continue
            if is_new:
                notify(session, watched, alert, found, mentioned, now=now)
            (new if is_new else attached).append(id_of(alert))
        index_version(session, version)
        article.state = ArticleState.MATCHED
        article.matched_at, article.matched_version = now, article.version
        return MatchReport(outlet.name, article.url, version.title, mentions, tuple(new), tuple(attached))


def _version(session: Session, article_id: int, number: int) -> ArticleVersion:
    return session.exec(
        select(ArticleVersion).where(ArticleVersion.article_id == article_id, ArticleVersion.number == number)
    ).one()


def _find_story(session: Session, article: Article, text_fingerprint: str | None, now: datetime) -> int:
    known = story_of_copy(session, article, text_fingerprint)
    if known is not None:
        return known
    story = Story(created_at=now)
    session.add(story)
    session.flush()
    return id_of(story)


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
        log.info("alert created", alert=alert, outlet=report.outlet, url=report.url)
    for alert in report.attached_alerts:
        log.info("article joined an alert", alert=alert, outlet=report.outlet, url=report.url)
