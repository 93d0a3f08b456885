"""A story of which articles are taken out: they are in another one, with whom they mention."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.stores.articles.match_claims import Name
from storage.stores.stories.story_facts import MentionTimes, put_names_in_stories
from storage.tables import Article, ArticleVersion, MentionRow, StoryArticle, StoryKind, StoryMention
from storage.upserts import table_of


@dataclass(frozen=True, slots=True)
class Placed:
    """Where an article that was moved is now, by the number of its traces: its story and its group of copies."""

    number: int
    article_id: int
    story_id: int
    group: int


def moves_since(session: Session, shard: str, version: int) -> list[Placed]:
    """Return where the articles of a shard are that were moved after that version of it."""
    rows = session.execute(
        sa_select(
            col(StoryArticle.id),
            col(StoryArticle.article_id),
            col(Article.story_id),
            col(StoryArticle.copy_group),
        )
        .join(Article, col(Article.id) == col(StoryArticle.article_id))
        .where(
            col(StoryArticle.shard) == shard,
            col(StoryArticle.moved_at_version) > version,
            col(Article.story_id).is_not(None),
        )
        .order_by(col(StoryArticle.id))
    )
    return [
        Placed(number, article, story, number if group is None else group)
        for number, article, story, group in rows
    ]


def copies_in(session: Session, article_ids: Collection[int]) -> list[Placed]:
    """Return where these articles are, with the groups of copies that they are in."""
    rows = session.execute(
        sa_select(
            col(StoryArticle.id),
            col(StoryArticle.article_id),
            col(Article.story_id),
            col(StoryArticle.copy_group),
        )
        .join(Article, col(Article.id) == col(StoryArticle.article_id))
        .where(col(StoryArticle.article_id).in_(article_ids))
        .order_by(col(StoryArticle.id))
    )
    return [
        Placed(number, article, story or 0, number if group is None else group)
        for number, article, story, group in rows
    ]


def place_articles(session: Session, placed: Sequence[Placed], *, version: int) -> None:
    """Put articles into stories and groups of copies, at this version of their shard; those that have no story yet get none.

    One that is in no group with the article that it is a copy of is a copy no more.
    """
    if not placed:
        return
    table, articles = table_of(StoryArticle), table_of(Article)
    session.connection().execute(
        update(table)
        .where(table.c.id == bindparam("number"))
        .values(copy_group=bindparam("new_group"), moved_at_version=version),
        [{"number": one.number, "new_group": one.group} for one in placed],
    )
    session.connection().execute(
        update(articles)
        .where(articles.c.id == bindparam("number"), articles.c.story_id.is_not(None))
        .values(story_id=bindparam("story")),
        [{"number": one.article_id, "story": one.story_id} for one in placed],
    )
    _no_copies(session, placed)


def _no_copies(session: Session, placed: Sequence[Placed]) -> None:
    """Let no article be a copy of one that is in another group."""
    ids = [one.article_id for one in placed]
    rows = session.execute(
        sa_select(col(StoryArticle.id), col(StoryArticle.copy_of_id), col(StoryArticle.copy_group)).where(
            col(StoryArticle.copy_of_id).is_not(None),
            (col(StoryArticle.article_id).in_(ids)) | (col(StoryArticle.copy_of_id).in_(ids)),
        )
    ).all()
    groups = {one.article_id: one.group for one in copies_in(session, {row[1] for row in rows})}
    lost = [number for number, of, group in rows if groups.get(of) != group]
    if lost:
        session.execute(
            update(StoryArticle)
            .where(col(StoryArticle.id).in_(lost))
            .values(copy_of_id=None, kind=StoryKind.SAME_STORY)
        )


def recount_names(session: Session, story_ids: Collection[int], *, now: datetime) -> None:
    """Say anew whom stories mention, from what their articles do."""
    rows = session.execute(
        sa_select(
            col(Article.story_id),
            col(MentionRow.watch_list_id),
            col(MentionRow.kind),
            col(MentionRow.name),
            col(Article.published_at),
            col(Article.found_at),
        )
        .join(
            ArticleVersion,
            (col(ArticleVersion.article_id) == col(Article.id))
            & (col(ArticleVersion.number) == col(Article.grouped_version)),
        )
        .join(MentionRow, col(MentionRow.version_id) == col(ArticleVersion.id))
        .where(col(Article.story_id).in_(story_ids))
        .distinct()
    )
    times: dict[tuple[int, Name], list[datetime]] = defaultdict(list)
    for story, number, kind, name, published, found in rows:
        at = min(found if published is None else published, found, now)
        times[story, (number, kind, name)].append(at)
        times[story, (number, "list", "")].append(at)
    session.execute(delete(StoryMention).where(col(StoryMention.story_id).in_(story_ids)))
    put_names_in_stories(
        session, {key: MentionTimes(min(moments), max(moments)) for key, moments in times.items()}
    )
