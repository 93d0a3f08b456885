"""After a poll: the hub that the feed names is to be subscribed to, others no more, and polling rests while pushes arrive."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from sqlmodel import Session

from crawler.schedule import Bounds
from crawler.sources.websub.links import Advertised
from crawler.sources.websub.rest import rest_until
from crawler.urls import host_of
from storage.rows import id_of
from storage.stores.feeds.hosts import host_named
from storage.stores.feeds.polled import FeedRecord
from storage.stores.feeds.subscriptions import KEPT, subscriptions_of
from storage.tables import Subscription, SubscriptionState

DENIED_FOR = timedelta(days=1)
"""How long a hub that refused is not asked again for the same feed."""


def follow(session: Session, feed_id: int, said: Advertised, *, now: datetime) -> None:
    """Make a feed's subscriptions agree with what its last document said; the hubs are asked by the subscriber's stage."""
    rows = {(row.hub, row.topic): row for row in subscriptions_of(session, feed_id)}
    chosen = _choose(rows, said, now)
    for key, row in rows.items():
        if key != chosen and row.state in KEPT:
            leave(row, now=now)
    if chosen is None:
        return
    if chosen not in rows:
        hub, topic = chosen
        new = Subscription(
            feed_id=feed_id,
            host_id=id_of(host_named(session, host_of(hub))),
            hub=hub,
            topic=topic,
            path=_new_path(),
            secret=secrets.token_hex(32),
            next_request_at=now,
            created_at=now,
        )
        session.add(new)
    elif (row := rows[chosen]).state not in KEPT:
        if row.state is not SubscriptionState.LEAVING:
            row.path, row.secret, row.callback = _new_path(), secrets.token_hex(32), None
        row.state = SubscriptionState.WANTED
        row.next_request_at, row.requested_at, row.failures = now, None, 0
        row.is_trusted = False


def leave(row: Subscription, *, now: datetime) -> None:
    """Wants a subscription no more. A hub that was never asked need not be told."""
    asked = row.requested_at is not None
    row.state = SubscriptionState.LEAVING if asked else SubscriptionState.ENDED
    row.next_request_at = now if asked else None
    row.failures = 0


def after_poll(
    row: Subscription, feed: FeedRecord, *, new_articles: int, bounds: Bounds, now: datetime
) -> FeedRecord:
    """Return a pushed feed that was polled well with its next poll, and note whether its hub had kept up with it.

    What a poll finds is what the hub did not bring: then polls come at least as often as its pushes did.
    """
    row.is_trusted = new_articles == 0
    gap = _gap(row)
    planned = feed.next_poll_at
    if new_articles and row.last_push_at is not None and gap is not None:
        gap = max(gap, bounds.minimum)
        feed = replace(feed, interval_seconds=min(feed.interval_seconds, gap.total_seconds()))
        planned = min(planned, now + gap)
    return replace(feed, next_poll_at=_rest(row, planned, last_poll=now, longest=bounds.maximum))


def after_push(row: Subscription, feed: FeedRecord, *, longest: timedelta) -> FeedRecord:
    """Return the feed with its polls at rest because a push came."""
    last_poll = feed.last_polled_at
    if last_poll is None:
        return feed
    return replace(feed, next_poll_at=_rest(row, feed.next_poll_at, last_poll=last_poll, longest=longest))


def _choose(
    rows: dict[tuple[str, str], Subscription], said: Advertised, now: datetime
) -> tuple[str, str] | None:
    """Return hub and topic: those that work already, else the first hub that has not refused lately."""
    named = [(hub, said.topic) for hub in said.hubs]
    for key in named:
        row = rows.get(key)
        if row is not None and row.state is SubscriptionState.ACTIVE:
            return key
    for key in named:
        row = rows.get(key)
        if row is None or row.state is not SubscriptionState.DENIED:
            return key
        if row.requested_at is None or row.requested_at + DENIED_FOR <= now:
            return key
    return None


def _rest(row: Subscription, planned: datetime, *, last_poll: datetime, longest: timedelta) -> datetime:
    return rest_until(
        planned,
        last_poll=last_poll,
        last_push=row.last_push_at,
        usual_gap=_gap(row),
        is_trusted=row.is_trusted,
        longest=longest,
    )


def _gap(row: Subscription) -> timedelta | None:
    return None if row.push_gap_seconds is None else timedelta(seconds=row.push_gap_seconds)


def _new_path() -> str:
    return secrets.token_urlsafe(32)
