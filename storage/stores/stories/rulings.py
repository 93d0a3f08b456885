"""Readers' word on which articles tell one event, and which stories a reader may speak of."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.stores.articles.versions import is_current
from storage.tables import Article, ArticleVersion, Outlet, Story, StoryRuling, StoryShard
from storage.upserts import insert_or_update


@dataclass(frozen=True, slots=True)
class Ruling:
    """Two articles, by their ids, tell one event (`together`) or two."""

    article_id: int
    other_id: int
    together: bool


@dataclass(frozen=True, slots=True)
class StoryMember:
    """An article of a story."""

    article_id: int
    story_id: int
    shard: str
    outlet: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class ExportedArticle:
    """An article of a story, with what the grouping goes by, as its page and feed have it now."""

    article_id: int
    story_id: int
    url: str
    title: str
    text: str
    outlet: str
    language: str | None
    published_at: datetime | None
    found_at: datetime


def put_rulings(
    session: Session, rulings: Sequence[Ruling], *, shard: str, version: int, at: datetime, caller: str
) -> None:
    """Store rulings; those on pairs that were ruled on before take their place."""
    rows = {
        (min(one.article_id, one.other_id), max(one.article_id, one.other_id)): one.together
        for one in rulings
    }
    values = [
        {
            "article_id": first,
            "other_id": second,
            "together": together,
            "shard": shard,
            "version": version,
            "at": at,
            "caller": caller,
        }
        for (first, second), together in sorted(rows.items())
    ]
    if values:
        columns = ("together", "shard", "version", "at", "caller")
        statement = insert_or_update(session, StoryRuling, ("article_id", "other_id"), columns)
        session.connection().execute(statement, values)


def rulings_since(session: Session, shard: str, version: int) -> list[Ruling]:
    """Return what was ruled on articles of a shard after that version of it."""
    rows = session.execute(
        sa_select(col(StoryRuling.article_id), col(StoryRuling.other_id), col(StoryRuling.together))
        .where(col(StoryRuling.shard) == shard, col(StoryRuling.version) > version)
        .order_by(col(StoryRuling.article_id), col(StoryRuling.other_id))
    )
    return [Ruling(*row) for row in rows]


def rulings_between(
    session: Session, article_ids: Collection[int], other_ids: Collection[int]
) -> list[Ruling]:
    """Return what was ruled on pairs of one of these and one of those."""
    columns = (col(StoryRuling.article_id), col(StoryRuling.other_id), col(StoryRuling.together))
    found = []
    for ours, theirs in ((article_ids, other_ids), (other_ids, article_ids)):
        rows = sa_select(*columns).where(columns[0].in_(ours), columns[1].in_(theirs))
        found += [Ruling(*row) for row in session.execute(rows.order_by(*columns[:2]))]
    return list(dict.fromkeys(found))


def members(session: Session, story_ids: Collection[int]) -> list[StoryMember]:
    """Return the articles of stories, oldest first."""
    return _members(session, col(Article.story_id).in_(story_ids))


def members_of_ids(session: Session, article_ids: Collection[int]) -> list[StoryMember]:
    """Return those of the articles that are in a story, oldest first."""
    return _members(session, col(Article.id).in_(article_ids))


def stories_there(session: Session, story_ids: Collection[int]) -> dict[int, int | None]:
    """Return those of the stories that exist, each with the story that it was merged into."""
    rows = sa_select(col(Story.id), col(Story.merged_into_id)).where(col(Story.id).in_(story_ids))
    return {row[0]: row[1] for row in session.execute(rows)}


def lock_shard(session: Session, name: str) -> int:
    """Return the version of a shard, locked until the transaction ends: nobody groups in it meanwhile."""
    rows = sa_select(col(StoryShard.version)).where(col(StoryShard.name) == name).with_for_update()
    version: int = session.execute(rows).scalar_one()
    return version


def raise_version(session: Session, name: str, *, version: int) -> None:
    """Store a shard's new version, from which processes see that something was decided."""
    session.execute(update(StoryShard).where(col(StoryShard.name) == name).values(version=version))


def exported_articles(session: Session, since: datetime, *, limit: int) -> list[ExportedArticle]:
    """Return the newest articles in stories that were found since then, oldest first."""
    rows = session.execute(
        sa_select(
            col(Article.id),
            col(Article.story_id),
            col(Article.url),
            col(ArticleVersion.title),
            col(ArticleVersion.text),
            col(Outlet.name),
            col(Article.language),
            col(Article.published_at),
            col(Article.found_at),
        )
        .join(ArticleVersion, is_current())
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .where(col(Article.found_at) >= since, col(Article.story_id).is_not(None))
        .order_by(col(Article.id).desc())
        .limit(limit)
    ).all()
    return [ExportedArticle(*row) for row in reversed(rows)]


def all_rulings(session: Session, article_ids: Collection[int]) -> list[Ruling]:
    """Return what was ruled on pairs of which both articles are among these."""
    wanted = set(article_ids)
    rows = session.execute(
        sa_select(col(StoryRuling.article_id), col(StoryRuling.other_id), col(StoryRuling.together)).order_by(
            col(StoryRuling.article_id), col(StoryRuling.other_id)
        )
    )
    return [Ruling(*row) for row in rows if row[0] in wanted and row[1] in wanted]


def _members(session: Session, which: ColumnElement[bool]) -> list[StoryMember]:
    rows = session.execute(
        sa_select(
            col(Article.id),
            col(Article.story_id),
            col(Story.shard),
            col(Outlet.name),
            col(ArticleVersion.title),
            col(Article.url),
        )
        .join(Story, col(Story.id) == col(Article.story_id))
        .join(ArticleVersion, is_current())
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .where(which)
        .order_by(col(Article.id))
    )
    return [StoryMember(number, story, shard or "", *rest) for number, story, shard, *rest in rows]
