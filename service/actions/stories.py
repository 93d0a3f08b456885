"""Stories as readers put them right: an article tells another story, or two are the same. The grouping obeys from then on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from alerts.raising.storing import merge, split
from service.actions.acting import act
from service.actions.errors import ConflictError, InvalidError, NotFoundError
from storage.advisory_lock import AdvisoryLock, share_lock
from storage.language import _
from storage.stores.stories.rulings import (
    ExportedArticle,
    Ruling,
    StoryMember,
    all_rulings,
    exported_articles,
    lock_shard,
    members,
    members_of_ids,
    put_rulings,
    raise_version,
    rulings_between,
    stories_there,
)
from storage.stores.stories.shards import add_shards
from storage.stores.stories.splitting import Placed, copies_in
from storage.stores.stories.traces import add_stories, next_story_ids
from storage.stores.watch.watch_lists import tracked_lists
from storage.viewers import looking_as

MOST_ARTICLES = 1_000
"""That one word of a reader may be about: each pair of them is kept."""


@dataclass(frozen=True, slots=True)
class StoryChange:
    """The story that goes on, and the other one: new, or no more."""

    story_id: int
    other_id: int


@dataclass(frozen=True, slots=True)
class ExportedStories:
    """Articles with the stories that they are in, and what readers said of pairs of them."""

    articles: Sequence[ExportedArticle]
    rulings: Sequence[Ruling]


def story_members(session: Session, story_id: int) -> list[StoryMember]:
    """Return the articles of a story, oldest first. Raises `NotFoundError`."""
    found = members(session, [_standing(session, story_id)])
    if not found:
        raise NotFoundError(_("there is no story {story_id} with articles", story_id=story_id), key="story")
    return found


@act("story", "split", told=("article_ids",))
def take_apart(session: Session, article_ids: Collection[int], *, caller: str, now: datetime) -> StoryChange:
    """Take articles out of their story into another one, and keep them out of it.

    Watch lists that they match are told, but where one of them raised an alert already: that goes with it. Raises `ActionError`.
    """
    chosen = _chosen(session, article_ids)
    shard, kept = chosen[0].shard, chosen[0].story_id
    version = _hold(session, shard)
    moved = {one.article_id for one in chosen}
    others = [one.article_id for one in members(session, [kept]) if one.article_id not in moved]
    if not others:
        raise ConflictError(_("story {kept} has no other article", kept=kept), key="articles")
    if len(moved) * len(others) > MOST_ARTICLES * 10:
        raise InvalidError(_("too many articles at once: take out fewer"), key="articles")
    first, *rest = sorted(moved)
    rulings = [Ruling(one, other, together=False) for one in moved for other in others]
    rulings += [Ruling(first, other, together=True) for other in rest]
    put_rulings(session, rulings, shard=shard, version=version, at=now, caller=caller)
    (new,) = next_story_ids(session, 1)
    add_stories(session, [new], shard, now=now)
    placed = place_by_copies(copies_in(session, [*moved, *others]), moved, kept, new)
    with looking_as(None):  # alerts of lists that the reader may not see move too
        lists = {watched.id: watched for watched in tracked_lists(session)}
        split(session, kept, new, placed, lists, version=version, now=now, by="reader")
    raise_version(session, shard, version=version)
    return StoryChange(kept, new)


@act("story", "merge", about="story_id", told=("other_id",))
def put_together(
    session: Session, story_id: int, other_id: int, *, caller: str, now: datetime
) -> StoryChange:
    """Make two stories one, and keep their articles together; the older one goes on. Raises `ActionError`."""
    kept, gone = sorted((_standing(session, story_id), _standing(session, other_id)))
    if kept == gone:
        raise ConflictError(
            _("stories {story_id} and {other_id} are one already", story_id=story_id, other_id=other_id),
            key="story",
        )
    ours, theirs = story_members(session, kept), story_members(session, gone)
    shard = ours[0].shard
    if theirs[0].shard != shard:
        raise InvalidError(
            _(
                "stories {kept} and {gone} are in different languages: they can be related, not one",
                kept=kept,
                gone=gone,
            ),
            key="story",
        )
    version = _hold(session, shard)
    between = rulings_between(session, [one.article_id for one in ours], [one.article_id for one in theirs])
    rulings = [Ruling(one.article_id, one.other_id, together=True) for one in between]
    rulings.append(Ruling(ours[0].article_id, theirs[0].article_id, together=True))
    put_rulings(session, rulings, shard=shard, version=version, at=now, caller=caller)
    with looking_as(None):  # alerts of lists that the reader may not see are merged too
        merge(session, [(kept, gone)], version=version, now=now, by="reader")
    raise_version(session, shard, version=version)
    return StoryChange(kept, gone)


def place_by_copies(known: Sequence[Placed], moved: Collection[int], kept: int, new: int) -> list[Placed]:
    """Return where articles of a story are once some are moved out; copies are a group no more where that parts them. Pure."""
    groups: dict[tuple[int, bool], list[Placed]] = defaultdict(list)
    for one in known:
        groups[one.group, one.article_id in moved].append(one)
    placed = []
    for (group, is_moved), own in groups.items():
        is_parted = (group, not is_moved) in groups
        number = min(one.number for one in own) if is_parted else group
        if is_moved or number != group:
            story = new if is_moved else kept
            placed += [Placed(one.number, one.article_id, story, number) for one in own]
    return sorted(placed, key=lambda one: one.number)


def stories_to_export(session: Session, since: datetime, *, limit: int) -> ExportedStories:
    """Return the newest articles since then with their stories, and what readers said of them."""
    articles = exported_articles(session, since, limit=limit)
    return ExportedStories(articles, all_rulings(session, [one.article_id for one in articles]))


def _chosen(session: Session, article_ids: Collection[int]) -> list[StoryMember]:
    if not article_ids:
        raise InvalidError(_("say which articles tell another story"), key="articles")
    if len(article_ids) > MOST_ARTICLES:
        raise InvalidError(_("at most {most:,} articles at once", most=MOST_ARTICLES), key="articles")
    found = members_of_ids(session, article_ids)
    missing = sorted(set(article_ids) - {one.article_id for one in found})
    if missing:
        raise NotFoundError(_("article {missing} is in no story", missing=missing[0]), key="articles")
    stories = sorted({one.story_id for one in found})
    if len(stories) > 1:
        raise ConflictError(
            _("these articles are in different stories already: {names}", names=", ".join(map(str, stories))),
            key="articles",
        )
    return found


def _standing(session: Session, story_id: int) -> int:
    """Return the story that this one is by now."""
    number: int | None = story_id
    while number is not None:
        there = stories_there(session, [number])
        if number not in there:
            raise NotFoundError(_("there is no story {story_id}", story_id=story_id), key="story")
        story_id, number = number, there[number]
    return story_id


def _hold(session: Session, shard: str) -> int:
    """Keep others from grouping in a shard until the transaction ends; return the version that it makes."""
    share_lock(session, AdvisoryLock.STORIES)
    add_shards(session, [shard])
    return lock_shard(session, shard) + 1
