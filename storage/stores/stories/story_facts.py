"""What is known of stories: their outlets and earliest articles, whom they mention, which are related."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, bindparam, func, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.stores.articles.match_claims import Name
from storage.stores.articles.versions import is_current
from storage.tables import Article, ArticleVersion, Outlet, Story, StoryArticle, StoryLink, StoryMention
from storage.upserts import insert_or_ignore, insert_or_update, table_of

RELATED_WITHIN = timedelta(hours=36)
MARKED = 3
"""Of a story, so many of the newest articles say by what it may be related."""


@dataclass(frozen=True, slots=True)
class StoryText:
    """An article of a story, as an alert names it."""

    article_id: int
    outlet: str
    title: str
    url: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class LinkedStory:
    """A story that another one is related to: whom both mention, and the first of its articles."""

    story_id: int
    actors: tuple[str, ...]
    first: StoryText
    marks: tuple[str, ...] = ()
    """Numbers, dates and names that both say."""
    alike: float | None = None
    """How alike an enricher's vectors are, where these made the two one."""


@dataclass(frozen=True, slots=True)
class MentionTimes:
    """When a story first and last mentioned a name."""

    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class MentioningStory:
    """A story that mentions an actor or topic of a watch list."""

    story_id: int
    shard: str | None
    watch_list_id: int
    name: str
    kind: str = "actor"


@dataclass(frozen=True, slots=True)
class NewLink:
    """Two stories that are related: whom both mention, and the numbers, dates and names that both say.

    `alike`: how alike an enricher's vectors are, where these made the two one.
    """

    story_id: int
    other_id: int
    actors: tuple[str, ...]
    marks: tuple[str, ...] = ()
    alike: float | None = None

    @property
    def key(self) -> tuple[int, int]:
        """The two stories, the older first."""
        return min(self.story_id, self.other_id), max(self.story_id, self.other_id)


