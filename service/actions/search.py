"""Search over the archive in the query language: the index narrows, the matcher judges and marks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session

from alerts.documents import archived_document
from alerts.search import needs_of
from alerts.values import FIELDS, Topic, WatchList
from service.actions.matchers import matcher_of
from service.actions.trials import Example, example_of
from storage.stores.articles.archive import ArchivedArticle, archived_articles
from storage.stores.articles.search_index import Need, holding

_NAME = "\0search"
"""The query's watch list: no stored one is called so."""
_FIRST, _PAGE = 25, 200
"""Articles that are fetched at a time: first, and at most."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that a query is true of, with the first place where."""

    example: Example
    mentions: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search gave: what came out last comes first."""

    hits: list[Hit]
    onward: int | None = None
    """Below this number there may be more; None where all was looked at."""
    reached: datetime | None = None
    """When the article was found at which the time was up; None where it was not."""


def search(
    session: Session,
    query: str,
    *,
    since: datetime | None = None,
    before: int | None = None,
    limit: int = 50,
    time_limit: timedelta | None = None,
) -> SearchResult:
    """Return up to `limit` indexed articles that the query is true of: those found last, with numbers below `before`.

    Of these, what came out last comes first.

    Only those that came out `since` then. With `time_limit` it gives what it has when that is over, having looked at one article
    at least: the index knows words, not where they stand, so a rare phrase of frequent words is looked for in very many.
    Raise `QueryError`.
    """
    ends = None if time_limit is None else time.monotonic() + time_limit.total_seconds()
    matcher = matcher_of(session, WatchList(_NAME, topics=(Topic("search", query),)))
    hits: list[Hit] = []
    for article in _candidates(session, needs_of(query), since, before):
        mentions = [m for m in matcher.match(archived_document(article)) if m.watch == _NAME]
        if mentions and len(hits) == limit:
            return SearchResult(_newest_first(hits), hits[-1].example.article_id)
        if mentions:
            first = min(mentions, key=lambda m: (FIELDS.index(m.field), m.start))
            hits.append(Hit(example_of(article, first), len(mentions)))
        if ends is not None and time.monotonic() >= ends:
            return SearchResult(_newest_first(hits), article.id, article.found_at)
    return SearchResult(_newest_first(hits))


def _newest_first(hits: list[Hit]) -> list[Hit]:
    """Return hits by when they came out: a backfill finds old articles late."""
    return sorted(hits, key=lambda hit: (hit.example.date, hit.example.article_id), reverse=True)


def _candidates(
    session: Session, needs: Sequence[Need], since: datetime | None, before: int | None
) -> Iterator[ArchivedArticle]:
    """Return the articles that hold the words, the newest first."""
    limit = _FIRST
    while numbers := holding(session, needs, before=before, limit=limit):
        before, limit = numbers[-1], min(2 * limit, _PAGE)
        articles = archived_articles(session, numbers)
        yield from (article for article in articles if since is None or article.date >= since)
        if since is not None and all(article.found_at < since for article in articles):
            return  # numbers are given as articles are found: all others are older
