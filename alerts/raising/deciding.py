"""What articles become: alerts made or attached to, updates, spikes, notifications. Pure: what is known in, what to store out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from alerts.raising.found import ArticleFound, ListFound
from alerts.raising.joining import Joining, Vector, how_alike
from alerts.raising.mergers import story_key
from alerts.raising.relevance import Score, relevance
from alerts.raising.volume import is_spike, rhythm, rhythm_days, start_of
from alerts.stories.marks import is_date
from alerts.text import fold_words
from storage.reasons import (
    ArticleEdited,
    MoreOutlets,
    NameGone,
    NameJoined,
    RelatedFound,
    Spike,
    UpdateReason,
)
from storage.stores.alerts.standing import AlertState
from storage.stores.articles.match_claims import Name
from storage.stores.stories.counting import Counted
from storage.stores.stories.story_facts import LinkedStory, MentioningStory, MentionTimes, NewLink, StoryText
from storage.stores.watch.watch_lists import WatchFacts
from storage.tables import AlertKind, AlertPolicy, VolumeUnit

FEWEST_SHARED = 2
"""Stories in two languages that share so many actors of a watch list within a day are related."""
STILL_NEWS = timedelta(days=1)
"""What came out longer ago makes no spike: it counts for its day, which is over."""


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """What is stored of the stories and alerts that a batch of articles concerns."""

    alerts: Sequence[AlertState] = ()
    alert_outlets: Mapping[int, set[int]] = field(default_factory=dict)
    story_outlets: Mapping[int, set[int]] = field(default_factory=dict)
    story_texts: Mapping[int, Sequence[StoryText]] = field(default_factory=dict)
    names: Mapping[tuple[int, Name], MentionTimes] = field(default_factory=dict)
    mentioning: Sequence[MentioningStory] = ()
    marks: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """The numbers, dates and names that those stories say."""
    vectors: Mapping[int, Vector] = field(default_factory=dict)
    """Those of the articles, by article, where `joining` asks for them."""
    story_vectors: Mapping[int, Sequence[Vector]] = field(default_factory=dict)
    """Those of articles of the mentioning stories."""
    joining: Joining | None = None
    links: Sequence[NewLink] = ()
    first_texts: Mapping[int, StoryText] = field(default_factory=dict)
    """The first article of each story that is linked, or may be."""
    days: Mapping[tuple[int, str, datetime], int] = field(default_factory=dict)
    counted_since: Mapping[int, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Notice:
    """An alert that the channels are to be notified of, with what is said of its story."""

    alert: AlertState
    found: ArticleFound
    of_list: ListFound
    others: tuple[StoryText, ...]
    related: tuple[LinkedStory, ...]


@dataclass(slots=True)
class Decisions:
    """What is to be stored."""

    made: list[AlertState] = field(default_factory=list)
    changed: list[AlertState] = field(default_factory=list)
    attached: list[tuple[str, int]] = field(default_factory=list)
    """Keys of alerts, and ids of articles."""
    names: dict[tuple[int, Name], MentionTimes] = field(default_factory=dict)
    counts: dict[Counted, tuple[int, int]] = field(default_factory=dict)
    links: list[NewLink] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    new_of: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Keys of the alerts that each article raised."""
    joined_by: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Keys of the alerts that it was attached to."""


def dedup_key(watched: WatchFacts, *, story_id: int, article_id: int) -> str:
    """Return what makes an alert the only one: the watch list, and the story or article as its policy says."""
    if watched.alert is AlertPolicy.STORY:
        return story_key(watched.id, story_id)
    return f"{watched.id}:article:{article_id}"


def spike_key(watched: WatchFacts, actor: str, at: datetime) -> str:
    """Return what makes a spike's alert the only one: the day and the actor."""
    return f"{watched.id}:spike:{at.date()}:{actor}"


def decide_alerts(
    known: StoredFacts,
    articles: Sequence[ArticleFound],
    lists: Mapping[int, WatchFacts],
    *,
    shard: str,
    now: datetime,
) -> Decisions:
    """Decide what articles of a shard become, one after another."""
    fold = _Fold(known, shard, now)
    for found in articles:
        fold.take(found, lists)
    return fold.finish()


