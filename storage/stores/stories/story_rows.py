"""What is kept of stories: traces for restarts, whom they mention, how they are related, and merging two of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import delete, func, update
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import (
    Alert,
    AlertArticle,
    AlertKind,
    Article,
    Notification,
    NotificationState,
    Silence,
    Story,
    StoryArticle,
    StoryLink,
    StoryMention,
    Volume,
    VolumeUnit,
)

AT_ONCE = 1_000
RELATED_WITHIN = timedelta(hours=24)
FEWEST_SHARED = 2
HOURS_KEPT = timedelta(days=90)
"""Counts an hour are kept so long; counts a day for good."""


def traces_since(session: Session, number: int) -> Iterator[tuple[StoryArticle, int, int]]:
    """Gives the articles that came after `number` and have traces, in order, with story and outlet."""
    while True:
        rows = session.exec(
            select(StoryArticle, Article.story_id, Article.outlet_id)
            .join(Article, col(Article.id) == col(StoryArticle.article_id))
            .where(
                col(StoryArticle.id) > number,
                col(StoryArticle.shingles).is_not(None) | col(StoryArticle.terms).is_not(None),
                col(Article.story_id).is_not(None),
            )
            .order_by(col(StoryArticle.id))
            .limit(AT_ONCE)
        ).all()
        for row, story_id, outlet_id in rows:
            if story_id is not None:
                yield row, story_id, outlet_id
        if len(rows) < AT_ONCE:
            return
        number = id_of(rows[-1][0])


def next_trace(session: Session) -> int:
    """Gives a number for the next article, higher than all before."""
    return (session.exec(select(func.max(StoryArticle.id))).one() or 0) + 1


def article_of_address(session: Session, article: Article) -> Article | None:
    """Gives the earliest article in a story that one of the two names as its source; else None.

    A page's own word for its source (rel=canonical) counts where the named article is known, or where two outlets name the same.
    """
    same = [col(Article.declared_url) == article.canonical_url]
    if article.declared_url is not None:
        same.append(col(Article.canonical_url) == article.declared_url)
        same.append(
            (col(Article.declared_url) == article.declared_url)
            & (col(Article.outlet_id) != article.outlet_id)
        )
    condition = same[0]
    for other in same[1:]:
        condition = condition | other
    return session.exec(
        select(Article)
        .where(col(Article.story_id).is_not(None), col(Article.id) != id_of(article), condition)
        .order_by(col(Article.id))
        .limit(1)
    ).first()


def prune_traces(
    session: Session, *, now: datetime, copies_window: timedelta, stories_window: timedelta
) -> None:
    """Empties the traces that are older than the windows, and deletes old counts."""
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


def mention_in_story(
    session: Session, *, story_id: int, watch_list_id: int, kind: str, name: str, at: datetime
) -> datetime | None:
    """Stores that a story mentions a name; gives when it last did before, None for the first time."""
    row = session.exec(
        select(StoryMention).where(
            StoryMention.story_id == story_id,
            StoryMention.watch_list_id == watch_list_id,
            StoryMention.kind == kind,
            StoryMention.name == name,
        )
    ).first()
    if row is None:
        session.add(
            StoryMention(
                story_id=story_id, watch_list_id=watch_list_id, kind=kind, name=name, first_at=at, last_at=at
            )
        )
        session.flush()
        return None
    before, row.last_at = row.last_at, max(row.last_at, at)
    row.first_at = min(row.first_at, at)
    return before


def link_related(
    session: Session,
    *,
    story_id: int,
    watch_list_id: int,
    actors: list[str],
    language: str | None,
    now: datetime,
) -> list[int]:
    """Links the story with those in other languages that mention two or more of the actors within a day; gives the new links."""
    if len(actors) < FEWEST_SHARED or language is None:
        return []
    shared: dict[int, list[str]] = {}
    rows = session.exec(
        select(StoryMention)
        .join(Story, col(Story.id) == col(StoryMention.story_id))
        .where(
            StoryMention.watch_list_id == watch_list_id,
            StoryMention.kind == "actor",
            col(StoryMention.name).in_(actors),
            col(StoryMention.last_at) >= now - RELATED_WITHIN,
            col(StoryMention.first_at) <= now + RELATED_WITHIN,
            col(StoryMention.story_id) != story_id,
            col(Story.merged_into_id).is_(None),
        )
        .order_by(col(StoryMention.story_id))
    )
    for row in rows:
        shared.setdefault(row.story_id, []).append(row.name)
    linked = []
    for other, names in shared.items():
        if len(names) < FEWEST_SHARED or language in languages_of(session, other):
            continue
        key = (min(story_id, other), max(story_id, other))
        if session.get(StoryLink, key) is None:
            session.add(StoryLink(story_id=key[0], other_id=key[1], actors=sorted(names), created_at=now))
            linked.append(other)
    session.flush()
    return linked


def related_stories(session: Session, story_id: int) -> list[tuple[int, list[str]]]:
    """Gives the stories that this one is related to, with whom they share."""
    rows = session.exec(
        select(StoryLink)
        .where((col(StoryLink.story_id) == story_id) | (col(StoryLink.other_id) == story_id))
        .order_by(col(StoryLink.created_at), col(StoryLink.story_id), col(StoryLink.other_id))
    )
    return [(row.other_id if row.story_id == story_id else row.story_id, row.actors) for row in rows]


def languages_of(session: Session, story_id: int) -> set[str]:
    """Gives the languages of a story's articles."""
    found = session.exec(select(Article.language).where(Article.story_id == story_id).distinct())
    return {language for language in found if language}


