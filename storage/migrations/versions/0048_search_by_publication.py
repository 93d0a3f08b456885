"""What is found by words stands in the order of publication, not in that in which it was stored

Revision: 0048
Follows: 0047
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

OLDEST = "0048"
"""Programs before would index words without their places."""

_PLACE_ON_SQLITE = """
    UPDATE article_words SET place = article_id + COALESCE((
        SELECT MAX(0, CAST(strftime('%s', COALESCE(MIN(article.published_at, article.found_at), article.found_at)) AS INTEGER))
            * 2147483648
        FROM article WHERE article.id = article_words.article_id), 0)
"""
_PLACE_ON_POSTGRESQL = """
    UPDATE article_words SET place = article_id + 2147483648 * GREATEST(0, FLOOR(EXTRACT(EPOCH FROM
        LEAST(article.published_at, article.found_at))))::bigint
    FROM article WHERE article.id = article_words.article_id
"""
# Each row is written anew: its index is built once after it, and not filled row by row.
_POSTGRESQL = (
    "DROP INDEX ix_article_words_search",
    _PLACE_ON_POSTGRESQL,
    "CREATE INDEX ix_article_words_search ON article_words USING gin (array_to_tsvector(string_to_array(words, ' ')))",
)
# As 0009 has it; but FTS5 gives its rows in the order of their numbers alone, so these are the places.
_FTS5 = (
    "DROP TRIGGER article_words_added",
    "DROP TRIGGER article_words_removed",
    "DROP TRIGGER article_words_changed",
    "DROP TABLE article_search",
    _PLACE_ON_SQLITE,
    "CREATE VIRTUAL TABLE article_search USING fts5(words, content='article_words', content_rowid='place', "
    "tokenize='ascii', detail='none', columnsize=0)",
    "CREATE TRIGGER article_words_added AFTER INSERT ON article_words BEGIN "
    "INSERT INTO article_search (rowid, words) VALUES (new.place, new.words); END",
    "CREATE TRIGGER article_words_removed AFTER DELETE ON article_words BEGIN "
    "INSERT INTO article_search (article_search, rowid, words) VALUES ('delete', old.place, old.words); END",
    "CREATE TRIGGER article_words_changed AFTER UPDATE ON article_words BEGIN "
    "INSERT INTO article_search (article_search, rowid, words) VALUES ('delete', old.place, old.words); "
    "INSERT INTO article_search (rowid, words) VALUES (new.place, new.words); END",
    "INSERT INTO article_search (article_search) VALUES ('rebuild')",
)


def upgrade() -> None:
    """Go one revision up."""
    op.add_column("article_words", sa.Column("place", sa.BigInteger(), nullable=False, server_default="0"))
    for statement in _FTS5 if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)
    op.create_index("ix_article_words_place", "article_words", ["place"])
