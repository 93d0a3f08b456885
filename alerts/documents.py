"""Stored articles as the matcher and the channels see them."""

from __future__ import annotations

from alerts.delivery.payload import ArticleFacts
from alerts.values import Document
from storage.rows import id_of
from storage.stores.articles.archive import ArchivedArticle
from storage.tables import Article, ArticleVersion, Outlet


def to_document(article: Article, version: ArticleVersion, outlet: Outlet) -> Document:
    """Gives what the matcher reads."""
    return Document(
        title=version.title,
        text=version.text,
        language=article.language,
        url=article.url,
        outlet=outlet.name,
        country=outlet.country,
        author=", ".join(article.authors) or None,
        credit=article.photo_credit,
    )


def to_facts(article: Article, version: ArticleVersion, outlet: Outlet) -> ArticleFacts:
    """Gives what is told of it."""
    return ArticleFacts(
        id=id_of(article),
        url=article.url,
        title=version.title,
        outlet=outlet.name,
        country=outlet.country,
        language=article.language,
        authors=tuple(article.authors),
        published_at=article.published_at,
    )


def archived_document(article: ArchivedArticle) -> Document:
    """Gives what the matcher reads of an article of the archive."""
    return Document(
        title=article.title,
        text=article.text,
        language=article.language,
        url=article.url,
        outlet=article.outlet,
        country=article.country,
        author=", ".join(article.authors) or None,
        credit=article.photo_credit,
    )
