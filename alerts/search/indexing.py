"""Articles in the index: each as it is matched, and those of before in batches, the newest first."""

from __future__ import annotations

from sqlmodel import Session

from alerts.text import FOLD_VERSION, fold_words
from storage.engine import Database
from storage.queries.search import put_words, unindexed
from storage.tables import ArticleVersion

BATCH = 50
"""Of one transaction, which others wait for: some 20 ms."""


class Indexer:
    """Indexes what is not in the index, or was folded by an earlier Tocsin. What is done stays done, whenever it is stopped."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._before: int | None = None
        self._is_done = False

    async def step(self) -> int:
        """Indexes up to fifty articles; gives how many. Articles that come later are indexed as they are matched."""
        return 0 if self._is_done else await self._database.writing(self.index_some)

    def index_some(self, session: Session) -> int:
        """The same, in a transaction of the caller."""
        found = unindexed(session, fold_version=FOLD_VERSION, before=self._before, limit=BATCH)
        for article in found:
            put_words(
                session,
                article.article_id,
                version=article.version,
                fold_version=FOLD_VERSION,
                words=words_of(article.title, article.text),
            )
            self._before = article.article_id
        self._is_done = not found
        return len(found)


def index_version(session: Session, version: ArticleVersion) -> None:
    """Indexes an article by its current version."""
    put_words(
        session,
        version.article_id,
        version=version.number,
        fold_version=FOLD_VERSION,
        words=words_of(version.title, version.text),
    )


def words_of(title: str, text: str) -> frozenset[str]:
    """Gives the folded words of an article."""
    return frozenset(fold_words(f"{title}\n{text}").split())
