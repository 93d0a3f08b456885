"""Between deciders and storage: facts are read in a few queries for a whole batch, and decisions stored in as few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlmodel import Session

from alerts.delivery.excerpts import Excerpt
from alerts.delivery.outbox import DueAlert, enqueue_all
from alerts.delivery.story_events import By, notify_of_story
from alerts.raising.alert_data import OTHER_ARTICLES, created_data
from alerts.raising.deciding import (
    Decisions,
    StoredFacts,
    decide_moved,
    dedup_key,
    spike_key,
)
from alerts.raising.found import ArticleFound, list_found
from alerts.raising.joining import Joining
from alerts.raising.mergers import decide_mergers, story_key
from alerts.raising.splits import decide_split
from alerts.raising.volume import rhythm_days
from storage.stores.alerts.mentions import mentions_in_versions
from storage.stores.alerts.standing import (
    MergeAlerts,
    add_alerts,
    alerts_of_keys,
    alerts_of_stories,
    attach_articles,
    change_alerts,
    hand_over,
    known_alerts,
    merge_alerts,
    move_alert,
    move_merged,
    outlets_of_alerts,
    place_alerts,
)
from storage.stores.articles.enrichments import vectors_of, vectors_of_stories
from storage.stores.articles.match_claims import current_articles
from storage.stores.stories.counting import add_counts, days_of_actors
from storage.stores.stories.merging import merge_stories
from storage.stores.stories.rulings import members
from storage.stores.stories.splitting import Placed, place_articles, recount_names
from storage.stores.stories.story_facts import (
    MentioningStory,
    StoryText,
    add_links,
    earliest_of_stories,
    first_of_stories,
    links_of_stories,
    marks_of_stories,
    names_in_stories,
    outlets_of_stories,
    put_names_in_stories,
    stories_mentioning,
)
from storage.stores.stories.volumes import counted_since
from storage.stores.watch.watch_lists import WatchFacts
from storage.tables import NotificationKind


def read_known(
    session: Session,
    articles: Sequence[ArticleFound],
    lists: Mapping[int, WatchFacts],
    *,
    new_stories: Collection[int] = (),
    shard: str,
    now: datetime,
    joining: Joining | None = None,
) -> StoredFacts:
    """Return what is stored of the stories and alerts that these articles concern; nothing is known of new stories."""
    concerned = [found for found in articles if found.lists or found.article.names_before]
    if not concerned:
        return StoredFacts()
    stories = {found.story_id for found in concerned}
    old = stories - set(new_stories)
    named = _named(concerned, with_topics=joining is not None) if shard else {}
    mentioning = stories_mentioning(session, named, besides=shard, now=now)
    others = {other.story_id for other in mentioning}
    ids = [found.article.article.id for found in concerned]
    links = links_of_stories(session, old) if old else []
    linked = {story for link in links for story in link.key} | others
    alerts = alerts_of_keys(session, _keys(concerned, lists, mentioning, now))
    list_ids = {of_list.watched.id for found in concerned for of_list in found.lists}
    days, since = _rhythms(session, concerned, now)
    return StoredFacts(
        alerts=alerts,
        alert_outlets=outlets_of_alerts(session, [alert.id for alert in alerts]) if alerts else {},
        story_outlets=outlets_of_stories(session, old) if old else {},
        story_texts=_texts(session, old),
        names=names_in_stories(session, old, list_ids) if old else {},
        mentioning=mentioning,
        marks=marks_of_stories(session, others),
        vectors=vectors_of(session, joining.enricher, ids) if joining and others else {},
        story_vectors=vectors_of_stories(session, joining.enricher, others) if joining else {},
        joining=joining,
        links=links,
        first_texts=first_of_stories(session, linked),
        days=days,
        counted_since=since,
    )


def store_decisions(
    session: Session,
    decisions: Decisions,
    lists: Mapping[int, WatchFacts],
    excerpts: Mapping[tuple[int, int], tuple[Excerpt, ...]],
    *,
    now: datetime,
) -> tuple[dict[str, int], int]:
    """Store what was decided; give the ids of the alerts by their keys, and how many notifications were queued.

    `excerpts` are those that were chosen already, by article and watch list.
    """
    ids = {alert.key: alert.id for alert in decisions.changed}
    ids.update(add_alerts(session, decisions.made))
    change_alerts(session, decisions.changed)
    missing = {key for key, _article in decisions.attached} - ids.keys()
    missing |= {notice.alert.key for notice in decisions.notices} - ids.keys()
    if missing:
        ids.update((alert.key, alert.id) for alert in alerts_of_keys(session, missing))
    pairs = dict.fromkeys((ids[key], article) for key, article in decisions.attached)
    attach_articles(session, list(pairs), now=now)
    put_names_in_stories(session, decisions.names)
    add_counts(session, decisions.counts)
    add_links(session, decisions.links, now=now)
    due = []
    for notice in decisions.notices:
        article = notice.found.article
        chosen = None
        if notice.alert.spike is None:
            chosen = excerpts.get((article.article.id, notice.of_list.watched.id))
        number = ids[notice.alert.key]
        due.append(
            DueAlert(
                alert_id=number,
                watch_list_id=notice.alert.watch_list_id,
                story_id=notice.alert.story_id,
                outlet_id=article.outlet_id,
                channel_ids=lists[notice.alert.watch_list_id].channel_ids,
                data=created_data(notice, number, chosen),
                is_new=notice.alert.id == 0,
            )
        )
    return ids, len(enqueue_all(session, due, now=now))


def merge(
    session: Session,
    mergers: Sequence[tuple[int, int]],
    *,
    version: int,
    now: datetime,
    by: By = "tocsin",
) -> None:
    """Make stories one, each kept one and the one that is no more, with their alerts."""
    for kept, gone in mergers:
        moved = members(session, [gone])
        merge_stories(session, kept=kept, gone=gone, version=version)
        for intent in decide_mergers(kept, gone, alerts_of_stories(session, [kept, gone])):
            if isinstance(intent, MergeAlerts):
                merge_alerts(session, intent)
            else:
                move_alert(session, intent)
        move_merged(session, kept=kept, gone=gone)
        notify_of_story(
            session, NotificationKind.STORY_MERGED, story_id=kept, other_id=gone, moved=moved, by=by, now=now
        )


def split(
    session: Session,
    kept: int,
    new: int,
    placed: Sequence[Placed],
    lists: Mapping[int, WatchFacts],
    *,
    version: int,
    now: datetime,
    by: By = "tocsin",
) -> None:
    """Take articles out of the story `kept` into `new`, which is there; each of their lists is alerted to what it was not yet.

    `placed` says where those are that are moved, and others of which the copies are.
    """
    moved = {one.article_id for one in placed if one.story_id == new}
    alerts = decide_split(kept, new, moved, known_alerts(session, kept))
    place_articles(session, placed, version=version)
    recount_names(session, [kept, new], now=now)
    place_alerts(session, alerts.places)
    for handed in alerts.handed:
        hand_over(session, handed)
    found = _untold(session, alerts.untold, lists)
    known = read_known(session, found, lists, shard="", now=now)
    store_decisions(session, decide_moved(known, found, now=now), lists, {}, now=now)
    articles = [one for one in members(session, [new]) if one.article_id in moved]
    if not articles:  # they came just now, and were in no story that anybody knows
        return
    notify_of_story(
        session, NotificationKind.STORY_SPLIT, story_id=kept, other_id=new, moved=articles, by=by, now=now
    )


def _untold(
    session: Session, untold: Mapping[int, Sequence[int]], lists: Mapping[int, WatchFacts]
) -> list[ArticleFound]:
    """Return the articles of which lists have no alert, each with those lists."""
    wanted: dict[int, list[WatchFacts]] = defaultdict(list)
    for number, articles in untold.items():
        for article in articles if number in lists else ():
            wanted[article].append(lists[number])
    current = current_articles(session, wanted)
    mentions = mentions_in_versions(session, [one.version_id for one in current])
    found = []
    for one in current:
        own = mentions.get(one.version_id, {})
        of_lists = [
            list_found(watched, own[watched.id])
            for watched in sorted(wanted[one.article.id], key=lambda each: each.name)
            if own.get(watched.id)
        ]
        if one.article.story_id is not None:
            found.append(ArticleFound(one, one.article.story_id, tuple(of_lists)))
    return found


def _named(articles: Sequence[ArticleFound], *, with_topics: bool) -> dict[tuple[int, str], set[str]]:
    """Return whom stories may be related by, by watch list and kind."""
    found: dict[tuple[int, str], set[str]] = defaultdict(set)
    for article in articles:
        for of_list in article.lists:
            for number, kind, name in of_list.names:
                if kind == "actor" or with_topics:
                    found[number, kind].add(name)
    return found


def _keys(
    articles: Sequence[ArticleFound],
    lists: Mapping[int, WatchFacts],
    mentioning: Sequence[MentioningStory],
    now: datetime,
) -> set[str]:
    """Return the keys of all alerts that the articles may concern."""
    keys = {story_key(other.watch_list_id, other.story_id) for other in mentioning}
    for found in articles:
        number = found.article.article.id
        concerned = {of_list.watched for of_list in found.lists}
        concerned |= {lists[name[0]] for name in found.article.names_before if name[0] in lists}
        keys |= {dedup_key(one, story_id=found.story_id, article_id=number) for one in concerned}
        for of_list in found.lists:
            if of_list.watched.spikes:
                keys |= {
                    spike_key(of_list.watched, name, min(found.article.article.date, now))
                    for _list, kind, name in of_list.names
                    if kind == "actor"
                }
    return keys


def _rhythms(
    session: Session, articles: Sequence[ArticleFound], now: datetime
) -> tuple[Mapping[tuple[int, str, datetime], int], Mapping[int, date]]:
    names: dict[int, set[str]] = defaultdict(set)
    days: set[datetime] = set()
    for found in articles:
        for of_list in found.lists:
            if of_list.watched.spikes and (found.article.is_first or found.article.is_completed):
                names[of_list.watched.id] |= {name for _list, kind, name in of_list.names if kind == "actor"}
                days.update(rhythm_days(min(found.article.article.date, now)))
    if not names:
        return {}, {}
    return days_of_actors(session, names, set().union(*names.values()), days), counted_since(session, names)


def _texts(session: Session, stories: Collection[int]) -> Mapping[int, Sequence[StoryText]]:
    return earliest_of_stories(session, stories, limit=OTHER_ARTICLES + 1) if stories else {}
