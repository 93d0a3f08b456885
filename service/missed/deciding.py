"""Where an article stopped. Pure: told what is known of it, the first reason on its way."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from service.missed.values import ORDER, Known, ListView, Stop, StopKind
from storage.stores.alerts.outcomes import AlertOutcome, NotificationOutcome
from storage.stores.articles.progress import ArticleProgress
from storage.stores.feeds.coverage import FollowedFeed, FollowedOutlet
from storage.tables import FeedState, NotificationState

MOST_STOPS = 8
"""Told of one article: a thousand watch lists may have looked at it."""
LAG = timedelta(hours=1)
"""A feed may carry an article so long after the date that it gives."""
_UNTRIED = (NotificationState.QUEUED, NotificationState.SENDING)


def decide_stops(known: Known, *, now: datetime) -> tuple[Stop, ...]:
    """Return where an article stopped: the reason first, then what else holds, of other lists and channels."""
    if known.article is None:
        return (_never_seen(known, now),)
    if known.alerts:
        stops = [stop for alert in known.alerts for stop in _of_alert(alert, known, now)]
        return tuple(stops[:MOST_STOPS])
    waiting = _waiting(known.article, now)
    if waiting is not None:
        return (waiting,)
    if not known.lists:
        return (Stop(StopKind.NO_LISTS),)
    stops = sorted(
        (_of_list(view, known.article) for view in known.lists),
        key=lambda stop: ORDER[stop.kind],
        reverse=True,
    )
    if stops[0].kind is StopKind.NO_NAME:  # one for all lists: that whose name comes nearest
        return (max(stops, key=lambda stop: ("near" in stop.facts, bool(stop.facts.get("is_part")))),)
    told = [stop for stop in stops if stop.watch or stop.kind is stops[0].kind]
    each = [stop for place, stop in enumerate(told) if stop not in told[:place]]
    return tuple(each[:MOST_STOPS])


def _never_seen(known: Known, now: datetime) -> Stop:
    """Return why an article was never seen."""
    if known.is_forgotten:
        return Stop(StopKind.FORGOTTEN)
    if not known.outlets:
        return Stop(StopKind.NOT_FOLLOWED, facts={"host": known.host})
    stops = [_not_from(outlet, known, now) for outlet in known.outlets]
    return max(stops, key=lambda stop: ORDER[stop.kind])


def _not_from(outlet: FollowedOutlet, known: Known, now: datetime) -> Stop:
    """Return why an outlet did not bring it."""
    facts = {"outlet": outlet.name}
    if not outlet.is_active:
        return Stop(StopKind.REMOVED, facts=facts)
    if outlet.is_control:
        return Stop(StopKind.CONTROL, facts=facts)
    if outlet.paused_at is not None and _may_be_after(known, outlet.paused_at):
        return Stop(StopKind.PAUSED, facts={**facts, "since": outlet.paused_at})
    wanted = [feed for feed in outlet.feeds if not feed.match or re.search(feed.match, known.url)]
    if outlet.feeds and not wanted:
        only = ", ".join(feed.match for feed in outlet.feeds)
        return Stop(StopKind.NOT_IN_SECTION, facts={**facts, "match": only})
    feeds = [feed for feed in wanted if feed.state is FeedState.ACTIVE]
    for told in (_failing, _gap):
        for feed in wanted:
            stop = told(feed, known, facts, now)
            if stop is not None:
                return stop
    read = [feed.first_read_at for feed in wanted if feed.first_read_at is not None]
    if not read:
        return Stop(StopKind.NEVER_READ, facts={**facts, "next": _next_poll(feeds)})
    published = known.published
    if published is not None and published + known.slack < min(read):
        return Stop(StopKind.BEFORE, facts={**facts, "published": published, "since": min(read)})
    last = max(feed.last_success_at or min(read) for feed in wanted)
    if published is not None and published - known.slack > last:
        return Stop(StopKind.NOT_YET_POLLED, facts={**facts, "last": last, "next": _next_poll(feeds)})
    named = [feed.url for feed in wanted]
    return Stop(
        StopKind.NOT_CARRIED,
        facts={
            **facts,
            "url": known.url,
            "feeds": named,
            "since": min(read),
            "is_sure": published is not None,
        },
    )


def _failing(feed: FollowedFeed, known: Known, facts: dict[str, str], now: datetime) -> Stop | None:
    since = feed.failing_since
    if feed.state is FeedState.RETIRED or (since is not None and _may_be_after(known, since - LAG)):
        return Stop(StopKind.FAILING, facts={**facts, "feed": feed.url, "since": since}, trouble=feed.trouble)
    if feed.rests_until is not None and feed.rests_until > now and _may_be_after(known, feed.last_success_at):
        return Stop(StopKind.RESTING, facts={**facts, "feed": feed.url, "until": feed.rests_until})
    return None


def _gap(feed: FollowedFeed, known: Known, facts: dict[str, str], _now: datetime) -> Stop | None:
    """Return the gap in which the article came and went; where nobody knows when it came, the last one there was."""
    for gap in reversed(feed.gaps):
        published = known.published
        is_in = (
            published is not None and gap.since - LAG - known.slack <= published <= gap.until + known.slack
        )
        if is_in or published is None:
            return Stop(
                StopKind.GAP,
                facts={
                    **facts,
                    "feed": feed.url,
                    "since": gap.since,
                    "until": gap.until,
                    "filled": gap.filled,
                    "is_sure": is_in,
                },
            )
    return None


def _may_be_after(known: Known, moment: datetime | None) -> bool:
    return moment is None or known.published is None or known.published + known.slack >= moment


def _next_poll(feeds: Sequence[FollowedFeed]) -> datetime | None:
    return min((feed.next_poll_at for feed in feeds), default=None)


def _waiting(article: ArticleProgress, now: datetime) -> Stop | None:
    """Return which stage an article waits for, or that it never went on."""
    if article.is_old:
        facts = {"published": article.published_at, "found": article.found_at}
        return Stop(StopKind.OLD, facts={**facts, "is_first_reading": article.was_first_reading})
    if article.next_fetch_at is not None:
        facts = {"since": article.found_at, "next": article.next_fetch_at}
        return Stop(
            StopKind.TO_READ, facts={**facts, "tries": article.fetch_attempts}, trouble=article.fetch_error
        )
    if article.matched_version < article.version:
        until = article.set_aside_until
        is_set_aside = until is not None and until > now
        return Stop(
            StopKind.TO_MATCH,
            facts={"since": article.found_at, "until": until if is_set_aside else None},
        )
    return None


def _of_list(view: ListView, article: ArticleProgress) -> Stop:
    """Return where an article stopped that a watch list was shown."""
    if view.mentioned:
        if article.grouped_version < article.matched_version:
            return Stop(StopKind.TO_GROUP, view.name)
        if view.score is not None and view.score < view.min_score:
            return Stop(StopKind.SCORE, view.name, {"score": view.score, "least": view.min_score})
        return Stop(StopKind.NOT_ALERTED, view.name)
    if view.matches_now:
        if view.is_paused:
            return Stop(StopKind.LIST_PAUSED, view.name)
        if not view.reads:
            return Stop(StopKind.LANGUAGE, view.name, _language(view, article))
        return Stop(StopKind.LIST_CHANGED, view.name)
    if view.refusal is not None:
        said = view.refusal
        return Stop(StopKind.RULE, view.name, {"rule": said.rule, "clause": said.clause, "note": said.note})
    if article.fetch_error is not None and article.text_source != "page":
        return Stop(StopKind.UNREADABLE, trouble=article.fetch_error)
    if article.is_paywalled:
        return Stop(StopKind.PAYWALLED)
    if not view.reads:
        return Stop(StopKind.OTHER_LANGUAGE, view.name, _language(view, article))
    if view.near is None:
        return Stop(StopKind.NO_NAME)
    near = view.near
    return Stop(
        StopKind.NO_NAME,
        view.name,
        {"name": near.name, "near": near.surface, "is_part": near.is_part},
    )


def _language(view: ListView, article: ArticleProgress) -> dict[str, object]:
    return {"language": article.language, "reads": list(view.languages)}


def _of_alert(alert: AlertOutcome, known: Known, now: datetime) -> Iterator[Stop]:
    """Yield what became of an article in an alert: where it joined another's, that first; then each channel."""
    facts = {"alert": alert.id, "at": alert.created_at}
    article = known.article
    if article is not None and alert.article_id != article.id:
        yield Stop(
            StopKind.GROUPED, alert.watch_list, {**facts, "title": alert.title, "outlet": alert.outlet}
        )
    elif not alert.notifications:
        view = next((view for view in known.lists if view.name == alert.watch_list), None)
        kind = StopKind.NO_CHANNEL if view is None or not view.has_channel else StopKind.NOT_ROUTED
        yield Stop(kind, alert.watch_list, facts)
    latest = {one.channel: one for one in alert.notifications}  # an update tells what the alert became
    sent = {one.channel: one for one in alert.notifications if one.state is NotificationState.SENT}
    stops = [_of_notification(sent.get(channel, one), alert, facts, now) for channel, one in latest.items()]
    yield from sorted(stops, key=lambda stop: ORDER[stop.kind])


