"""Full-text search: the index of folded words, and which articles hold certain words. One function over FTS5 and tsvector.

The index narrows; whoever asks judges each article that comes out. It knows words only, not where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, text
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.stores.articles.archive import first_since
from storage.stores.articles.said import SaidBeside, beside_columns
from storage.stores.articles.versions import is_current
from storage.tables import Article, ArticleState, ArticleVersion, ArticleWords

LONGEST_WORD = 100
"""Characters of a word that count: PostgreSQL takes none beyond 2 kB. Longer ones are cut, when indexed and when asked for."""

_BEYOND = 2**31 - 1
"""No id is so large: ids are 32-bit integers on PostgreSQL."""
_PUT = (
    "INSERT INTO article_words (article_id, version, fold_version, words) "
    "VALUES (:article, :version, :fold_version, :words) ON CONFLICT (article_id) DO UPDATE "
    "SET version = excluded.version, fold_version = excluded.fold_version, words = excluded.words "
    "WHERE excluded.version >= article_words.version"
)
_EVERY = (
    "SELECT article_id FROM article_words WHERE article_id < :before AND article_id >= :first "
    "ORDER BY article_id DESC LIMIT :limit"
)
_FTS5 = (
    "SELECT rowid FROM article_search WHERE article_search MATCH :needs AND rowid < :before AND rowid >= :first "
    "ORDER BY rowid DESC LIMIT :limit"
)
_TSVECTOR = (
    "SELECT article_id FROM article_words WHERE array_to_tsvector(string_to_array(words, ' ')) @@ CAST(:needs AS tsquery) "
    "AND article_id < :before AND article_id >= :first ORDER BY article_id DESC LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class Term:
    """A folded word; with `prefix`, any that begins so."""

    word: str
    prefix: bool = False


Word = tuple[Term, ...]
"""One of these must stand in an article."""
Passage = tuple[Word, ...]
"""All of these must."""
Need = tuple[Passage, ...]
"""One of these must."""


@dataclass(frozen=True, slots=True)
class Unindexed:
    """An article whose current version is not in the index."""

    article_id: int
    version: int
    title: str
    text: str
    beside: SaidBeside


@dataclass(frozen=True, slots=True)
class IndexedWords:
    """What an article is indexed by: the folded words of a version."""

    article_id: int
    version: int
    fold_version: int
    words: str
    """Each once, parted by spaces."""


def put_words(session: Session, articles: Sequence[IndexedWords]) -> None:
    """Index articles by their folded words, in place of those that they had."""
    if articles:
        session.execute(
            text(_PUT),
            [
                {
                    "article": one.article_id,
                    "version": one.version,
                    "fold_version": one.fold_version,
                    "words": one.words,
                }
                for one in articles
            ],
        )


def newest_article_id(session: Session) -> int:
    """Return the largest id of an article; 0 where there is none."""
    return session.exec(select(func.max(Article.id))).one() or 0


def unindexed(
    session: Session,
    *,
    fold_version: int,
    after: int = 0,
    before: int | None = None,
    limit: int,
    only_matched: bool = False,
) -> list[Unindexed]:
    """Return articles whose current version is not in the index, or folded otherwise; newest first, with ids between the two."""
    query = (
        sa_select(
            col(Article.id),
            col(Article.version),
            col(ArticleVersion.title),
            col(ArticleVersion.text),
            *beside_columns(),
        )
        .join(ArticleVersion, is_current())
        .outerjoin(ArticleWords, col(ArticleWords.article_id) == col(Article.id))
        .where(
            or_(
                col(ArticleWords.article_id).is_(None),
                col(ArticleWords.version) != col(Article.version),
                col(ArticleWords.fold_version) != fold_version,
            )
        )
    )
    if after:
        query = query.where(col(Article.id) > after)
    if before is not None:
        query = query.where(col(Article.id) < before)
    if only_matched:
        query = query.where(col(Article.state) == ArticleState.MATCHED)
    rows = session.execute(query.order_by(col(Article.id).desc()).limit(limit))
    return [
        Unindexed(number, version, title, said, SaidBeside(*beside))
        for number, version, title, said, *beside in rows
    ]


def holding(
    session: Session,
    needs: Sequence[Need],
    *,
    before: int | None = None,
    since: datetime | None = None,
    limit: int,
) -> list[int]:
    """Return the ids of indexed articles that hold what every need asks for: newest first, below `before`, up to `limit`.

    With `since`, those that were found since then. With no needs, every indexed article is given.
    """
    first = 0 if since is None else first_since(session, since) or _BEYOND
    bounds = {"before": _BEYOND if before is None else before, "first": first, "limit": limit}
    if not needs:
        rows = session.execute(text(_EVERY), bounds)
    elif session.get_bind().dialect.name == "sqlite":
        rows = session.execute(text(_FTS5), {"needs": _fts5(needs), **bounds})
    else:
        rows = session.execute(text(_TSVECTOR), {"needs": _tsquery(needs), **bounds})
    return list(rows.scalars())


def _fts5(needs: Sequence[Need]) -> str:
    return _write(needs, " AND ", " OR ", lambda term: f'"{term.word}"' + (" *" if term.prefix else ""))


def _tsquery(needs: Sequence[Need]) -> str:
    return _write(needs, " & ", " | ", lambda term: f"'{term.word}'" + (":*" if term.prefix else ""))


def _write(needs: Sequence[Need], both: str, either: str, write: Callable[[Term], str]) -> str:
    """Return the needs as a query. Folded words hold neither quotes nor signs; that is checked, since they are quoted here."""

    def word(terms: Word) -> str:
        return either.join(write(Term(_checked(term.word)[:LONGEST_WORD], term.prefix)) for term in terms)

    def passage(words: Passage) -> str:
        return both.join(f"({word(terms)})" for terms in words)

    return both.join(f"({either.join(f'({passage(words)})' for words in need)})" for need in needs)


def _checked(word: str) -> str:
    if not word or any(character in word for character in " \"'\\\0"):
        raise ValueError(f"{word!r} is no folded word")
    return word
