"""The grouping stage: matched article -> story -> alerts and notifications, in batches, one transaction each.

A batch is of one shard (a language), which one process at a time works on, under a lease with a fencing token. What the articles
become is decided by pure functions; the transaction reads the facts and stores the decisions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from alerts.delivery.excerpts import Excerpt, choose_excerpts
from alerts.documents import archived_document
from alerts.raising.deciding import Decisions, decide_alerts
from alerts.raising.found import ArticleFound, ListFound, list_found
from alerts.raising.joining import Joining
from alerts.raising.storing import merge, read_known, split, store_decisions
from alerts.raising.updating import UpdateSender
from alerts.stories import Traces, read_traces
from alerts.stories.frames import OutletFrames
from alerts.stories.grouper import Merged
from alerts.stories.keeper import StoryKeeper, Windows
from alerts.stories.marks import read_marks
from alerts.values import Document, Mention
from storage.advisory_lock import AdvisoryLock, share_lock
from storage.engine import DATABASE_FAILS, Database
from storage.stores.alerts.mentions import mentions_in_versions
from storage.stores.articles.match_claims import (
    MatchedArticle,
    articles_to_group,
    set_aside,
    still_to_group,
    store_grouped,
)
from storage.stores.articles.page_lessons import frames_of, put_frames
from storage.stores.leases import free_shards, new_owner
from storage.stores.stories.shards import (
    ShardClaim,
    claim_shard,
    hold_shard,
    is_any_to_group,
    release_shard,
)
from storage.stores.stories.story_facts import put_marks
from storage.stores.stories.traces import add_stories, prune_traces, put_traces
from storage.stores.watch.watch_lists import WatchFacts, tracked_lists
from storage.unstored import Unstored

log = structlog.get_logger(__name__)

BATCH = 50
"""Articles of one transaction, which others wait for on SQLite."""
LEASE = timedelta(minutes=1)
SET_ASIDE_FOR = timedelta(hours=1)
"""An article that can't be grouped must not keep the others from it."""
PRUNED_EVERY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class MatchReport:
    """What came of one article, for people and logs."""

    outlet: str
    url: str
    title: str
    mentions: tuple[Mention, ...]
    """The first and best of them."""
    new_alerts: tuple[int, ...]
    attached_alerts: tuple[int, ...]
    """Alerts that stood already and to which this article was attached."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A matched article with what is worked out before the transaction."""

    article: MatchedArticle
    traces: Traces
    lists: tuple[ListFound, ...]
    marks: tuple[str, ...] = ()
    """Numbers, dates and names that it says, where it mentions anybody."""
    excerpts: Mapping[int, tuple[Excerpt, ...]] = field(default_factory=dict)
    """By watch list."""


@dataclass(frozen=True, slots=True)
class _Batch:
    """A claimed shard, and some of its articles."""

    shard: ShardClaim
    articles: Sequence[_Prepared]
    lists: Mapping[int, WatchFacts]
    frames: Mapping[int, bytes]
    """What its outlets put around their news, as it is known now."""


