"""Facts that enrichers found about articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, func, insert
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.tables import Article, Enrichment

VECTOR = "vector"
"""The fact of an enricher by which stories of two languages may be told to be one."""
COMPARED = 3
"""Articles of a story whose vectors are looked at."""


def store_enrichments(session: Session, facts: Mapping[int, Mapping[str, Mapping[str, Any]]]) -> None:
    """Store what is known of articles, by article and enricher, in place of what was."""
    if not facts:
        return
    session.execute(delete(Enrichment).where(col(Enrichment.article_id).in_(facts)))
    rows = [
        {"article_id": article_id, "enricher": name, "facts": dict(told)}
        for article_id, by_name in facts.items()
        for name, told in by_name.items()
    ]
    session.execute(insert(Enrichment), rows)


def enrichments_of(session: Session, article_ids: Collection[int]) -> dict[int, dict[str, dict[str, Any]]]:
    """Return what is known of articles, by article and enricher; but for vectors, which nobody reads."""
    found: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    rows = select(Enrichment).where(col(Enrichment.article_id).in_(article_ids))
    for row in session.exec(rows.order_by(col(Enrichment.enricher))):
        told = {key: value for key, value in row.facts.items() if key != VECTOR}
        if told:
            found[row.article_id][row.enricher] = told
    return dict(found)


def vectors_of(session: Session, enricher: str, article_ids: Collection[int]) -> dict[int, tuple[float, ...]]:
    """Return the vectors that an enricher brought, by article; what is no list of numbers is left out."""
    query = sa_select(col(Enrichment.article_id), col(Enrichment.facts)).where(
        col(Enrichment.article_id).in_(article_ids), col(Enrichment.enricher) == enricher
    )
    found = {number: _vector(facts.get(VECTOR)) for number, facts in session.execute(query)}
    return {number: vector for number, vector in found.items() if vector}


def vectors_of_stories(
    session: Session, enricher: str, story_ids: Collection[int]
) -> dict[int, list[tuple[float, ...]]]:
    """Return the vectors of the newest articles of stories that have some, `COMPARED` of each at most."""
    if not story_ids:
        return {}
    place = func.row_number().over(partition_by=col(Article.story_id), order_by=col(Article.id).desc())
    ranked = (
        sa_select(col(Article.story_id), col(Enrichment.facts), place.label("place"))
        .join(Enrichment, col(Enrichment.article_id) == col(Article.id))
        .where(col(Article.story_id).in_(story_ids), col(Enrichment.enricher) == enricher)
        .subquery()
    )
    found: dict[int, list[tuple[float, ...]]] = defaultdict(list)
    query = sa_select(ranked.c.story_id, ranked.c.facts).where(ranked.c.place <= COMPARED)
    for story, facts in session.execute(query):
        vector = _vector(facts.get(VECTOR))
        if vector:
            found[story].append(vector)
    return dict(found)


def _vector(told: object) -> tuple[float, ...]:
    numbers = told if isinstance(told, list) else []
    return tuple(map(float, numbers)) if all(type(one) in (int, float) for one in numbers) else ()
