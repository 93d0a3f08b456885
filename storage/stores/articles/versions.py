"""The versions of articles' texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from storage.tables import Article, ArticleVersion


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """The text of an article as it stood when it was read."""

    number: int
    title: str
    text: str
    seen_at: datetime
    text_source: str = ""
    """Empty where its page was still to be read."""


def is_current() -> ColumnElement[bool]:
    """A condition on `ArticleVersion` and `Article`: the version is the article's newest."""
    return (col(ArticleVersion.article_id) == col(Article.id)) & (
        col(ArticleVersion.number) == col(Article.version)
    )


def versions_of(session: Session, article_ids: Collection[int]) -> dict[int, list[StoredVersion]]:
    """Return the versions of these articles, by their ids, oldest first."""
    found: dict[int, list[StoredVersion]] = defaultdict(list)
    rows = select(ArticleVersion).where(col(ArticleVersion.article_id).in_(article_ids))
    for row in session.exec(rows.order_by(col(ArticleVersion.number))):
        found[row.article_id].append(
            StoredVersion(row.number, row.title, row.text, row.seen_at, row.text_source)
        )
    return found


def edits_among(versions: Sequence[StoredVersion]) -> list[tuple[StoredVersion, StoredVersion]]:
    """Return each edit of title or text as the versions before and after it, oldest first.

    That the page of an article was read at last is none.
    """
    return [
        (before, after)
        for before, after in pairwise(versions)
        if (before.title, before.text) != (after.title, after.text)
        and (before.text_source or not after.text_source)
    ]