class GroupStage:
    """Puts matched articles into stories, raises alerts, and sends the updates of those that stand."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        owner: str | None = None,
        on_match: Callable[[MatchReport], None] = lambda _report: None,
        windows: Windows | None = None,
        joining: Joining | None = None,
    ) -> None:
        """`joining`: by whose vectors stories of two languages are one, if by anybody's."""
        self._database = database
        self._clock = clock
        self._owner = owner or new_owner()
        self._on_match = on_match
        self._stories = StoryKeeper(windows)
        self._joining = joining
        self._updates = UpdateSender(database, clock=clock)
        self._pruned_at: datetime | None = None
        self._unstored = Unstored(database, lambda session: free_shards(session, self._owner))

    async def step(self) -> int:
        """Group a batch of one shard, then send the updates that are due; give how many articles were grouped."""
        await self._unstored.free()
        with self._unstored.noticed():
            grouped = await self._group()
        await self._updates.step()
        return grouped

    async def _group(self) -> int:
        await self._prune()
        if not await self._database.reading(is_any_to_group, now=self._clock()):
            return 0
        shard = await self._database.writing(claim_shard, now=self._clock(), owner=self._owner, lease=LEASE)
        if shard is None:  # others work on all that have some
            return 0
        articles, lists, frames = await self._database.reading(self._read, shard=shard)
        prepared, failed = await asyncio.to_thread(_prepare_all, articles, frames)
        if failed:
            await self._set_aside(shard, failed)
        return await self._store(_Batch(shard, prepared, lists, frames.learned()))

    async def _store(self, batch: _Batch) -> int:
        """Store a batch; where it fails by one of its articles, each alone."""
        try:
            reports = await self._database.writing(self._decide, batch=batch)
        except DATABASE_FAILS:
            raise
        except Exception as error:
            if len(batch.articles) > 1:
                return sum([await self._store(replace(batch, articles=[one])) for one in batch.articles])
            ids = [one.article.article.id for one in batch.articles]
            log.exception("article could not be grouped; retrying in an hour", article=ids, error=str(error))
            await self._set_aside(batch.shard, ids)
            return 0
        if reports is None:
            return 0  # another process has claimed the shard, or the articles have newer versions
        version, found = reports
        self._stories.confirm(batch.shard.name, version)
        for report in found:
            _log(report)
            self._on_match(report)
        return len(found)

    async def _set_aside(self, shard: ShardClaim, ids: Sequence[int]) -> None:
        """Set articles aside, unless another process has claimed the shard."""
        until = self._clock() + SET_ASIDE_FOR

        def run(session: Session) -> None:
            if hold_shard(session, shard) is not None:
                set_aside(session, ids, until=until)

        await self._database.writing(run)

    async def _prune(self) -> None:
        """Empty traces that have left the windows, now and then."""
        now = self._clock()
        if self._pruned_at is not None and now - self._pruned_at < PRUNED_EVERY:
            return
        windows = self._stories.windows
        await self._database.writing(
            prune_traces, now=now, copies_window=windows.copies, stories_window=windows.stories
        )
        self._stories.tidy()
        self._pruned_at = now

    def _read(
        self, session: Session, *, shard: ShardClaim
    ) -> tuple[list[tuple[MatchedArticle, tuple[ListFound, ...]]], dict[int, WatchFacts], OutletFrames[int]]:
        lists = {watched.id: watched for watched in tracked_lists(session)}
        articles = articles_to_group(session, shard.name, now=self._clock(), limit=BATCH)
        mentions = mentions_in_versions(session, [article.version_id for article in articles])
        found = [
            (
                article,
                tuple(
                    list_found(lists[number], own)
                    for number, own in sorted(
                        mentions[article.version_id].items(),
                        key=lambda item: lists[item[0]].name if item[0] in lists else "",
                    )
                    if number in lists
                ),
            )
            for article in articles
        ]
        return found, lists, OutletFrames(frames_of(session, {article.outlet_id for article in articles}))

    def _decide(self, session: Session, *, batch: _Batch) -> tuple[int, list[MatchReport]] | None:
        """Decide on a batch and store it; give the shard's new version and what came of each. None where nothing was decided."""
        now, shard = self._clock(), batch.shard
        share_lock(session, AdvisoryLock.STORIES)
        before = hold_shard(session, shard)
        if before is None:
            return None
        waiting = {
            article.article.id: article
            for article in still_to_group(session, [one.article for one in batch.articles])
        }
        kept = [
            (waiting[one.article.article.id], one)
            for one in batch.articles
            if one.article.article.id in waiting
        ]
        if not kept:
            release_shard(session, shard, version=before)
            return None
        version = before + 1
        pairs = [(article, one.traces) for article, one in kept]
        stories = self._stories.decide(session, shard.name, before, pairs, now=now)
        add_stories(session, stories.new, shard.name, now=now)
        put_traces(session, shard.name, stories.traces, replaced=stories.replaced)
        put_frames(session, batch.frames)
        put_marks(session, {article.article.id: one.marks for article, one in kept if one.marks})
        for change in stories.changes:
            if isinstance(change, Merged):
                merge(session, [(change.kept, change.gone)], version=version, now=now)
            else:
                places = (change.story, change.new, change.placed)
                split(session, *places, batch.lists, version=version, now=now)
        found = [
            ArticleFound(article, stories.stories[article.article.id], one.lists, one.marks)
            for article, one in kept
        ]
        known = read_known(
            session,
            found,
            batch.lists,
            new_stories=stories.new,
            shard=shard.name,
            now=now,
            joining=self._joining,
        )
        decisions = decide_alerts(known, found, batch.lists, shard=shard.name, now=now)
        excerpts = {
            (article.article.id, number): chosen
            for article, one in kept
            for number, chosen in one.excerpts.items()
        }
        ids, _count = store_decisions(session, decisions, batch.lists, excerpts, now=now)
        store_grouped(session, stories.stories, [article for article, _one in kept])
        release_shard(session, shard, version=version)
        return version, [_report(one, decisions, ids) for one in found]


def _prepare_all(
    articles: Sequence[tuple[MatchedArticle, tuple[ListFound, ...]]], frames: OutletFrames[int]
) -> tuple[list[_Prepared], list[int]]:
    """Work out what needs no transaction; give also the ids of articles that can't be grouped."""
    prepared, failed = [], []
    for article, lists in articles:
        try:
            prepared.append(_prepare(article, lists, frames))
        except Exception:
            log.exception("article could not be grouped; retrying in an hour", article=article.article.id)
            failed.append(article.article.id)
    return prepared, failed


def _prepare(article: MatchedArticle, lists: tuple[ListFound, ...], frames: OutletFrames[int]) -> _Prepared:
    document = archived_document(article.article)
    is_new = article.article.story_id is None
    bare = frames.without(article.outlet_id, document.title, document.text, is_new=is_new)
    return _Prepared(
        article=article,
        traces=read_traces(document.title, document.text, bare=bare),
        lists=lists,
        marks=_marks(article, document) if lists else (),
        excerpts={of_list.watched.id: choose_excerpts(document, of_list.mentions) for of_list in lists},
    )


def _marks(article: MatchedArticle, document: Document) -> tuple[str, ...]:
    at = article.article.date
    return read_marks(document.title, document.lead or document.text, language=document.language, at=at)


def _report(found: ArticleFound, decisions: Decisions, ids: Mapping[str, int]) -> MatchReport:
    article = found.article.article
    return MatchReport(
        article.outlet,
        article.url,
        article.title,
        tuple(mention for of_list in found.lists for mention in of_list.mentions),
        tuple(ids[key] for key in decisions.new_of[article.id]),
        tuple(ids[key] for key in decisions.joined_by[article.id]),
    )


def _log(report: MatchReport) -> None:
    for alert in report.new_alerts:
        log.debug("alert created", alert=alert, outlet=report.outlet, url=report.url)
    for alert in report.attached_alerts:
        log.debug("article joined an alert", alert=alert, outlet=report.outlet, url=report.url)
