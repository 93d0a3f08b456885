"""Articles in the index: each as it is matched, and those of before in batches, the newest first."""

from __future__ import annotations

from sqlmodel import Session

from alerts.text import FOLD_VERSION, fold_words
from storage.engine import Database
from storage.stores.articles.said import Searched
from storage.stores.articles.search_index import (
    LONGEST_WORD,
    IndexedWords,
    Unindexed,
    newest_article_id,
    put_words,
    unindexed,
)

BATCH = 50
"""Of one transaction, which others wait for: some 20 ms."""


LATE = 500
"""Articles looked at again: with several writers, a smaller number may appear after a larger one."""


class Indexer:
    """Indexes what is not in the index, or was folded by an earlier Tocsin. What is done stays done, whenever it is stopped."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._before: int | None = None
        self._checked: int | None = None
        """All below, but for the last few, are in the index."""

    async def step(self) -> int:
        """Indexes up to fifty articles; return how many.

        Once what was stored before is indexed, this looks only at what has come since and was not matched: articles that are
        matched are indexed with that.
        """
        if self._checked is None:
            if not await self._database.reading(
                self._look_back
            ):  # in a large archive it takes seconds: no writer waits
                return 0
            return await self._database.writing(self.index_some)
        if not await self._database.reading(self._look):
            return 0
        return await self._database.writing(self._index_new)

    def index_some(self, session: Session) -> int:
        """The same, in a transaction of the caller."""
        found = self._look_back(session)
        _put(session, found)
        if found:
            self._before = found[-1].article_id
        return len(found)

    def _look_back(self, session: Session) -> list[Unindexed]:
        newest = newest_article_id(session)
        found = unindexed(session, fold_version=FOLD_VERSION, before=self._before, limit=BATCH)
        if not found:
            self._checked = newest
        return found

    def _look(self, session: Session) -> list[Unindexed]:
        after = max(0, (self._checked or 0) - LATE)
        newest = newest_article_id(session)
        found = unindexed(session, fold_version=FOLD_VERSION, after=after, limit=BATCH, only_matched=True)
        if not found:
            self._checked = newest
        return found

    def _index_new(self, session: Session) -> int:
        found = self._look(session)
        _put(session, found)
        return len(found)


def _put(session: Session, articles: list[Unindexed]) -> None:
    put_words(
        session,
        [indexed(one.article_id, one.version, one) for one in articles],
    )


def indexed(article_id: int, version: int, article: Searched) -> IndexedWords:
    """Return what an article is indexed by."""
    words = {word[:LONGEST_WORD] for word in words_of(article)}
    return IndexedWords(article_id, version, FOLD_VERSION, " ".join(sorted(words)))


def words_of(article: Searched) -> frozenset[str]:
    """Return the folded words of all that is said of an article."""
    beside = (said for said in article.beside.columns().values() if said and said != article.title)
    said = (article.title, *(field for field in beside if field not in article.text), article.text)
    return frozenset(fold_words("\n".join(said)).split())
