"""The archive: articles as they stand, streamed for whoever reads many of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, or_, select

from storage.stores.articles.said import BESIDE, NOTHING_BESIDE, SaidBeside, beside_columns
from storage.stores.articles.versions import is_current
from storage.tables import Article, ArticleState, ArticleVersion, Outlet

PAGE = 500


@dataclass(frozen=True, slots=True)
class ArchivedArticle:
    """An article with its current text."""

    id: int
    url: str
    language: str | None
    authors: tuple[str, ...]
    photo_credit: str | None
    story_id: int | None
    """None until it was matched."""
    published_at: datetime | None
    found_at: datetime
    title: str
    text: str
    outlet: str
    country: str | None
    beside: SaidBeside = NOTHING_BESIDE

    @classmethod
    def of(cls, row: Sequence[Any]) -> ArchivedArticle:
        """Make one of a row of `archived_columns`."""
        number, url, language, authors, *rest = row
        others = len(rest) - len(BESIDE)
        rest[others:] = [SaidBeside(*rest[others:])]
        return cls(number, url, language, tuple(authors), *rest)

    @property
    def date(self) -> datetime:
        """When it came out; when it was found, where that is not known or can't be."""
        if self.published_at is None:
            return self.found_at
        return min(self.published_at, self.found_at)


def articles_since(
    session: Session, since: datetime, *, only_matched: bool = False
) -> Iterator[ArchivedArticle]:
    """Return the articles that came out since then, in the order they were found, a page in memory at a time."""
    # nothing comes out after it was found, so the index of when articles were found says where to begin
    query = _rows().where(
        col(Article.id) >= (first_since(session, since) or 0),
        col(Article.found_at) >= since,
        func.coalesce(col(Article.published_at), col(Article.found_at)) >= since,
    )
    if only_matched:
        query = query.where(col(Article.state) == ArticleState.MATCHED)
    query = query.order_by(col(Article.id)).execution_options(yield_per=PAGE)
    return (ArchivedArticle.of(row) for row in session.execute(query))


def beginning_of_newest(session: Session, most: int, since: datetime) -> datetime:
    """Return the time from which on at most `most` articles were found: `since`, or a later one."""
    query = select(Article.found_at).where(col(Article.found_at) >= since)
    found = session.exec(query.order_by(col(Article.found_at).desc()).offset(most).limit(1)).first()
    return since if found is None else found


def first_since(session: Session, since: datetime) -> int | None:
    """Return the smallest id of an article that was found since then."""
    # of what no index holds, or SQLite's planner would go through the articles from the first on
    return session.exec(select(func.min(col(Article.id) + 0)).where(col(Article.found_at) >= since)).one()


def count_since(session: Session, since: datetime) -> int:
    """Return how many articles were found since then."""
    return session.exec(select(func.count()).where(col(Article.found_at) >= since)).one()


def newest_articles(session: Session, limit: int) -> Iterator[ArchivedArticle]:
    """Return the articles found last, newest first, a page in memory at a time."""
    query = _rows().order_by(col(Article.id).desc()).limit(limit).execution_options(yield_per=PAGE)
    return (ArchivedArticle.of(row) for row in session.execute(query))


def archived_article(
    session: Session, *, number: int | None, urls: tuple[str, ...]
) -> ArchivedArticle | None:
    """Return the article of this number, or of one of these addresses (as the feed gave it, or canonical)."""
    if number is not None:
        query = _rows().where(col(Article.id) == number)
    else:
        query = _rows().where(or_(col(Article.url).in_(urls), col(Article.canonical_url).in_(urls)))
    row = session.execute(query.order_by(col(Article.id)).limit(1)).first()
    return None if row is None else ArchivedArticle.of(row)


def archived_articles(session: Session, numbers: Sequence[int]) -> list[ArchivedArticle]:
    """Return the articles of these numbers, the newest first."""
    query = _rows().where(col(Article.id).in_(numbers)).order_by(col(Article.id).desc())
    return [ArchivedArticle.of(row) for row in session.execute(query)]


def archived_columns() -> tuple[Any, ...]:
    """Give what an `ArchivedArticle` is made of: columns of an article, one of its versions, and its outlet."""
    return (
        col(Article.id),
        col(Article.url),
        col(Article.language),
        col(Article.authors),
        col(Article.photo_credit),
        col(Article.story_id),
        col(Article.published_at),
        col(Article.found_at),
        col(ArticleVersion.title),
        col(ArticleVersion.text),
        col(Outlet.name),
        col(Outlet.country),
        *beside_columns(),
    )


def _rows() -> Any:  # noqa: ANN401  (SQLAlchemy types no select of so many columns)
    return (
        sa_select(*archived_columns())
        .join(ArticleVersion, is_current())
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
    )
