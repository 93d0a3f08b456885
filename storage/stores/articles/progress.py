"""How far the articles at some addresses have come on their way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import exists, func, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.stores.articles.versions import is_current
from storage.tables import (
    Article,
    ArticleState,
    ArticleVersion,
    EntryRow,
    Feed,
    MentionRow,
    Outlet,
    StoryArticle,
    WatchListRow,
)
from storage.troubles import Trouble

T = TypeVar("T")

AT_ONCE = 400
"""Values in one SQL `IN`, twice in a statement: below every database's limit."""


@dataclass(frozen=True, slots=True)
class ArticleProgress:
    """An article and how far it has come. Where `is_old`, it was old news when it came: kept, never matched."""

    id: int
    url: str
    canonical_url: str
    declared_url: str | None
    outlet: str
    title: str
    language: str | None
    published_at: datetime | None
    found_at: datetime
    state: ArticleState
    version: int
    matched_version: int
    grouped_version: int
    text_source: str
    fetch_error: Trouble | None
    fetch_attempts: int
    next_fetch_at: datetime | None
    """When its page is asked for; None where that was done, or there is none."""
    set_aside_until: datetime | None
    """Matching it failed; it is tried again then."""
    is_paywalled: bool
    """Its page says that only a part of it is free."""
    is_old: bool
    was_first_reading: bool = False
    """It stood in its feed when that was read for the first time."""


def article_progress(session: Session, keys: Collection[str]) -> list[ArticleProgress]:
    """Return the articles that are known by one of these keys, or whose pages name one as their own address."""
    found: dict[int, ArticleProgress] = {}
    grouped = exists().where(col(StoryArticle.article_id) == col(Article.id))
    for some in _chunks(dict.fromkeys(keys)):
        query = (
            sa_select(
                *(col(Article.id), col(Article.url), col(Article.canonical_url), col(Article.declared_url)),
                col(Outlet.name),
                func.coalesce(col(ArticleVersion.title), col(Article.feed_title)),
                *(col(Article.language), col(Article.published_at), col(Article.found_at)),
                *(col(Article.state), col(Article.version), col(Article.matched_version)),
                *(col(Article.grouped_version), col(Article.text_source), col(Article.fetch_error)),
                *(col(Article.fetch_attempts), col(Article.next_fetch_at), col(Article.match_lease_until)),
                col(Article.paywalled),
                (col(Article.state) == ArticleState.MATCHED)
                & (col(Article.matched_at) == col(Article.found_at))
                & ~grouped,
            )
            .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
            .outerjoin(ArticleVersion, is_current())
            .where(or_(col(Article.canonical_url).in_(some), col(Article.declared_url).in_(some)))
        )
        for row in session.execute(query):
            found.setdefault(row[0], ArticleProgress(*row))
    old = [article.id for article in found.values() if article.is_old]
    for number in _in_first_reading(session, old):
        found[number] = replace(found[number], was_first_reading=True)
    return [found[number] for number in sorted(found)]


def lists_mentioned(session: Session, article_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Return the names of the watch lists of which something is mentioned in each article, in any version of it."""
    found: dict[int, set[str]] = defaultdict(set)
    for some in _chunks(article_ids):
        query = (
            sa_select(col(ArticleVersion.article_id), col(WatchListRow.name))
            .join(MentionRow, col(MentionRow.version_id) == col(ArticleVersion.id))
            .join(WatchListRow, col(WatchListRow.id) == col(MentionRow.watch_list_id))
            .where(col(ArticleVersion.article_id).in_(some))
            .distinct()
        )
        for number, name in session.execute(query):
            found[number].add(name)
    return {number: frozenset(names) for number, names in found.items()}


def _in_first_reading(session: Session, article_ids: Collection[int]) -> Iterator[int]:
    for some in _chunks(article_ids):
        query = (
            sa_select(col(EntryRow.article_id))
            .join(Feed, col(Feed.id) == col(EntryRow.feed_id))
            .where(col(EntryRow.article_id).in_(some), col(EntryRow.first_seen_at) <= col(Feed.baseline_at))
        )
        yield from session.execute(query).scalars()


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while chunk := list(islice(remaining, AT_ONCE)):
        yield chunk
