"""Full-text search: the index of folded words, and which articles hold certain words. One function over FTS5 and tsvector.

The index narrows; whoever asks judges each article that comes out. It knows words only, not where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, or_, text, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.stores.articles.said import SaidBeside, beside_columns
from storage.stores.articles.versions import is_current
from storage.tables import Article, ArticleState, ArticleVersion, ArticleWords

LONGEST_WORD = 100
"""Characters of a word that count: PostgreSQL takes none beyond 2 kB. Longer ones are cut, when indexed and when asked for."""

_ID_BITS = 31
"""Of a place are its article's id: ids are 32-bit integers on PostgreSQL, and positive."""
_FIRST, _LAST = -1, 2**63 - 1
"""No place is so small or so large."""
_PUT = (
    "INSERT INTO article_words (article_id, version, fold_version, words, place) "
    "VALUES (:article, :version, :fold_version, :words, :place) ON CONFLICT (article_id) DO UPDATE "
    "SET version = excluded.version, fold_version = excluded.fold_version, words = excluded.words, place = excluded.place "
    "WHERE excluded.version >= article_words.version"
)
_EVERY = "SELECT place FROM article_words WHERE place < :before AND place > :after ORDER BY place {order} LIMIT :limit"
_FTS5 = (
    "SELECT rowid FROM article_search WHERE article_search MATCH :needs AND rowid < :before AND rowid > :after "
    "ORDER BY rowid {order} LIMIT :limit"
)
_TSVECTOR = (
    "SELECT place FROM article_words WHERE array_to_tsvector(string_to_array(words, ' ')) @@ CAST(:needs AS tsquery) "
    "AND place < :before AND place > :after ORDER BY place {order} LIMIT :limit"
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


def place_of(came_out_at: datetime, article_id: int = 0) -> int:
    """Return where an article stands in the order of publication: by the second in which it came out, then by its id."""
    second = int(
        came_out_at.timestamp()
    )  # one that no place is left for, before 1970 or after 2106, counts as the nearest
    return min(max(0, second), _LAST >> _ID_BITS) << _ID_BITS | article_id


def article_at(place: int) -> int:
    """Return the id of the article that stands at a place."""
    return place & (1 << _ID_BITS) - 1


def came_out_by(place: int) -> datetime:
    """Return when the article came out that stands at a place, to the second."""
    return datetime.fromtimestamp(place >> _ID_BITS, UTC)


def put_words(session: Session, articles: Sequence[IndexedWords]) -> None:
    """Index articles by their folded words, in place of those that they had."""
    if articles:
        places = _places(session, [one.article_id for one in articles])
        session.execute(
            text(_PUT),
            [
                {
                    "article": one.article_id,
                    "version": one.version,
                    "fold_version": one.fold_version,
                    "words": one.words,
                    "place": places[one.article_id],
                }
                for one in articles
            ],
        )


def move_to_its_place(session: Session, article_id: int) -> None:
    """Put an article that is indexed where it belongs, should another date of it have become known since."""
    place = _places(session, [article_id])[article_id]
    words = (col(ArticleWords.article_id) == article_id, col(ArticleWords.place) != place)
    session.execute(update(ArticleWords).where(*words).values(place=place))


def _places(session: Session, article_ids: Sequence[int]) -> dict[int, int]:
    dates = session.execute(
        sa_select(col(Article.id), col(Article.published_at), col(Article.found_at)).where(
            col(Article.id).in_(article_ids)
        )
    )
    return {
        number: place_of(found_at if published_at is None else min(published_at, found_at), number)
        for number, published_at, found_at in dates
    }


def newest_article_id(session: Session) -> int:
    """Return the largest id of an article; 0 where there is none."""
    return session.exec(select(func.max(Article.id))).one() or 0


def unindexed(
    session: Session,
    *,
    fold_version: int,
    after: int | None = None,
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
    if after is not None:
        query = query.where(col(Article.id) > after)
    if before is not None:
        query = query.where(col(Article.id) < before)
    if only_matched:
        # as an expression: by an index of states, nearly all articles would be looked at
        query = query.where(func.lower(col(Article.state)) == ArticleState.MATCHED.value)
    rows = session.execute(query.order_by(col(Article.id).desc()).limit(limit))
    return [
        Unindexed(number, version, title, said, SaidBeside(*beside))
        for number, version, title, said, *beside in rows
    ]


def places(
    session: Session,
    needs: Sequence[Need],
    *,
    after: int | None = None,
    before: int | None = None,
    oldest_first: bool = False,
    limit: int,
) -> list[int]:
    """Return the places of indexed articles that hold what every need asks for, between two places: newest first, up to `limit`.

    With no needs, every indexed article is given. An article came out when it was published, or found where that is not known.
    """
    bounds: dict[str, object] = {
        "after": _FIRST if after is None else after,
        "before": _LAST if before is None else before,
        "limit": limit,
    }
    query = _EVERY
    if needs and session.get_bind().dialect.name == "sqlite":
        query, bounds["needs"] = _FTS5, _fts5(needs)
    elif needs:
        query, bounds["needs"] = _TSVECTOR, _tsquery(needs)
    return list(
        session.execute(text(query.format(order="ASC" if oldest_first else "DESC")), bounds).scalars()
    )


def holding(
    session: Session, needs: Sequence[Need], *, since: datetime | None = None, limit: int
) -> list[int]:
    """Return the ids of the articles that `places` gives of those that came out since then."""
    after = None if since is None else place_of(since) - 1
    return [article_at(place) for place in places(session, needs, after=after, limit=limit)]


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
        raise ValueError(f"{word!r} is not a folded word")
    return word
