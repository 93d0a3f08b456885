"""The articles of a story."""

from __future__ import annotations

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.tables import Article, ArticleVersion, Outlet


def others_in_story(
    session: Session, story_id: int, besides: int, *, limit: int
) -> list[tuple[str, str, str]]:
    """Gives outlet, title and address of the story's earliest articles, without the article `besides`."""
    query = (
        select(Outlet.name, ArticleVersion.title, Article.url)
        .join(Article, col(Article.outlet_id) == col(Outlet.id))
        .join(
            ArticleVersion,
            (col(ArticleVersion.article_id) == col(Article.id))
            & (col(ArticleVersion.number) == col(Article.version)),
        )
        .where(col(Article.story_id) == story_id, col(Article.id) != besides)
        .order_by(col(Article.id))
        .limit(limit)
    )
    return [(outlet, title, url) for outlet, title, url in session.exec(query)]


def outlets_in_story(session: Session, story_id: int) -> int:
    """Gives how many outlets tell a story."""
    return session.exec(
        select(func.count(func.distinct(Article.outlet_id))).where(Article.story_id == story_id)
    ).one()
