"""Search over the archive in the query language: the index narrows, the matcher judges and marks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from alerts.documents import archived_document
from alerts.search import needs_of
from alerts.values import Topic, WatchList
from service.watching.compiling import matcher_of
from service.watching.trying import Example, example_of
from storage.queries.archive import archived_articles
from storage.queries.search import holding

_NAME = "\0search"
"""The query's watch list: no stored one is called so."""
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that a query is true of, with the first place where."""

    example: Example
    mentions: int


def search(
    session: Session, query: str, *, since: datetime | None = None, before: int | None = None, limit: int = 50
) -> list[Hit]:
    """Gives up to `limit` indexed articles that the query is true of: the newest first, with numbers below `before`.

    Only those that came out `since` then. Raises `QueryError`.
    """
    hits: list[Hit] = []
    for hit in _hits(session, query, since, before):
        if len(hits) == limit:
            break
        hits.append(hit)
    return hits


def _hits(session: Session, query: str, since: datetime | None, before: int | None) -> Iterator[Hit]:
    needs = needs_of(query)
    matcher = matcher_of(session, WatchList(_NAME, topics=(Topic("search", query),)))
    while numbers := holding(session, needs, before=before, limit=_PAGE):
        before = numbers[-1]
        articles = archived_articles(session, numbers)
        for article in articles:
            if since is not None and article.date < since:
                continue
            mentions = [m for m in matcher.match(archived_document(article)) if m.watch == _NAME]
            if mentions:
                first = min(mentions, key=lambda m: (m.field != "title", m.start))
                yield Hit(example_of(article, first), len(mentions))
        if since is not None and all(article.found_at < since for article in articles):
            return  # numbers are given as articles are found: all others are older
