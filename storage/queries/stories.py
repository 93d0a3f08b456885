"""Which story an article belongs to: what is known of other articles with its text or its address."""

from __future__ import annotations

from sqlmodel import Session, col, or_, select

from storage.rows import id_of
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


def story_of_copy(session: Session, article: Article, fingerprint: str | None) -> int | None:
    """Gives the story of the earliest article that has the same text, or that one of the two names as its source; else None.

    A page's own word for its source (rel=canonical) counts where the named article is known, or where two outlets name the same.
    """
    own = id_of(article)
    same_address = [col(Article.declared_url) == article.canonical_url]
    if article.declared_url is not None:
        same_address.append(col(Article.canonical_url) == article.declared_url)
        same_address.append(
            (col(Article.declared_url) == article.declared_url)
            & (col(Article.outlet_id) != article.outlet_id)
        )
    stories = [
        session.exec(
            select(Article.story_id)
            .where(col(Article.story_id).is_not(None), col(Article.id) != own, or_(*same_address))
            .order_by(col(Article.id))
            .limit(1)
        ).first()
    ]
    if fingerprint is not None:
        stories.append(
            session.exec(
                select(Article.story_id)
                .join(ArticleVersion, col(ArticleVersion.article_id) == col(Article.id))
                .where(
                    col(ArticleVersion.fingerprint) == fingerprint,
                    col(Article.story_id).is_not(None),
                    col(Article.id) != own,
                )
                .order_by(col(Article.id))
                .limit(1)
            ).first()
        )
    return min((story for story in stories if story is not None), default=None)
