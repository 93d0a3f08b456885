"""What is said of an article, each a field of its own: other titles, summary, standfirst, description

Revision: 0023
Follows: 0022
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_FIELDS = ("source_title", "summary", "headline", "lead", "description", "text_source")
_OLD = "field in ('title', 'text')"
_NEW = "field in ('title', 'source_title', 'headline', 'summary', 'lead', 'description', 'text')"
_LONG = ("summary", "lead", "description")


def upgrade() -> None:
    """Go one revision up."""
    with op.batch_alter_table("article_version", recreate="never") as batch_op:
        for name in _FIELDS:
            kind = sa.Text() if name in _LONG else sa.String()
            batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=""))
    _carry_over()
    with op.batch_alter_table("article", recreate="never") as batch_op:
        batch_op.drop_column("lead")
    _take_mentions_of_every_field()


def _carry_over() -> None:
    """Fill what is known of articles as they stand now; what that adds to what was searched is indexed anew by the service."""
    within = "strpos" if op.get_bind().dialect.name == "postgresql" else "instr"
    op.execute(
        """
        UPDATE article_version SET
            text_source = article.text_source,
            source_title = article.feed_title,
            headline = COALESCE(article.page_title, ''),
            summary = CASE
                WHEN article.feed_text <> article_version.text THEN article.feed_text
                WHEN article.read_at IS NULL THEN article.lead ELSE '' END,
            lead = CASE WHEN article.read_at IS NULL THEN '' ELSE article.lead END
        FROM article
        WHERE article.id = article_version.article_id AND article.version = article_version.number
        """
    )
    beyond = " OR ".join(
        f"{within}(version.{field}, version.{said}) = 0"
        for said, field in (
            ("source_title", "title"),
            ("headline", "title"),
            ("summary", "text"),
            ("lead", "text"),
        )
    )
    op.execute(
        "UPDATE article_words SET version = 0 WHERE article_id IN ("  # noqa: S608
        "SELECT version.article_id FROM article_version AS version JOIN article ON article.id = version.article_id "
        f"AND article.version = version.number WHERE {beyond})"
    )


def _take_mentions_of_every_field() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_constraint("mention_field", "mention", type_="check")
        op.create_check_constraint("mention_field", "mention", _NEW)
        return
    # nothing but the words of the condition changes, and SQLite would copy the whole table for that:
    # https://www.sqlite.org/lang_altertable.html#otheralter
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    connection.exec_driver_sql(
        "UPDATE sqlite_schema SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = 'mention'",
        (_OLD, _NEW),
    )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = OFF")
