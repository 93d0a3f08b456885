"""Articles in alerts with what they may cite others by: sites that they link to, what a copy names as its source, text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.stores.articles.versions import is_current
from storage.tables import AlertArticle, Article, ArticleVersion, Outlet


@dataclass(frozen=True, slots=True)
class CitingArticle:
    """An article in an alert that cites other sites."""

    id: int
    outlet: str
    url: str
    title: str
    text: str
    found_at: datetime
    cites: tuple[str, ...]
    declared_url: str | None
    """The address that its page names as its own: a copy names its source's."""


def citing_articles(session: Session, *, since: datetime, limit: int) -> list[CitingArticle]:
    """Return the articles in alerts that were found since then, the newest first, at most `limit`."""
    rows = sa_select(
        *(col(Article.id), col(Outlet.name), col(Article.url)),
        *(col(ArticleVersion.title), col(ArticleVersion.text)),
        *(col(Article.found_at), col(Article.cites), col(Article.declared_url)),
    )
    rows = (
        rows.join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .join(ArticleVersion, is_current())
        .where(
            col(Article.found_at) >= since,
            exists().where(col(AlertArticle.article_id) == col(Article.id)),
        )
        .order_by(col(Article.found_at).desc(), col(Article.id).desc())
        .limit(limit)
    )
    return [
        CitingArticle(number, outlet, url, title, text, found_at, tuple(cites), declared)
        for number, outlet, url, title, text, found_at, cites, declared in session.execute(rows)
    ]
