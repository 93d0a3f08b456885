"""Searching: the index of words, and searches that were saved."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Text
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime, json_type, no_values


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
    place: int = Field(default=0, sa_type=BigInteger, index=True)
    """The second in which the article came out, times 2³¹, plus its id: the order of what is found."""


class SavedSearch(SQLModel, table=True):
    """A query with its filters, under a name; everybody sees it."""

    __tablename__ = "saved_search"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    query: str = Field(sa_type=Text)
    filters: dict[str, Any] = Field(default_factory=no_values, sa_type=json_type())
    """Those that are set, as texts: `outlet`, `country`, `language`, `type`, `tag`, `days`, `since`, `until`, `sort`."""
    saved_by: str = ""
    """Who saved it last."""
    saved_at: datetime = Field(sa_type=UtcDateTime)
