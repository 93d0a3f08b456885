"""Full-text search

Revision: 0009
Follows: 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# `ascii` parts words at ASCII's spaces and signs alone: folded words hold none, whatever their script. Only whole words are
# looked up, never where they stand, so the index keeps no places (detail=none).
_FTS5 = (
    "CREATE VIRTUAL TABLE article_search USING fts5(words, content='article_words', content_rowid='article_id', "
    "tokenize='ascii', detail='none', columnsize=0)",
    "CREATE TRIGGER article_words_added AFTER INSERT ON article_words BEGIN "
    "INSERT INTO article_search (rowid, words) VALUES (new.article_id, new.words); END",
    "CREATE TRIGGER article_words_removed AFTER DELETE ON article_words BEGIN "
    "INSERT INTO article_search (article_search, rowid, words) VALUES ('delete', old.article_id, old.words); END",
    "CREATE TRIGGER article_words_changed AFTER UPDATE ON article_words BEGIN "
    "INSERT INTO article_search (article_search, rowid, words) VALUES ('delete', old.article_id, old.words); "
    "INSERT INTO article_search (rowid, words) VALUES (new.article_id, new.words); END",
)
_TSVECTOR = (
    "CREATE INDEX ix_article_words_search ON article_words "
    "USING gin (array_to_tsvector(string_to_array(words, ' ')))"
)


def upgrade() -> None:
    """Go one revision up."""
    op.create_table(
        "article_words",
        sa.Column("article_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fold_version", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("article_id"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in _FTS5:
            op.execute(statement)
    else:
        op.execute(_TSVECTOR)
