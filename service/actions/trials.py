"""Tries a watch list on the archive: how many alerts it would have made, of what, and why. Nothing is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlmodel import Session

from alerts.documents import archived_document
from alerts.matching import Matcher
from alerts.search import needs_of, needs_of_actor
from alerts.text import sentence_around
from alerts.values import Field, Mention, WatchList
from service.actions.matchers import matcher_of, matcher_of_stored
from service.actions.warnings import warnings_of
from storage.stores.articles.archive import (
    ArchivedArticle,
    archived_articles,
    articles_since,
    beginning_of_newest,
    count_since,
)
from storage.stores.articles.said import field_of
from storage.stores.articles.search_index import holding
from storage.stores.watch.watch_lists import WatchFacts
from storage.tables import AlertPolicy

EXAMPLES = 5
_PAGE = 500


@dataclass(frozen=True, slots=True)
class RuleCount:
    """In how many articles a rule of an actor or topic was found."""

    kind: str
    name: str
    rule: str
    articles: int


@dataclass(frozen=True, slots=True)
class Example:
    """A mention in its sentence: `sentence[start:end]` is what matched."""

    article_id: int
    date: datetime
    outlet: str
    title: str
    url: str
    kind: str
    name: str
    rule: str
    field: Field
    sentence: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What a watch list would have found in the last `days` days."""

    watch: str
    alert: AlertPolicy
    days: int
    searched: int
    """Articles of that time."""
    articles: int
    """Articles with a mention."""
    alerts: int
    """Alerts that these would have made: one a story, or one an article."""
    per_day: tuple[tuple[date, int], ...]
    """Alerts by the day (UTC) of their first article, every day once, oldest first."""
    rules: tuple[RuleCount, ...]
    """Most articles first."""
    examples: tuple[Example, ...]
    """One for each of the rules that bring most."""
    warnings: tuple[str, ...]

    @property
    def alerts_a_day(self) -> float:
        """The mean over the days."""
        return self.alerts / self.days


def try_watch_list(
    session: Session,
    watch: WatchList,
    alert: AlertPolicy,
    *,
    days: int,
    now: datetime,
    most: int | None = None,
) -> Trial:
    """Try a watch list that need not be stored. Raises `QueryError`.

    With `most`, no more than so many of the newest articles are looked at: the trial is then of fewer days, and says of how many.
    """
    warnings = warnings_of(session, [watch])
    matcher = matcher_of(session, watch)
    days = covered_days(session, days, most, now)
    articles = articles_since(session, now - timedelta(days=days))
    return _try(matcher, watch.name, alert, warnings, articles, days=days, now=now)


def try_rule(
    session: Session,
    watch: WatchList,
    alert: AlertPolicy,
    *,
    days: int,
    now: datetime,
    most: int,
) -> Trial:
    """Try a watch list of one actor or one topic on the articles that the index of words has for it. Raises `QueryError`.

    So it costs what these cost, however large the archive is. `most`, as with `try_watch_list`, is of these. Articles that are
    not in the index yet are left out. Where a query can't be narrowed by words, every article is looked at.
    """
    needs = needs_of_actor(watch.actors[0]) if watch.actors else needs_of(watch.topics[0].query)
    if not needs:
        return try_watch_list(session, watch, alert, days=days, now=now, most=most)
    warnings = warnings_of(session, [watch])
    matcher = matcher_of(session, watch)
    since = now - timedelta(days=days)
    numbers = holding(session, needs, since=since, limit=most + 1)
    if len(numbers) > most:
        (oldest,) = archived_articles(session, numbers[-1:])
        days = _whole_days(days, oldest.date, now)
        since = now - timedelta(days=days)
        numbers.pop()
    articles = (
        article
        for start in range(len(numbers), 0, -_PAGE)
        for article in reversed(archived_articles(session, numbers[max(0, start - _PAGE) : start]))
        if article.date >= since
    )
    trial = _try(matcher, watch.name, alert, warnings, articles, days=days, now=now)
    return replace(trial, searched=count_since(session, since))


def try_stored(
    session: Session, facts: WatchFacts, *, days: int, now: datetime, most: int | None = None
) -> Trial:
    """Try a stored watch list, however large. `most` as with `try_watch_list`."""
    matcher = matcher_of_stored(session, facts)
    days = covered_days(session, days, most, now)
    articles = articles_since(session, now - timedelta(days=days))
    return _try(matcher, facts.name, facts.alert, (), articles, days=days, now=now)


def covered_days(session: Session, days: int, most: int | None, now: datetime) -> int:
    """Return how many whole days back the newest `most` articles reach, at most `days`; one at least."""
    if most is None:
        return days
    return _whole_days(days, beginning_of_newest(session, most, now - timedelta(days=days)), now)


def _whole_days(days: int, since: datetime, now: datetime) -> int:
    return max(1, min(days, (now - since) // timedelta(days=1)))


def _try(
    matcher: Matcher,
    watch: str,
    alert: AlertPolicy,
    warnings: Sequence[str],
    found: Iterable[ArchivedArticle],
    *,
    days: int,
    now: datetime,
) -> Trial:
    searched = articles = 0
    alerts: dict[tuple[str, int], date] = {}
    rules: Counter[tuple[str, str, str]] = Counter()
    examples: dict[tuple[str, str, str], Example] = {}
    for article in found:
        searched += 1
        mentions = [m for m in matcher.match(archived_document(article)) if m.watch == watch]
        if not mentions:
            continue
        articles += 1
        alerts.setdefault(_alert_key(article, alert), article.date.date())
        first: dict[tuple[str, str, str], Mention] = {}
        for mention in mentions:
            first.setdefault(_rule_key(mention), mention)
        rules.update(first.keys())
        for key, mention in first.items():
            if key not in examples:
                examples[key] = example_of(article, mention)
    most = rules.most_common()
    return Trial(
        watch=watch,
        alert=alert,
        days=days,
        searched=searched,
        articles=articles,
        alerts=len(alerts),
        per_day=_per_day(Counter(alerts.values()), days, now),
        rules=tuple(RuleCount(*key, count) for key, count in most),
        examples=tuple(examples[key] for key, _count in most[:EXAMPLES]),
        warnings=tuple(warnings),
    )


def _alert_key(article: ArchivedArticle, alert: AlertPolicy) -> tuple[str, int]:
    if alert is AlertPolicy.STORY and article.story_id is not None:
        return "story", article.story_id
    return "article", article.id


def _rule_key(mention: Mention) -> tuple[str, str, str]:
    kind = "actor" if mention.actor is not None else "topic"
    return kind, mention.actor or mention.topic or "", mention.rule


def example_of(article: ArchivedArticle, mention: Mention) -> Example:
    """Return a mention in its sentence."""
    text = field_of(article, mention.field)
    start, end = sentence_around(text, mention.start, mention.end)
    kind, name, rule = _rule_key(mention)
    return Example(
        article_id=article.id,
        date=article.date,
        outlet=article.outlet,
        title=article.title,
        url=article.url,
        kind=kind,
        name=name,
        rule=rule,
        field=mention.field,
        sentence=text[start:end],
        start=mention.start - start,
        end=mention.end - start,
    )


def _per_day(counts: Counter[date], days: int, now: datetime) -> tuple[tuple[date, int], ...]:
    first = (now - timedelta(days=days)).date()
    every = [first + timedelta(days=number) for number in range(days + 1)]
    return tuple((day, counts[day]) for day in every)
