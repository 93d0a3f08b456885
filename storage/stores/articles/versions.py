"""The versions of articles' texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import ArticleVersion


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """The text of an article as it stood when it was read."""

    number: int
    title: str
    text: str
    seen_at: datetime


def versions_of(session: Session, article_ids: Collection[int]) -> dict[int, list[StoredVersion]]:
    """Return the versions of these articles, by their ids, oldest first."""
    found: dict[int, list[StoredVersion]] = defaultdict(list)
    rows = select(ArticleVersion).where(col(ArticleVersion.article_id).in_(article_ids))
    for row in session.exec(rows.order_by(col(ArticleVersion.number))):
        found[row.article_id].append(StoredVersion(row.number, row.title, row.text, row.seen_at))
    return found