def merge_stories(session: Session, *, kept: int, gone: int) -> None:
    """Makes two stories one, and the alerts that a watch list has of both: the older alert goes on."""
    session.execute(update(Article).where(col(Article.story_id) == gone).values(story_id=kept))
    session.get_one(Story, gone).merged_into_id = kept
    session.execute(update(Silence).where(col(Silence.story_id) == gone).values(story_id=kept))
    for row in session.exec(select(StoryMention).where(StoryMention.story_id == gone)).all():
        mention_in_story(
            session,
            story_id=kept,
            watch_list_id=row.watch_list_id,
            kind=row.kind,
            name=row.name,
            at=row.last_at,
        )
        session.delete(row)
    for link in session.exec(
        select(StoryLink).where((col(StoryLink.story_id) == gone) | (col(StoryLink.other_id) == gone))
    ).all():
        other = link.other_id if link.story_id == gone else link.story_id
        key = (min(kept, other), max(kept, other))
        session.delete(link)
        if other != kept and session.get(StoryLink, key) is None:
            session.add(
                StoryLink(story_id=key[0], other_id=key[1], actors=link.actors, created_at=link.created_at)
            )
    session.flush()
    _merge_alerts(session, kept, gone)


def _merge_alerts(session: Session, kept: int, gone: int) -> None:
    session.execute(
        update(Alert)
        .where(col(Alert.story_id) == gone, col(Alert.kind) != AlertKind.STORY)
        .values(story_id=kept)
    )
    query = select(Alert).where(col(Alert.kind) == AlertKind.STORY, col(Alert.merged_into_id).is_(None))
    ours = {a.watch_list_id: a for a in session.exec(query.where(Alert.story_id == kept))}
    for alert in session.exec(query.where(Alert.story_id == gone)).all():
        other = ours.get(alert.watch_list_id)
        key = f"{alert.watch_list_id}:story:{kept}"
        if other is None:
            alert.story_id, alert.dedup_key = kept, key
            continue
        first, second = sorted((alert, other), key=lambda one: (one.created_at, id_of(one)))
        second.dedup_key = f"{second.watch_list_id}:merged:{id_of(second)}"
        second.story_id, second.merged_into_id = kept, id_of(first)
        second.update_due_at, second.update_reasons = None, []
        session.flush()
        first.story_id, first.dedup_key = kept, key
        first.score = max(first.score, second.score)
        has = set(session.exec(select(AlertArticle.article_id).where(AlertArticle.alert_id == id_of(first))))
        for row in session.exec(select(AlertArticle).where(AlertArticle.alert_id == id_of(second))).all():
            if row.article_id not in has:
                session.add(
                    AlertArticle(
                        alert_id=id_of(first), article_id=row.article_id, attached_at=row.attached_at
                    )
                )
            session.delete(row)
        session.execute(
            update(Notification)
            .where(
                col(Notification.alert_id) == id_of(second),
                col(Notification.state) == NotificationState.QUEUED,
                col(Notification.digest_id).is_(None),
                # whoever has had the first alert needs no second; any other is told of the second still
                col(Notification.channel_id).in_(
                    select(Notification.channel_id).where(Notification.alert_id == id_of(first))
                ),
            )
            .values(state=NotificationState.SUPPRESSED, last_error="merged into an older alert")
        )
    session.flush()
