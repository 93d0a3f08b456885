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
from storage.stores.articles.filtered import ArticleFilter, articles_that_fit, outlets_that_fit
from storage.stores.articles.search_index import Need, article_at, came_out_by, place_of, places

_NAME = "\0search"
"""The query's watch list: no stored one is called so."""
_FIRST, _PAGE, _FILTERED = 25, 200, 2_000
"""Articles that are looked up at a time: first, at most, and where most of them are another outlet's."""
EVERY = ArticleFilter()


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that a query is true of, with the first place where."""

    example: Example
    mentions: int
    language: str | None
    country: str | None
    """Of the outlet."""


@dataclass(frozen=True, slots=True)
class HitTotal:
    """How many articles a query is true of: `count`, or where it is not `exact`, more than that."""

    count: int
    exact: bool


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search gave: what came out last comes first, or what came out first where that was asked for."""

    hits: list[Hit]
    onward: int | None = None
    """The place after which there may be more; None where all was looked at."""
    reached: datetime | None = None
    """When the article came out at which the time was up; None where it was not."""
    total: HitTotal | None = None
    """None where the search went on from a place: what stood before that was not counted."""


def search(
    session: Session,
    query: str,
    *,
    wanted: ArticleFilter = EVERY,
    beyond: int | None = None,
    limit: int = 50,
    time_limit: timedelta | None = None,
    counts: bool = False,
    count_limit: timedelta | None = None,
) -> SearchResult:
    """Return up to `limit` indexed articles that the query is true of, by when they came out, `beyond` a place.

    With `counts` it goes on counting when it has these, with `count_limit` until so long after it began. With `time_limit` it
    gives what it has when that is over, having looked at one article at least: the index knows words, not where they stand, so
    a rare phrase of frequent words is looked for in very many. Raise `QueryError`.
    """
    began = time.monotonic()
    needs = needs_of(query)  # first: its errors name the query, and no watch list
    matcher = matcher_of(session, WatchList(_NAME, topics=(Topic("search", query),)))
    hits: list[Hit] = []
    count, last, onward = 0, 0, None
    for place, article in _candidates(session, needs, wanted, beyond):
        mentions = (
            [m for m in matcher.match(archived_document(article)) if m.watch == _NAME] if article else []
        )
        if article is not None and mentions:
            count += 1
            if len(hits) < limit:
                first = min(mentions, key=lambda m: (FIELDS.index(m.field), m.start))
                hits.append(Hit(example_of(article, first), len(mentions), article.language, article.country))
                last = place
            else:
                onward = last
                if not counts:
                    return SearchResult(hits, onward)
        spent = timedelta(seconds=time.monotonic() - began)
        is_over = time_limit is not None and spent >= time_limit
        if is_over or (onward is not None and count_limit is not None and spent >= count_limit):
            total = HitTotal(count, exact=False) if beyond is None else None
            if len(hits) < limit:
                return SearchResult(hits, place, came_out_by(place), total)
            return SearchResult(hits, last, None, total)
    return SearchResult(hits, onward, None, HitTotal(count, exact=True) if beyond is None else None)


def _candidates(
    session: Session, needs: Sequence[Need], wanted: ArticleFilter, beyond: int | None
) -> Iterator[tuple[int, ArchivedArticle | None]]:
    """Return the articles that hold the words and fit the filter, with their places, in order.

    After as many as are looked up at once comes a place alone, so that a search can end where nothing fits.
    """
    outlets = outlets_that_fit(session, wanted) if wanted.of_outlets else None
    if outlets is not None and not outlets:
        return
    after = None if wanted.since is None else place_of(wanted.since) - 1
    before = None if wanted.until is None else place_of(wanted.until)
    if beyond is not None and wanted.oldest_first:
        after = beyond
    elif beyond is not None:
        before = beyond
    is_filtered = outlets is not None or wanted.language is not None
    limit = _FILTERED if is_filtered else _FIRST
    while found := places(
        session, needs, after=after, before=before, oldest_first=wanted.oldest_first, limit=limit
    ):
        if wanted.oldest_first:
            after = found[-1]
        else:
            before = found[-1]
        limit = _FILTERED if is_filtered else min(2 * limit, _PAGE)
        kept = found
        if is_filtered:
            numbers = [article_at(place) for place in found]
            fitting = articles_that_fit(session, numbers, outlets=outlets, language=wanted.language)
            kept = [place for place in found if article_at(place) in fitting]
        yield from _read(session, kept)
        yield found[-1], None


def _read(session: Session, found: Sequence[int]) -> Iterator[tuple[int, ArchivedArticle]]:
    for start in range(0, len(found), _PAGE):
        some = found[start : start + _PAGE]
        articles = {
            each.id: each for each in archived_articles(session, [article_at(place) for place in some])
        }
        for place in some:
            if (article := articles.get(article_at(place))) is not None:
                yield place, article