def outlets_of_stories(session: Session, story_ids: Collection[int]) -> dict[int, set[int]]:
    """Return the ids of the outlets that report each story."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = sa_select(col(Article.story_id), col(Article.outlet_id)).where(
        col(Article.story_id).in_(story_ids)
    )
    for story_id, outlet_id in session.execute(rows.distinct()):
        if story_id is not None:
            found[story_id].add(outlet_id)
    return found


def earliest_of_stories(
    session: Session, story_ids: Collection[int], *, limit: int
) -> dict[int, list[StoryText]]:
    """Return up to `limit` articles of each story, the first one first."""
    place = (
        func.row_number().over(partition_by=col(Article.story_id), order_by=col(Article.id)).label("place")
    )
    ranked = (
        sa_select(col(Article.id).label("article_id"), place)
        .where(col(Article.story_id).in_(story_ids))
        .subquery()
    )
    rows = session.execute(
        sa_select(
            col(Article.story_id),
            col(Article.id),
            col(Outlet.name),
            col(ArticleVersion.title),
            col(Article.url),
            col(Article.language),
        )
        .join(ranked, ranked.c.article_id == col(Article.id))
        .join(ArticleVersion, is_current())
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .where(ranked.c.place <= limit)
        .order_by(col(Article.id))
    )
    found: dict[int, list[StoryText]] = defaultdict(list)
    for story_id, *rest in rows:
        found[story_id].append(StoryText(*rest))
    return found


def names_in_stories(
    session: Session, story_ids: Collection[int], watch_list_ids: Collection[int]
) -> dict[tuple[int, Name], MentionTimes]:
    """Return whom of these watch lists the stories mention."""
    rows = session.execute(
        sa_select(
            col(StoryMention.story_id),
            col(StoryMention.watch_list_id),
            col(StoryMention.kind),
            col(StoryMention.name),
            col(StoryMention.first_at),
            col(StoryMention.last_at),
        ).where(
            col(StoryMention.story_id).in_(story_ids), col(StoryMention.watch_list_id).in_(watch_list_ids)
        )
    )
    return {
        (story, (number, kind, name)): MentionTimes(first, last)
        for story, number, kind, name, first, last in rows
    }


def put_names_in_stories(session: Session, names: Mapping[tuple[int, Name], MentionTimes]) -> None:
    """Store whom stories mention, and when."""
    rows = [
        {
            "story_id": story,
            "watch_list_id": number,
            "kind": kind,
            "name": name,
            "first_at": times.first_at,
            "last_at": times.last_at,
        }
        for (story, (number, kind, name)), times in sorted(names.items())
    ]
    if rows:
        keys = ("story_id", "watch_list_id", "kind", "name")
        statement = insert_or_update(session, StoryMention, keys, ("first_at", "last_at"))
        session.connection().execute(statement, rows)


def stories_mentioning(
    session: Session,
    named: Mapping[tuple[int, str], Collection[str]],
    *,
    besides: str,
    now: datetime,
) -> list[MentioningStory]:
    """Return the stories outside a shard that mention these within `RELATED_WITHIN`: by watch list and kind of name."""
    if not named:
        return []
    rows = session.execute(
        sa_select(
            col(StoryMention.story_id),
            col(Story.shard),
            col(StoryMention.watch_list_id),
            col(StoryMention.name),
            col(StoryMention.kind),
        )
        .join(Story, col(Story.id) == col(StoryMention.story_id))
        .where(
            or_(
                *(
                    and_(
                        col(StoryMention.watch_list_id) == number,
                        col(StoryMention.kind) == kind,
                        col(StoryMention.name).in_(names),
                    )
                    for (number, kind), names in named.items()
                )
            ),
            col(StoryMention.last_at) >= now - RELATED_WITHIN,
            col(StoryMention.first_at) <= now + RELATED_WITHIN,
            col(Story.merged_into_id).is_(None),
            col(Story.shard) != besides,
        )
        .order_by(col(StoryMention.story_id))
    )
    return [MentioningStory(*row) for row in rows]


def links_of_stories(session: Session, story_ids: Collection[int]) -> list[NewLink]:
    """Return which stories these are related to, in the order in which that was found."""
    rows = session.execute(
        sa_select(
            col(StoryLink.story_id),
            col(StoryLink.other_id),
            col(StoryLink.actors),
            col(StoryLink.marks),
            col(StoryLink.alike),
        )
        .where(or_(col(StoryLink.story_id).in_(story_ids), col(StoryLink.other_id).in_(story_ids)))
        .order_by(col(StoryLink.created_at), col(StoryLink.story_id), col(StoryLink.other_id))
    )
    return [
        NewLink(story, other, tuple(actors), tuple(marks), alike)
        for story, other, actors, marks, alike in rows
    ]


def add_links(session: Session, links: Sequence[NewLink], *, now: datetime) -> None:
    """Store that stories are related; what is known already stays as it is."""
    rows = [
        {
            "story_id": link.key[0],
            "other_id": link.key[1],
            "actors": list(link.actors),
            "marks": list(link.marks),
            "alike": link.alike,
            "created_at": now,
        }
        for link in links
    ]
    if rows:
        session.connection().execute(insert_or_ignore(session, StoryLink), rows)


def put_marks(session: Session, marks: Mapping[int, Sequence[str]]) -> None:
    """Store the numbers, dates and names that articles in stories say, by the articles' ids."""
    table = table_of(StoryArticle)
    if marks:
        session.connection().execute(
            update(table)
            .where(table.c.article_id == bindparam("number"))
            .values(marks=bindparam("said", type_=table.c.marks.type)),
            [{"number": number, "said": list(said)} for number, said in sorted(marks.items())],
        )


def marks_of_stories(session: Session, story_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """Return the numbers, dates and names that stories say, by the newest of their articles that mention anybody."""
    if not story_ids:
        return {}
    rows = session.execute(
        sa_select(col(Article.story_id), col(StoryArticle.marks))
        .join(StoryArticle, col(StoryArticle.article_id) == col(Article.id))
        .where(col(Article.story_id).in_(story_ids), col(StoryArticle.marks).is_not(None))
        .order_by(col(StoryArticle.id).desc())
    )
    found: dict[int, list[list[str]]] = defaultdict(list)
    for story, marks in rows:
        if len(found[story]) < MARKED:
            found[story].append(marks or [])
    return {story: frozenset(mark for marks in said for mark in marks) for story, said in found.items()}


def first_of_stories(session: Session, story_ids: Collection[int]) -> dict[int, StoryText]:
    """Return the first article of each story that has any."""
    if not story_ids:
        return {}
    return {story: texts[0] for story, texts in earliest_of_stories(session, story_ids, limit=1).items()}


def related_stories(session: Session, story_id: int) -> tuple[LinkedStory, ...]:
    """Return the stories that this one is related to."""
    others = {
        (link.other_id if link.story_id == story_id else link.story_id): link
        for link in links_of_stories(session, [story_id])
    }
    first = first_of_stories(session, others)
    return tuple(
        LinkedStory(other, link.actors, first[other], link.marks, link.alike)
        for other, link in others.items()
        if other in first
    )
