"""Entries of feeds: what is known of them already."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import JSON, ColumnElement, FromClause, Integer, Text, cast, func, literal, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from storage.advisory_lock import is_postgresql
from storage.tables import Article, ArticleState, EntryRow, Feed, FeedState, Outlet

T = TypeVar("T")

AT_ONCE = 500
"""Values in one SQL `IN`: below every database's limit."""


@dataclass(frozen=True, slots=True)
class KnownArticle:
    """An article that entries are compared with: what its feed said of it last."""

    article_id: int
    canonical_url: str
    url: str
    state: ArticleState
    published: datetime | None
    feed_title: str
    feed_text: str
    feed_summary: str | None
    """What it said beside that text; None where that is not known."""
    text_source: str
    feed_id: int | None
    """The feed that it was found through: others may carry it in other words."""
    outlet_id: int


@dataclass(frozen=True, slots=True)
class CarriedEntry:
    """An entry that a feed of an outlet has carried, with its article."""

    feed_id: int
    outlet_id: int
    guid: str
    content_key: str | None
    first_seen_at: datetime
    article: KnownArticle


_CARRIER = aliased(EntryRow)
_ARTICLE = (
    col(Article.id),
    col(Article.canonical_url),
    col(Article.url),
    col(Article.state),
    col(Article.published_at),
    col(Article.feed_title),
    col(Article.feed_text),
    col(Article.feed_summary),
    col(Article.text_source),
    select(col(_CARRIER.feed_id))
    .where(col(_CARRIER.article_id) == col(Article.id))
    .order_by(col(_CARRIER.id))
    .limit(1)
    .correlate(Article)
    .scalar_subquery(),
    col(Article.outlet_id),
)
_CARRIED = (
    col(EntryRow.feed_id),
    col(Feed.outlet_id),
    col(EntryRow.guid),
    col(EntryRow.content_key),
    col(EntryRow.first_seen_at),
    *_ARTICLE,
)


def feeds_of_outlets(session: Session, outlet_ids: Collection[int]) -> dict[int, list[int]]:
    """Return the ids of the feeds of outlets, those that are polled no more too."""
    found: dict[int, list[int]] = {}
    for chunk in _chunks(outlet_ids):
        feeds = select(col(Feed.outlet_id), col(Feed.id)).where(col(Feed.outlet_id).in_(chunk))
        for outlet_id, feed_id in session.execute(feeds):
            found.setdefault(outlet_id, []).append(feed_id)
    return found


def addresses_of_outlets(session: Session, outlet_ids: Collection[int]) -> dict[int, list[str]]:
    """Return the addresses that outlets are known by: their sites, and those of their sources as they were given."""
    found: dict[int, list[str]] = {}
    for chunk in _chunks(outlet_ids):
        rows = [
            *session.execute(select(col(Outlet.id), col(Outlet.site)).where(col(Outlet.id).in_(chunk))),
            *session.execute(
                select(col(Feed.outlet_id), col(Feed.url)).where(
                    col(Feed.outlet_id).in_(chunk), col(Feed.state) != FeedState.REMOVED
                )
            ),
        ]
        for outlet_id, address in rows:
            found.setdefault(outlet_id, []).append(address)
    return found


def entries_with_guids(session: Session, wanted: Collection[tuple[int, str]]) -> list[CarriedEntry]:
    """Return the entries with these feed ids and guids.

    The pairs go in as one value that the database unpacks and joins. For an IN of pairs SQLite reads the whole table.
    """
    if not wanted:
        return []
    pairs, feed_id, guid = _unpacked(session, json.dumps(list(wanted)))
    found = (
        select(*_CARRIED)
        .select_from(pairs)
        .join(EntryRow, (col(EntryRow.feed_id) == feed_id) & (col(EntryRow.guid) == guid))
        .join(Feed, col(Feed.id) == col(EntryRow.feed_id))
        .join(Article, col(Article.id) == col(EntryRow.article_id))
    )
    return [_carried(row) for row in session.execute(found)]


def entries_saying(
    session: Session, content_keys: Collection[str], outlet_ids: Collection[int]
) -> list[CarriedEntry]:
    """Return the entries of outlets' articles that say the same, by their content's keys, in the order they were seen."""
    found = []
    for chunk in _chunks(content_keys):
        rows = session.execute(
            select(*_CARRIED)
            .join(Article, col(Article.id) == col(EntryRow.article_id))
            .join(Feed, col(Feed.id) == col(EntryRow.feed_id))
            .where(col(EntryRow.content_key).in_(chunk), col(Article.outlet_id).in_(outlet_ids))
            .order_by(col(EntryRow.id))
        )
        found += [_carried(row) for row in rows]
    return found


def articles_at(session: Session, canonical_urls: Collection[str]) -> list[KnownArticle]:
    """Return the articles with these keys."""
    return [
        KnownArticle(*row)
        for chunk in _chunks(canonical_urls)
        for row in session.execute(select(*_ARTICLE).where(col(Article.canonical_url).in_(chunk)))
    ]


def carried_by(
    session: Session, article_ids: Collection[int], feed_ids: Collection[int]
) -> set[tuple[int, int]]:
    """Return which of these feeds have carried which of these articles, as pairs of feed and article."""
    found: set[tuple[int, int]] = set()
    for chunk in _chunks(article_ids):
        rows = select(col(EntryRow.feed_id), col(EntryRow.article_id)).where(
            col(EntryRow.article_id).in_(chunk), col(EntryRow.feed_id).in_(feed_ids)
        )
        found.update((row[0], row[1]) for row in session.execute(rows))
    return found


def _carried(row: Any) -> CarriedEntry:  # noqa: ANN401  (a row of `_CARRIED`)
    feed_id, outlet_id, guid, content_key, seen_at, *article = row
    return CarriedEntry(feed_id, outlet_id, guid, content_key, seen_at, KnownArticle(*article))


def _chunks(values: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(values)
    while chunk := list(islice(remaining, AT_ONCE)):
        yield chunk


def _unpacked(session: Session, pairs: str) -> tuple[FromClause, ColumnElement[int], ColumnElement[str]]:
    """Return a table of the pairs in a JSON document, and its two columns."""
    if is_postgresql(session):
        table = func.json_array_elements(cast(literal(pairs, Text), JSON)).table_valued(
            "value", name="wanted"
        )
        return table, cast(table.c.value.op("->>")(0), Integer), cast(table.c.value.op("->>")(1), Text)
    table = func.json_each(literal(pairs, Text)).table_valued("value", name="wanted")
    return table, func.json_extract(table.c.value, "$[0]"), func.json_extract(table.c.value, "$[1]")