def _of_notification(
    told: NotificationOutcome, alert: AlertOutcome, facts: dict[str, object], now: datetime
) -> Stop:
    of = {**facts, "channel": told.channel, "delivery": told.id}
    kind, trouble = StopKind.QUEUED, None
    if told.state is NotificationState.SENT:
        kind = StopKind.SENT
        refused = [who for who, said in told.recipients.items() if said[0] >= 400]
        of |= {"sent": told.sent_at, "to": [who for who in told.recipients if who not in refused]}
        of |= {"refused": refused, "unsubscribed": list(told.unsubscribed)}
    elif told.state is NotificationState.SUPPRESSED:
        kind = StopKind.SILENCED
        of |= {"silence": told.silence_id, "until": told.silenced_until, "note": told.silence or ""}
    elif told.state is NotificationState.FAILED:
        kind, trouble = StopKind.REFUSED, told.error
        of |= {"refused": list(told.recipients)}
    elif not told.channel_is_on:
        kind, trouble = StopKind.CHANNEL_OFF, told.disabled_reason
    else:
        rests = told.rests_until if told.rests_until is not None and told.rests_until > now else None
        of |= {"since": told.created_at, "due": told.due_at, "rests": rests}
        trouble = told.error if rests is not None else None
    return Stop(kind, alert.watch_list, of, trouble)
