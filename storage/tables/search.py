"""The index for full-text search."""

from __future__ import annotations

from sqlalchemy import Text
from sqlmodel import Field, SQLModel


class ArticleWords(SQLModel, table=True):
    """The words of an article's current version, each once, folded and parted by spaces.

    SQLite keeps an FTS5 index of them in step by triggers, PostgreSQL an index of their `tsvector`
    (`storage.stores.articles.search_index`).
    """

    __tablename__ = "article_words"

    article_id: int = Field(primary_key=True, foreign_key="article.id", ondelete="CASCADE")
    version: int
    """Number of the version that the words are of."""
    fold_version: int
    """How they were folded: words of another folding are found no more, so they are written anew."""
    words: str = Field(sa_type=Text)