def decide_backfill(
    known: StoredFacts,
    articles: Sequence[ArticleFound],
    *,
    send: bool,
    now: datetime,
) -> Decisions:
    """Decide what articles of the archive become for a list that is new or was widened: no updates and no spikes.

    An article was counted already for the names that it had before (`names_before`), and is now for the others.
    """
    fold = _Fold(known, "", now)
    for found in articles:
        fold.take_old(found, send=send)
    return fold.finish()


def decide_moved(known: StoredFacts, articles: Sequence[ArticleFound], *, now: datetime) -> Decisions:
    """Decide what articles become that no alert of their story has any more: an alert that is told. They were counted before."""
    fold = _Fold(known, "", now)
    for found in articles:
        fold.take_moved(found)
    return fold.finish()


class _Fold:
    """Takes one article after another; what one changes is known to the next."""

    def __init__(self, known: StoredFacts, shard: str, now: datetime) -> None:
        self._known, self._shard, self._now = known, shard, now
        self._out = Decisions()
        self._alerts = {alert.key: alert for alert in known.alerts}
        self._before = dict(self._alerts)
        self._outlets = {alert.key: set(known.alert_outlets.get(alert.id, ())) for alert in known.alerts}
        self._story_outlets = {story: set(outlets) for story, outlets in known.story_outlets.items()}
        self._texts = {story: list(texts) for story, texts in known.story_texts.items()}
        self._names = dict(known.names)
        self._days = dict(known.days)
        self._links = list(known.links)

    def finish(self) -> Decisions:
        """Return what is to be stored."""
        made = {alert.key for alert in self._out.made}
        self._out.made = [self._alerts[alert.key] for alert in self._out.made]
        self._out.changed = [
            alert for key, alert in self._alerts.items() if key not in made and alert != self._before.get(key)
        ]
        return self._out

    def take(self, found: ArticleFound, lists: Mapping[int, WatchFacts]) -> None:
        """Decide on an article."""
        self._enter_story(found)
        before = found.article.names_before
        for of_list in found.lists:
            self._take_list(found, of_list, of_list.names - before)
        if found.article.is_completed:  # what was told stays told
            return
        now_named = frozenset(name for of_list in found.lists for name in of_list.names)
        for number in sorted({name[0] for name in before - now_named} & lists.keys()):
            alert = self._standing(lists[number], found)
            if alert is not None:
                gone = sorted(name for of, _kind, name in before - now_named if of == number)
                outlet = found.article.article.outlet
                self._update(lists[number], alert.key, [NameGone(name, outlet) for name in gone])

    def take_old(self, found: ArticleFound, *, send: bool) -> None:
        """Decide on an article of the archive."""
        article = found.article.article
        for of_list in found.lists:
            new = of_list.names - found.article.names_before
            self._meet(found, of_list, min(article.date, self._now), counted=new)
            alert, is_new = self._raise(found, of_list, may_make=True)
            if alert is None:
                continue
            if send and alert.article_id == article.id:
                self._notify(found, of_list, alert.key)
            (self._out.new_of if is_new else self._out.joined_by)[article.id].append(alert.key)

    def take_moved(self, found: ArticleFound) -> None:
        """Decide on an article that was taken out of a story, or is left in one whose alert was."""
        self._enter_story(found)
        for of_list in found.lists:
            alert, is_new = self._raise(found, of_list, may_make=True)
            if alert is None:
                continue
            if is_new:
                self._notify(found, of_list, alert.key)
            article_id = found.article.article.id
            (self._out.new_of if is_new else self._out.joined_by)[article_id].append(alert.key)

    def _enter_story(self, found: ArticleFound) -> None:
        article = found.article.article
        self._story_outlets.setdefault(found.story_id, set()).add(found.article.outlet_id)
        texts = self._texts.setdefault(found.story_id, [])
        if all(text.article_id != article.id for text in texts):
            texts.append(StoryText(article.id, article.outlet, article.title, article.url, article.language))

    def _take_list(self, found: ArticleFound, of_list: ListFound, new: Collection[Name]) -> None:
        """Decide on an article for one list, of which it mentions `new` names that it did not when it was decided on before."""
        watched, article = of_list.watched, found.article.article
        at = min(article.date, self._now)
        is_young = found.article.is_first or found.article.is_completed
        joined = self._meet(found, of_list, at, counted=new if is_young else ())
        spiking = self._spikes(of_list, new, at) if is_young else []
        related = self._relate(found, of_list)
        if related is not None:
            reason = RelatedFound(article.language or "", article.outlet, article.title)
            self._update(watched, related.key, [reason])
        may_make = bool(new) or (found.article.is_completed and not self._is_told_as_related(found, of_list))
        alert, is_new = self._raise(found, of_list, may_make=may_make and related is None)
        for spike in spiking:
            self._raise_spike(found, of_list, spike)
        if alert is None:
            return
        if is_new:
            self._notify(found, of_list, alert.key)
            self._out.new_of[article.id].append(alert.key)
            return
        self._out.joined_by[article.id].append(alert.key)
        reasons: list[UpdateReason] = [NameJoined(name) for name in joined]
        if found.article.is_edit:
            reasons.append(ArticleEdited(article.outlet))
        if found.article.is_completed:
            if alert.article_id == article.id:  # channels that ask for a higher score may have that now
                self._out.notices.append(self._notice(self._alerts[alert.key], found, of_list))
            if not reasons:
                return
        self._update(watched, alert.key, reasons)

    # counting

    def _meet(
        self, found: ArticleFound, of_list: ListFound, at: datetime, *, counted: Collection[Name]
    ) -> list[str]:
        """Note whom the story mentions, and count the article for those `counted`, for the list where none was before.

        Give the names that are an update: actors new to the story; where the article's page was read, whom that adds, topics too.
        """
        joined = []
        is_completed, watched = found.article.is_completed, of_list.watched
        of_article = watched.alert is AlertPolicy.ARTICLE
        counts_list = bool(counted) and not any(
            number == watched.id for number, _kind, _name in found.article.names_before
        )
        for name in _counted_names(of_list):
            key = (found.story_id, name)
            before = self._names.get(key)
            is_new = name in counted if is_completed and of_article else before is None
            if is_new and (name[1] == "actor" or (is_completed and name[1] == "topic")):
                joined.append(name[2])
            if name in counted or (counts_list and name[1] == "list"):
                self._add(name, at, before)
            times = MentionTimes(at, at) if before is None else before
            times = MentionTimes(min(times.first_at, at), max(times.last_at, at))
            self._names[key] = self._out.names[key] = times
        if counts_list:
            self._add_source(found, of_list, at)
        return joined

    def _add(self, name: Name, at: datetime, before: MentionTimes | None) -> None:
        """Count an article, and its story where this had none in that hour or day: `before` are the story's first and last."""
        number, kind, of = name
        for unit in VolumeUnit:
            starts_at = start_of(unit, at)
            is_new_story = before is None or not (
                start_of(unit, before.first_at) <= starts_at <= start_of(unit, before.last_at)
            )
            self._add_count((number, kind, of, unit, starts_at), int(is_new_story))
        if kind == "actor":
            day = (number, of, start_of(VolumeUnit.DAY, at))
            self._days[day] = self._days.get(day, 0) + 1

    def _add_source(self, found: ArticleFound, of_list: ListFound, at: datetime) -> None:
        article = found.article.article
        for kind, name in (("outlet", article.outlet), ("language", article.language or "")):
            for unit in VolumeUnit:
                self._add_count((of_list.watched.id, kind, name, unit, start_of(unit, at)), 0)

    def _add_count(self, key: Counted, stories: int) -> None:
        articles, before = self._out.counts.get(key, (0, 0))
        self._out.counts[key] = articles + 1, before + stories

    def _spikes(self, of_list: ListFound, new: Collection[Name], at: datetime) -> list[Spike]:
        watched = of_list.watched
        if not watched.spikes or self._now - at > STILL_NEWS:
            return []
        spiking = []
        for name in sorted(name for _list, kind, name in new if kind == "actor"):
            counts = {day: self._days.get((watched.id, name, day), 0) for day in rhythm_days(at)}
            past = rhythm(counts, at, since=self._known.counted_since.get(watched.id))
            count = counts[start_of(VolumeUnit.DAY, at)]
            if is_spike(count, past):
                spiking.append(Spike(name, count, sum(past) / len(past)))
        return spiking

    # alerts

    def _standing(self, watched: WatchFacts, found: ArticleFound) -> AlertState | None:
        return self._alerts.get(
            dedup_key(watched, story_id=found.story_id, article_id=found.article.article.id)
        )

    def _relate(self, found: ArticleFound, of_list: ListFound) -> AlertState | None:
        """Link the story with related ones; give the alert of one, where this story has no alert of its own."""
        watched = of_list.watched
        if not self._shard:
            return None
        linked = []
        for story_id, names in self._sharing(found, of_list).items():
            link = self._link(found, story_id, names)
            if link is not None and all(link.key != known.key for known in self._links):
                self._links.append(link)
                self._out.links.append(link)
                linked += [story_id] if is_sure(link) else []
                # of any other, its own alert is made: in doubt a second one
        if watched.alert is not AlertPolicy.STORY or self._standing(watched, found) is not None:
            return None
        alerts = (self._alerts.get(story_key(watched.id, story)) for story in linked)
        return min((alert for alert in alerts if alert is not None), key=lambda one: one.id, default=None)

    def _sharing(self, found: ArticleFound, of_list: ListFound) -> Mapping[int, list[MentioningStory]]:
        """Return whom of a list stories in other languages mention, too, by story."""
        shared: dict[int, list[MentioningStory]] = defaultdict(list)
        for other in self._known.mentioning:
            name = (other.watch_list_id, other.kind, other.name)
            if name in of_list.names and other.story_id != found.story_id:
                shared[other.story_id].append(other)
        return shared

    def _link(self, found: ArticleFound, story_id: int, names: Sequence[MentioningStory]) -> NewLink | None:
        """Return how an article relates to a story that mentions the same; None where it does not."""
        alike, joining = None, self._known.joining
        ours = self._known.vectors.get(found.article.article.id)
        if joining is not None and ours is not None:
            alike = how_alike(ours, self._known.story_vectors.get(story_id, ()))
            alike = None if alike is None or alike < joining.least else alike
        actors = sorted(one.name for one in names if one.kind == "actor" or alike is not None)
        link = NewLink(found.story_id, story_id, tuple(actors), self._shared_marks(found, story_id), alike)
        return link if actors and (is_sure(link) or is_telling(link.marks)) else None

    def _shared_marks(self, found: ArticleFound, story_id: int) -> tuple[str, ...]:
        """Return what an article and a story both say, beside whom is tracked."""
        theirs = self._known.marks.get(story_id, frozenset())
        tracked = {
            word
            for of_list in found.lists
            for mention in of_list.mentions
            for word in fold_words(f"{mention.surface} {mention.actor or ''}").split()
        }
        return tuple(mark for mark in found.marks if mark in theirs and mark not in tracked)

    def _is_told_as_related(self, found: ArticleFound, of_list: ListFound) -> bool:
        """Return whether the story was told as one related to an alert of the list."""
        linked = {
            story
            for link in self._links
            if found.story_id in link.key and is_sure(link)
            for story in link.key
        }
        return any(
            story_key(of_list.watched.id, story) in self._alerts for story in linked - {found.story_id}
        )

    def _raise(
        self, found: ArticleFound, of_list: ListFound, *, may_make: bool
    ) -> tuple[AlertState | None, bool]:
        """Give the alert that the article belongs to, and whether it is new.

        Where none stands, one is made if `may_make` and the score is high enough for the list; else there is none.
        """
        watched, article = of_list.watched, found.article.article
        outlets = self._story_outlets.get(found.story_id, ())
        score = relevance(of_list.mentions, more=sum(of_list.more.values()), outlets=max(1, len(outlets)))
        alert = self._standing(watched, found)
        if alert is None:
            if not may_make or score.value < watched.min_score:
                return None, False
            kind = AlertKind.STORY if watched.alert is AlertPolicy.STORY else AlertKind.ARTICLE
            key = dedup_key(watched, story_id=found.story_id, article_id=article.id)
            return self._make(found, of_list, key, kind, score), True
        if score.value > alert.score:
            alert = self._alerts[alert.key] = replace(alert, score=score.value, score_parts=score.parts)
        self._attach(alert.key, found)
        return alert, False

    def _make(
        self, found: ArticleFound, of_list: ListFound, key: str, kind: AlertKind, score: Score
    ) -> AlertState:
        alert = AlertState(
            key=key,
            watch_list_id=of_list.watched.id,
            story_id=found.story_id,
            article_id=found.article.article.id,
            kind=kind,
            created_at=self._now,
            came_out_at=min(found.article.article.date, self._now),
            score=score.value,
            score_parts=score.parts,
            notified_at=self._now,
        )
        self._alerts[key] = alert
        self._out.made.append(alert)
        self._attach(key, found)
        return alert

    def _attach(self, key: str, found: ArticleFound) -> None:
        self._outlets.setdefault(key, set()).add(found.article.outlet_id)
        self._out.attached.append((key, found.article.article.id))

    def _raise_spike(self, found: ArticleFound, of_list: ListFound, spike: Spike) -> None:
        """Make the alert that an actor has many more articles today than is usual, where it does not stand already."""
        key = spike_key(of_list.watched, spike.actor, min(found.article.article.date, self._now))
        if key in self._alerts:
            return
        own = replace(
            of_list,
            mentions=tuple(one for one in of_list.mentions if one.actor == spike.actor),
            more={name: count for name, count in of_list.more.items() if name == ("actor", spike.actor)},
        )
        score = relevance(own.mentions, more=sum(own.more.values()))
        self._make(found, own, key, AlertKind.SPIKE, score)
        self._alerts[key] = replace(self._alerts[key], spike=spike)
        self._notify(found, own, key)
        self._out.new_of[found.article.article.id].append(key)

    def _update(self, watched: WatchFacts, key: str, reasons: Sequence[UpdateReason]) -> None:
        """Note what an alert is to be updated for: at once, or when the list's interval has passed."""
        self._alerts[key] = want_update(
            self._alerts[key],
            reasons,
            outlets=len(self._outlets.get(key, ())),
            watched=watched,
            now=self._now,
        )

    def _notify(self, found: ArticleFound, of_list: ListFound, key: str) -> None:
        alert = self._alerts[key] = replace(
            self._alerts[key],
            notified_at=self._now,
            notified_outlets=max(1, len(self._outlets.get(key, ()))),
            update_due_at=None,
            update_reasons=(),
        )
        self._out.notices.append(self._notice(alert, found, of_list))

    def _notice(self, alert: AlertState, found: ArticleFound, of_list: ListFound) -> Notice:
        others = [
            text
            for text in self._texts.get(found.story_id, ())
            if text.article_id != found.article.article.id
        ]
        return Notice(alert, found, of_list, tuple(others), self._related(found.story_id))

    def _related(self, story_id: int) -> tuple[LinkedStory, ...]:
        related = []
        for link in self._links:
            if story_id in link.key:
                other = link.other_id if link.story_id == story_id else link.story_id
                first = self._known.first_texts.get(other)
                if first is not None:
                    related.append(LinkedStory(other, link.actors, first, link.marks, link.alike))
        return tuple(related)


