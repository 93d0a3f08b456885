"""Facts that enrichers found about articles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import delete, insert
from sqlmodel import Session, col, select

from storage.tables import Enrichment


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
    """Return what is known of articles, by article and enricher."""
    found: dict[int, dict[str, dict[str, Any]]] = defaultdict(dict)
    rows = select(Enrichment).where(col(Enrichment.article_id).in_(article_ids))
    for row in session.exec(rows.order_by(col(Enrichment.enricher))):
        found[row.article_id][row.enricher] = row.facts
    return dict(found)
