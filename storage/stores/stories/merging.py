"""Two stories that were found to be one: their articles, mentions, links and silences are one's."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from storage.stores.stories.story_facts import MentionTimes, names_in_stories, put_names_in_stories
from storage.tables import Article, Silence, Story, StoryLink, StoryMention


def merge_stories(session: Session, *, kept: int, gone: int, version: int) -> None:
    """Make two stories one, at this version of their shard. What becomes of their alerts is the caller's to say."""
    session.execute(update(Article).where(col(Article.story_id) == gone).values(story_id=kept))
    session.execute(
        update(Story).where(col(Story.id) == gone).values(merged_into_id=kept, merged_at_version=version)
    )
    session.execute(update(Silence).where(col(Silence.story_id) == gone).values(story_id=kept))
    _merge_names(session, kept, gone)
    _merge_links(session, kept, gone)


def _merge_names(session: Session, kept: int, gone: int) -> None:
    lists = select(StoryMention.watch_list_id).where(StoryMention.story_id == gone).distinct()
    known = names_in_stories(session, [kept, gone], session.exec(lists).all())
    merged: dict[tuple[int, tuple[int, str, str]], MentionTimes] = {}
    for (story, name), times in known.items():
        if story == gone:
            other = known.get((kept, name), times)
            merged[kept, name] = MentionTimes(
                min(times.first_at, other.first_at), max(times.last_at, other.last_at)
            )
    session.execute(delete(StoryMention).where(col(StoryMention.story_id) == gone))
    put_names_in_stories(session, merged)


def _merge_links(session: Session, kept: int, gone: int) -> None:
    links = session.exec(
        select(StoryLink).where((col(StoryLink.story_id) == gone) | (col(StoryLink.other_id) == gone))
    ).all()
    for link in links:
        other = link.other_id if link.story_id == gone else link.story_id
        key = (min(kept, other), max(kept, other))
        session.delete(link)
        if other != kept and session.get(StoryLink, key) is None:
            session.add(
                StoryLink(
                    story_id=key[0],
                    other_id=key[1],
                    actors=link.actors,
                    marks=link.marks,
                    alike=link.alike,
                    created_at=link.created_at,
                )
            )
    session.flush()
