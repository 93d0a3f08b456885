"""Service alerts: whoever runs the service is told, once, of each feed that breaks, falls silent, is gone, moves or works again.

The judging is `crawler.poll.feed_state`. What changed in one round is one notification, so that a dead network of ours is one
mail and not ten thousand. The feed's row says what was told and when, in the same transaction as the notification.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlmodel import Session

from alerts.delivery.service_alerts import notify_of_service
from crawler.poll.feed_state import SHORTEST_SILENCE, FeedFacts, FeedVerdict, judge
from crawler.schedule import Rhythm
from service.troubles import verdict_words
from storage.advisory_lock import AdvisoryLock, hold_lock
from storage.engine import Database
from storage.language import N_, _, as_the_service, ngettext, number
from storage.stores.feeds.feed_health import JudgedFeed, count_feeds, feeds_to_judge, store_health
from storage.stores.feeds.outlets import ListedFeed
from storage.tables import FeedHealth

log = structlog.get_logger(__name__)

EVERY = timedelta(seconds=30)
"""Between two rounds."""
SILENCE_EVERY = timedelta(hours=1)
"""Between two rounds that look for silence."""
LISTED = 50
"""A notification lists so many feeds; `tocsin outlets health` lists all."""
OUR_OWN = 5
"""Where more than half of all feeds fail, and at least so many, the fault may be ours."""

_SAYS = {
    FeedHealth.FAILING: N_("can't be read"),
    FeedHealth.SILENT: N_("has fallen silent"),
    FeedHealth.GONE: N_("is gone"),
    FeedHealth.OK: N_("works again"),
}
MOVED = N_("has moved")


@dataclass(frozen=True, slots=True)
class HealthOptions:
    """What the settings say: the channel to tell ("" is nobody), failures in a row that count, time between two reminders."""

    notify: str
    failures: int
    remind: timedelta
    every: timedelta = EVERY


@dataclass(frozen=True, slots=True)
class News:
    """What is reported of one feed."""

    outlet: str
    url: str
    says: str
    detail: str
    is_reminder: bool = False


class HealthWatch:
    """Judges the feeds now and then, and tells of changes."""

    def __init__(self, database: Database, options: HealthOptions, *, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._options = options
        self._clock = clock
        self._next = self._next_silence = clock()

    async def step(self) -> int:
        """Judge, where it is time; return how many feeds something was reported of."""
        now = self._clock()
        if (
            now < self._next <= now + self._options.every
        ):  # further off it is only where the clock was set back
            return 0
        self._next = now + self._options.every
        looks_for_silence = not now < self._next_silence <= now + SILENCE_EVERY
        if looks_for_silence:
            self._next_silence = now + SILENCE_EVERY
        told = await self._database.writing(
            _tell_changes, options=self._options, now=now, looks_for_silence=looks_for_silence
        )
        return len(told)


def _tell_changes(
    session: Session, *, options: HealthOptions, now: datetime, looks_for_silence: bool
) -> list[News]:
    with as_the_service():
        return tell_changes(session, options=options, now=now, looks_for_silence=looks_for_silence)


def tell_changes(
    session: Session, *, options: HealthOptions, now: datetime, looks_for_silence: bool
) -> list[News]:
    """Judge the feeds, stores the verdicts, and puts what is to be told into the outbox; gives it."""
    hold_lock(session, AdvisoryLock.TELLING)
    quiet_since = now - SHORTEST_SILENCE if looks_for_silence else None
    told = []
    failing = 0
    for feed in feeds_to_judge(session, failures=options.failures, quiet_since=quiet_since):
        verdict = judge(facts_of(feed), failures=options.failures, now=now)
        failing += verdict.health is FeedHealth.FAILING
        news = _news(feed, verdict, options, now)
        since, told_at = feed.health_since, feed.health_told_at
        if news is not None:
            told_at = now
            told.append(news)
        if verdict.health is not feed.health:
            since = verdict.since if verdict.health is not FeedHealth.OK else now
        if news is not None or verdict.health is not feed.health:
            store_health(session, feed.id, verdict.health, since=since, told_at=told_at)
    if told:
        subject, text = describe(told, failing=failing, feeds=count_feeds(session))
        outlets = {news.outlet for news in told}
        only = outlets.pop() if len(outlets) == 1 else None
        for news in told:
            log.warning("outlet's health", outlet=news.outlet, feed=news.url, says=news.says)
        if options.notify:
            told_on = notify_of_service(session, subject=subject, text=text, outlet=only, now=now)
            if not told_on:
                log.error("a service alert has no channel: it is switched off", channel=options.notify)
    return told


def facts_of(feed: JudgedFeed | ListedFeed) -> FeedFacts:
    """Return what is judged."""
    return FeedFacts(
        state=feed.state,
        failures=feed.failures,
        failing_since=feed.failing_since,
        last_error=feed.last_error,
        last_entry=feed.last_entry_at,
        rhythm=Rhythm.from_json(dict(feed.rhythm)),
    )


def describe(told: Sequence[News], *, failing: int, feeds: int) -> tuple[str, str]:
    """Return subject and text of a notification."""
    lines = []
    if len(told) == 1:
        subject = _headline(told[0])
    else:
        counts = Counter(news.says for news in told)
        subject = ngettext(
            "{feeds} feeds of {count} outlet: {states}",
            "{feeds} feeds of {count} outlets: {states}",
            len({news.outlet for news in told}),
            feeds=number(len(told)),
            states=", ".join(f"{number(count)} {_(says)}" for says, count in counts.items()),
        )
    if failing >= OUR_OWN and failing * 2 > feeds:
        lines.append(
            _(
                "{failing} of {feeds} feeds can't be read: perhaps it is this machine's own connection or name server.",
                failing=number(failing),
                feeds=number(feeds),
            )
        )
    lines += [f"{_headline(news)}: {news.url}\n{news.detail}" for news in told[:LISTED]]
    if len(told) > LISTED:
        lines.append(ngettext("… and {count} more.", "… and {count} more.", len(told) - LISTED))
    lines.append(_("All feeds: tocsin outlets health"))
    return subject, "\n\n".join(lines)


def _headline(news: News) -> str:
    if news.is_reminder:
        return _("{outlet} still {state}", outlet=news.outlet, state=_(news.says))
    return f"{news.outlet} {_(news.says)}"


def _news(feed: JudgedFeed, verdict: FeedVerdict, options: HealthOptions, now: datetime) -> News | None:
    """Return what is to be reported of a feed; None where nothing is new and no reminder is due."""
    is_change = verdict.health is not feed.health
    if is_change or (
        verdict.health is not FeedHealth.OK
        and feed.health_told_at is not None
        and now - feed.health_told_at >= options.remind
    ):
        return News(
            feed.outlet,
            feed.address,
            _SAYS[verdict.health],
            _detail(feed, verdict),
            is_reminder=not is_change,
        )
    if feed.moved_at is not None and (feed.health_told_at is None or feed.health_told_at < feed.moved_at):
        detail = _(
            "It was {url}, and is polled at its new address by itself; put that into the settings when you can.",
            url=feed.url,
        )
        return News(feed.outlet, feed.address, MOVED, detail)
    return None


def _detail(feed: JudgedFeed, verdict: FeedVerdict) -> str:
    if verdict.health is FeedHealth.OK:
        if feed.health_since is None:
            return _("All is well again.")
        return _("All is well again. It had not since {time}.", time=_utc(feed.health_since))
    said = f"{verdict_words(verdict)}."
    if verdict.since:
        said = _("Since {time}: {what}", time=_utc(verdict.since), what=said)
    if verdict.health is FeedHealth.FAILING:
        again = _("It is tried again at {time}.", time=_utc(feed.next_poll_at))
        said = f"{said} {again}"
    return said


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
