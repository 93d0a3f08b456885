"""Stored articles as the matcher and the channels see them."""

from __future__ import annotations

from alerts.delivery.payload import ArticleFacts
from alerts.values import Document
from storage.stores.articles.archive import ArchivedArticle

LONGEST_TEXT = 2_000_000
"""So many characters of an article are matched and grouped, some four novels; what is longer was made to be long."""


def archived_document(article: ArchivedArticle) -> Document:
    """Return what the matcher reads of an article."""
    return Document(
        title=article.title,
        text=article.text[:LONGEST_TEXT],
        language=article.language or _guessed(article),
        url=article.url,
        outlet=article.outlet,
        country=article.country,
        author=", ".join(article.authors) or None,
        credit=article.photo_credit,
        **article.beside.columns(),
    )


def _guessed(article: ArchivedArticle) -> str | None:
    """Return the language of an article whose page, feed and outlet say none; None where too few words tell."""
    from alerts.stories.languages import (
        guess_language,  # here: the words that it goes by take a while to load
    )

    return guess_language(article.title, article.text)


def article_facts(article: ArchivedArticle) -> ArticleFacts:
    """Return what an alert says of an article."""
    return ArticleFacts(
        id=article.id,
        url=article.url,
        title=article.title,
        outlet=article.outlet,
        country=article.country,
        language=article.language,
        authors=article.authors,
        published_at=article.published_at,
    )