def is_sure(link: NewLink) -> bool:
    """Return whether stories of two languages have one alert: by two actors, or as an enricher's vectors tell."""
    return len(link.actors) >= FEWEST_SHARED or link.alike is not None


def is_telling(marks: Sequence[str]) -> bool:
    """Return whether what two articles of one actor both say may relate them: two numbers or names, or one and a date."""
    return len(marks) >= FEWEST_SHARED and any(not is_date(mark) for mark in marks)


def want_update(
    alert: AlertState, reasons: Sequence[UpdateReason], *, outlets: int, watched: WatchFacts, now: datetime
) -> AlertState:
    """Return an alert that was touched now: with reasons for an update, and when it is due, where there is one.

    That twice as many outlets report it as when it was last notified is a reason too. A name that joins an alert of which no
    update was told yet is told at once: what the page adds to its feed's words must not wait for the list's interval.
    """
    alert = replace(alert, updated_at=now)
    wanted: list[UpdateReason] = [one for one in alert.update_reasons if not isinstance(one, MoreOutlets)]
    if outlets >= 2 * alert.notified_outlets:
        wanted.append(MoreOutlets(outlets, alert.notified_outlets))
    wanted += [reason for reason in dict.fromkeys(reasons) if reason not in wanted]
    if not wanted:
        return alert
    due = alert.update_due_at
    if due is None:
        due = max(now, (alert.notified_at or alert.created_at) + watched.update_interval)
    if any(isinstance(one, NameJoined) for one in wanted) and alert.notified_at in (None, alert.created_at):
        due = now
    return replace(alert, update_reasons=tuple(wanted), update_due_at=due)


def _counted_names(of_list: ListFound) -> list[Name]:
    """Give what an article is counted for: the list, and each name in it."""
    return [(of_list.watched.id, "list", ""), *sorted(of_list.names)]
