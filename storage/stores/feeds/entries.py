"""Entries of feeds: what is known of them already."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import JSON, ColumnElement, FromClause, Integer, Text, cast, func, literal, select
from sqlmodel import Session, col

from storage.advisory_lock import is_postgresql
from storage.tables import Article, Entry

ARTICLE = (
    col(Article.id),
    col(Article.canonical_url),
    col(Article.published_at),
    col(Article.feed_title),
    col(Article.feed_text),
    col(Article.text_source),
)
"""What is asked of an entry's article."""


def entries_with_guids(session: Session, wanted: Collection[tuple[int, str]]) -> list[tuple[Any, ...]]:
    """Gives the entries with these feed ids and guids: feed, guid and `ARTICLE` of each.

    The pairs go in as one value that the database unpacks and joins. For an IN of pairs SQLite reads the whole table.
    """
    if not wanted:
        return []
    pairs, feed_id, guid = _unpacked(session, json.dumps(list(wanted)))
    found = (
        select(col(Entry.feed_id), col(Entry.guid), *ARTICLE)
        .select_from(pairs)
        .join(Entry, (col(Entry.feed_id) == feed_id) & (col(Entry.guid) == guid))
        .join(Article, col(Article.id) == col(Entry.article_id))
    )
    return [tuple(row) for row in session.execute(found)]


def _unpacked(session: Session, pairs: str) -> tuple[FromClause, ColumnElement[int], ColumnElement[str]]:
    """Gives a table of the pairs in a JSON document, and its two columns."""
    if is_postgresql(session):
        table = func.json_array_elements(cast(literal(pairs, Text), JSON)).table_valued(
            "value", name="wanted"
        )
        return table, cast(table.c.value.op("->>")(0), Integer), cast(table.c.value.op("->>")(1), Text)
    table = func.json_each(literal(pairs, Text)).table_valued("value", name="wanted")
    return table, func.json_extract(table.c.value, "$[0]"), func.json_extract(table.c.value, "$[1]")
