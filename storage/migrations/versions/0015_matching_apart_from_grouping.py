"""Matching is claimed, grouping works by shards; why an alert stands, was updated or has its score are typed facts

Revision: 0015
Follows: 0014
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
_TIME = sa.DateTime(timezone=True)
_AT_ONCE = 1_000


def upgrade() -> None:
    """Go one revision up."""
    _articles()
    _stories()
    with op.batch_alter_table("mention", recreate="never") as batch_op:
        batch_op.add_column(_filled("more", sa.Integer(), "0"))
    _alerts()


def _articles() -> None:
    with op.batch_alter_table("article", recreate="never") as batch_op:
        batch_op.add_column(_filled("grouped_version", sa.Integer(), "0"))
        batch_op.add_column(sa.Column("shard", sa.String(), nullable=True))
        batch_op.add_column(_filled("names_before", _JSON, "[]"))
        batch_op.add_column(_filled("match_token", sa.Integer(), "0"))
        batch_op.add_column(sa.Column("match_lease_until", _TIME, nullable=True))
        batch_op.add_column(sa.Column("match_owner", sa.String(), nullable=True))
    op.execute(
        "UPDATE article SET matched_version = version WHERE state = 'matched' AND matched_version <> version"
    )
    op.execute("UPDATE article SET grouped_version = matched_version, shard = COALESCE(language, '')")
    for name, columns, where in (
        ("ix_article_to_match", ["id"], "matched_version < version"),
        ("ix_article_to_group", ["shard", "id"], "grouped_version < matched_version"),
    ):
        op.create_index(
            name, "article", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
    with op.batch_alter_table("article_version", recreate="never") as batch_op:
        batch_op.drop_index("ix_article_version_fingerprint")
        batch_op.drop_column("fingerprint")


def _stories() -> None:
    op.create_table(
        "story_shard",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("lease_until", _TIME, nullable=True),
        sa.Column("lease_owner", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    with op.batch_alter_table("story", recreate="never") as batch_op:
        batch_op.add_column(sa.Column("merged_at_version", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("shard", sa.String(), nullable=True))
        batch_op.create_index("ix_story_merged_at", ["shard", "merged_at_version"])
    with op.batch_alter_table("story_article", recreate="never") as batch_op:
        batch_op.add_column(_filled("shard", sa.String(), ""))
        batch_op.create_index("ix_story_article_shard", ["shard", "id"])
    # a story is in the shard of its first article, and all its articles are
    op.execute(
        "UPDATE story SET shard = (SELECT article.shard FROM article WHERE article.story_id = story.id "
        "ORDER BY article.id LIMIT 1)"
    )
    of_story = "(SELECT story.shard FROM story WHERE story.id = article.story_id)"
    op.execute(f"UPDATE article SET shard = {of_story} WHERE story_id IS NOT NULL")  # noqa: S608
    op.execute(
        "UPDATE story_article SET shard = COALESCE((SELECT article.shard FROM article "
        "WHERE article.id = story_article.article_id), '')"
    )
    op.execute(
        "INSERT INTO story_shard (name, version, token) "
        "SELECT DISTINCT shard, 1, 0 FROM article WHERE shard IS NOT NULL"
    )
    if op.get_bind().dialect.name == "postgresql":  # the numbers were given by hand until now
        op.execute(
            "SELECT setval(pg_get_serial_sequence('story_article', 'id'), (SELECT MAX(id) FROM story_article)) "
            "WHERE EXISTS (SELECT 1 FROM story_article)"
        )


def _alerts() -> None:
    with op.batch_alter_table("alert", recreate="never") as batch_op:
        batch_op.add_column(_filled("score_parts", _JSON, "[]"))
        batch_op.add_column(sa.Column("spike", _JSON, nullable=True))
    op.execute("ALTER TABLE alert RENAME COLUMN told_at TO notified_at")
    op.execute("ALTER TABLE alert RENAME COLUMN told_outlets TO notified_outlets")
    alert = sa.table(
        "alert",
        sa.column("id", sa.Integer),
        sa.column("score_reason", sa.Text),
        sa.column("reason", sa.Text),
        sa.column("update_reasons", _JSON),
        sa.column("score_parts", _JSON),
        sa.column("spike", _JSON),
    )
    for rows in _in_parts(alert):
        op.get_bind().execute(
            sa.update(alert)
            .where(alert.c.id == sa.bindparam("number"))
            .values(
                {
                    name: sa.bindparam(f"new_{name}", type_=_JSON)
                    for name in ("score_parts", "spike", "update_reasons")
                }
            ),
            [
                {
                    "number": row.id,
                    "new_score_parts": [
                        read_score(part) for part in re.split(r"(?<=\)), ", row.score_reason) if part
                    ],
                    "new_spike": read_spike(row.reason) if row.reason else None,
                    "new_update_reasons": [read_update(words) for words in _list(row.update_reasons)],
                }
                for row in rows
            ],
        )
    with op.batch_alter_table("alert", recreate="never") as batch_op:
        batch_op.drop_column("score_reason")
        batch_op.drop_column("reason")


def _in_parts(alert: sa.TableClause) -> Iterator[list[Any]]:
    """Give the alerts that have words, some at a time."""
    last = 0
    while rows := list(
        op.get_bind().execute(sa.select(alert).where(alert.c.id > last).order_by(alert.c.id).limit(_AT_ONCE))
    ):
        last = rows[-1].id
        if said := [row for row in rows if row.score_reason or row.reason or row.update_reasons]:
            yield said


def _list(stored: Any) -> list[str]:  # noqa: ANN401  (as the driver gives it)
    return list(json.loads(stored) if isinstance(stored, str) else stored or [])


_PLACES = {"in the title": "title", "in the lead": "lead", "in the text": "text"}
_UPDATES: tuple[tuple[str, Callable[[re.Match[str]], dict[str, Any]]], ...] = (
    (
        r"(\d+) outlets tell it; there were (\d+)",
        lambda m: {"kind": "outlets", "outlets": int(m[1]), "before": int(m[2])},
    ),
    (r"(.+) is mentioned now", lambda m: {"kind": "joined", "name": m[1]}),
    (r"(.+) is no longer mentioned by (.+)", lambda m: {"kind": "gone", "name": m[1], "outlet": m[2]}),
    (r"(.+) changed its article", lambda m: {"kind": "edited", "outlet": m[1]}),
    (
        r"related story in (\S+), by (.+?): (.*)",
        lambda m: {"kind": "related", "language": m[1], "outlet": m[2], "title": m[3]},
    ),
)


def read_update(words: str) -> dict[str, Any]:
    """Give the facts in a sentence that said why an alert was updated; a note where they can't be read."""
    for pattern, facts in _UPDATES:
        if match := re.fullmatch(pattern, words, re.DOTALL):
            return facts(match)
    return {"kind": "note", "text": words}


def read_spike(words: str) -> dict[str, Any]:
    """Give the facts in a sentence that said what a spike is."""
    match = re.fullmatch(r"(.+): (\d+) articles today, ([\d.]+) is usual for this weekday", words, re.DOTALL)
    if match is None:
        return {"kind": "note", "text": words}
    return {"kind": "spike", "actor": match[1], "articles": int(match[2]), "usual": float(match[3])}


def read_score(words: str) -> dict[str, Any]:
    """Give the facts in one part of a score's sentence."""
    match = re.fullmatch(r"(?:(in the \w+)|(\d+) (places|names|outlets)) \(\+(\d+)\)", words)
    if match is None or (match[1] and match[1] not in _PLACES):
        return {"kind": "note", "text": words}
    kind = _PLACES[match[1]] if match[1] else match[3]
    return {"kind": kind, "points": float(match[4]), "count": int(match[2]) if match[2] else None}


def _filled(name: str, kind: sa.types.TypeEngine[Any], value: str) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False, server_default=value)
