"""The traces of articles in stories: what a restart, or another process's decisions, bring back into memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, text, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, SQLModel, col

from storage.advisory_lock import is_postgresql
from storage.stores.articles.match_claims import MatchedArticle
from storage.tables import Article, Story, StoryArticle, StoryKind, Volume, VolumeUnit
from storage.upserts import add_rows

AT_ONCE = 1_000
HOURS_KEPT = timedelta(days=400)
"""Counts an hour are kept so long; counts a day for good."""


@dataclass(frozen=True, slots=True)
class StoredTraces:
    """What is kept of an article in a story. `number` is the order in which articles came."""

    number: int
    article_id: int
    story_id: int
    outlet_id: int
    kind: StoryKind
    copy_of_id: int | None
    group: int
    at: datetime
    seen_at: datetime
    exact: int | None
    shingles: bytes | None
    terms: bytes | None


@dataclass(frozen=True, slots=True)
class SourceCandidate:
    """An article that may be the source of another, by the addresses that their pages name."""

    id: int
    outlet_id: int
    canonical_url: str
    declared_url: str | None
    story_id: int | None


def traces_since(session: Session, shard: str, number: int) -> Iterator[StoredTraces]:
    """Return what came to a shard after `number` and has traces, in order."""
    while True:
        rows = session.execute(
            sa_select(StoryArticle.__table__, col(Article.story_id), col(Article.outlet_id))  # type: ignore[attr-defined]
            .join(Article, col(Article.id) == col(StoryArticle.article_id))
            .where(
                col(StoryArticle.shard) == shard,
                col(StoryArticle.id) > number,
                or_(col(StoryArticle.shingles).is_not(None), col(StoryArticle.terms).is_not(None)),
                col(Article.story_id).is_not(None),
            )
            .order_by(col(StoryArticle.id))
            .limit(AT_ONCE)
        ).all()
        for row in rows:
            yield StoredTraces(
                number=row.id,
                article_id=row.article_id,
                story_id=row.story_id,
                outlet_id=row.outlet_id,
                kind=row.kind,
                copy_of_id=row.copy_of_id,
                group=row.id if row.copy_group is None else row.copy_group,
                at=row.at,
                seen_at=row.seen_at,
                exact=row.exact,
                shingles=row.shingles,
                terms=row.terms,
            )
        if len(rows) < AT_ONCE:
            return
        number = rows[-1].id


def mergers_since(session: Session, shard: str, version: int) -> list[tuple[int, int]]:
    """Return which stories of a shard were merged after that version: the one that has its articles by now, and the one gone."""
    rows = session.execute(
        sa_select(col(Story.merged_into_id), col(Story.id))
        .where(col(Story.shard) == shard, col(Story.merged_at_version) > version)
        .order_by(col(Story.merged_at_version), col(Story.id))
    )
    into = {gone: kept for kept, gone in rows if kept is not None}
    found = []
    for gone, kept in into.items():
        now = kept
        while now in into:
            now = into[now]
        found.append((now, gone))
    return found


def kinds_before(session: Session, article_ids: Collection[int]) -> dict[int, tuple[StoryKind, int | None]]:
    """Return as what articles came to their stories, and of what they are copies, of those that have come."""
    rows = session.execute(
        sa_select(col(StoryArticle.article_id), col(StoryArticle.kind), col(StoryArticle.copy_of_id)).where(
            col(StoryArticle.article_id).in_(article_ids)
        )
    )
    return {article_id: (kind, copy_of_id) for article_id, kind, copy_of_id in rows}


def source_candidates(session: Session, articles: Sequence[MatchedArticle]) -> list[SourceCandidate]:
    """Return the articles that one of these may name as its source, or that may name one of them; those themselves included."""
    canonical = {one.canonical_url for one in articles}
    declared = {one.declared_url for one in articles if one.declared_url is not None}
    table = Article.__table__  # type: ignore[attr-defined]
    columns = [table.c[name] for name in SourceCandidate.__slots__]
    naming = sa_select(*columns).where(table.c.declared_url.in_(canonical | declared))
    rows = session.execute(naming).all()
    if declared:
        rows = [*rows, *session.execute(sa_select(*columns).where(table.c.canonical_url.in_(declared)))]
    return [SourceCandidate(*row) for row in dict.fromkeys(tuple(row) for row in rows)]


def next_trace_numbers(session: Session, count: int, *, after: int) -> list[int]:
    """Return numbers for the traces of new articles, each higher than all before and than `after`."""
    return _next_ids(session, StoryArticle, count, after=after)


def next_story_ids(session: Session, count: int, *, after: int = 0) -> list[int]:
    """Return ids for new stories, each higher than all that are stored and than `after`."""
    return _next_ids(session, Story, count, after=after) if count else []


def _next_ids(session: Session, table: type[SQLModel], count: int, *, after: int = 0) -> list[int]:
    name = str(table.__tablename__)
    if is_postgresql(session):
        sequence = f"nextval(pg_get_serial_sequence('{name}', 'id'))"
        rows = session.execute(text(f"SELECT {sequence} FROM generate_series(1, :count)"), {"count": count})  # noqa: S608
        return list(rows.scalars())
    key = table.__table__.c.id  # type: ignore[attr-defined]
    last = max(session.execute(sa_select(func.max(key))).scalar_one() or 0, after)
    return list(range(last + 1, last + 1 + count))


def add_stories(session: Session, ids: Sequence[int], shard: str, *, now: datetime) -> None:
    """Make stories of these numbers."""
    if ids:
        rows = [{"id": number, "created_at": now, "shard": shard} for number in ids]
        add_rows(session, Story, rows)


def put_traces(
    session: Session, shard: str, traces: Sequence[StoredTraces], *, replaced: Collection[int]
) -> None:
    """Store what is kept of articles; `replaced` are those that an earlier version left something of."""
    if replaced:
        session.execute(delete(StoryArticle).where(col(StoryArticle.article_id).in_(replaced)))
    rows: list[dict[str, Any]] = [
        {
            "id": one.number,
            "article_id": one.article_id,
            "shard": shard,
            "kind": one.kind,
            "copy_of_id": one.copy_of_id,
            "copy_group": one.group,
            "at": one.at,
            "seen_at": one.seen_at,
            "exact": one.exact,
            "shingles": one.shingles,
            "terms": one.terms,
        }
        for one in traces
    ]
    add_rows(session, StoryArticle, rows)


def prune_traces(
    session: Session, *, now: datetime, copies_window: timedelta, stories_window: timedelta
) -> None:
    """Empty the traces that are older than the windows, and delete old counts."""
    session.execute(
        update(StoryArticle)
        .where(col(StoryArticle.seen_at) < now - stories_window, col(StoryArticle.terms).is_not(None))
        .values(terms=None)
    )
    session.execute(
        update(StoryArticle)
        .where(col(StoryArticle.seen_at) < now - copies_window, col(StoryArticle.shingles).is_not(None))
        .values(shingles=None)
    )
    session.execute(
        delete(Volume).where(col(Volume.unit) == VolumeUnit.HOUR, col(Volume.starts_at) < now - HOURS_KEPT)
    )
