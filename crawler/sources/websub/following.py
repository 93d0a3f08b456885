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
from storage.stores.feeds.polled import FeedRecord
from storage.stores.feeds.subscriptions import (
    KEPT,
    HubSubscription,
    add_subscription,
    change_subscription,
    subscriptions_of,
)
from storage.tables import SubscriptionState

DENIED_FOR = timedelta(days=1)
"""How long a hub that refused is not asked again for the same feed."""


def follow(session: Session, feed_id: int, said: Advertised, *, now: datetime) -> None:
    """Make a feed's subscriptions agree with what its last document said; the hubs are asked by the subscriber's stage."""
    known = {(one.hub, one.topic): one for one in subscriptions_of(session, feed_id)}
    chosen = _choose(known, said, now)
    for key, one in known.items():
        if key != chosen and one.state in KEPT:
            change_subscription(session, one, leave(one, now=now))
    if chosen is not None and chosen not in known:
        hub, topic = chosen
        add_subscription(
            session,
            feed_id,
            host=host_of(hub),
            hub=hub,
            topic=topic,
            path=_new_path(),
            secret=secrets.token_hex(32),
            now=now,
        )
    elif chosen is not None and known[chosen].state not in KEPT:
        change_subscription(session, known[chosen], _wanted_again(known[chosen], now=now))


def leave(subscription: HubSubscription, *, now: datetime) -> HubSubscription:
    """Return a subscription that is wanted no more. A hub that was never asked need not be told."""
    asked = subscription.requested_at is not None
    return replace(
        subscription,
        state=SubscriptionState.LEAVING if asked else SubscriptionState.ENDED,
        next_request_at=now if asked else None,
        failures=0,
    )


def after_poll(
    subscription: HubSubscription, feed: FeedRecord, *, new_articles: int, bounds: Bounds, now: datetime
) -> FeedRecord:
    """Return a pushed feed that was polled well with its next poll; `is_trusted` of the subscription tells of this poll.

    What a poll finds is what the hub did not bring: then polls come at least as often as its pushes did.
    """
    gap = _gap(subscription)
    planned = feed.next_poll_at
    if new_articles and subscription.last_push_at is not None and gap is not None:
        gap = max(gap, bounds.minimum)
        feed = replace(feed, interval_seconds=min(feed.interval_seconds, gap.total_seconds()))
        planned = min(planned, now + gap)
    return replace(feed, next_poll_at=_rest(subscription, planned, last_poll=now, longest=bounds.maximum))


def _wanted_again(subscription: HubSubscription, *, now: datetime) -> HubSubscription:
    if subscription.state is not SubscriptionState.LEAVING:
        subscription = replace(subscription, path=_new_path(), secret=secrets.token_hex(32), callback=None)
    return replace(
        subscription,
        state=SubscriptionState.WANTED,
        next_request_at=now,
        requested_at=None,
        failures=0,
        is_trusted=False,
    )


def after_push(subscription: HubSubscription, feed: FeedRecord, *, longest: timedelta) -> FeedRecord:
    """Return the feed with its polls at rest because a push came."""
    last_poll = feed.last_polled_at
    if last_poll is None:
        return feed
    return replace(
        feed, next_poll_at=_rest(subscription, feed.next_poll_at, last_poll=last_poll, longest=longest)
    )


def _choose(
    known: dict[tuple[str, str], HubSubscription], said: Advertised, now: datetime
) -> tuple[str, str] | None:
    """Return hub and topic: those that work already, else the first hub that has not refused lately."""
    named = [(hub, said.topic) for hub in said.hubs]
    for key in named:
        row = known.get(key)
        if row is not None and row.state is SubscriptionState.ACTIVE:
            return key
    for key in named:
        row = known.get(key)
        if row is None or row.state is not SubscriptionState.DENIED:
            return key
        if row.requested_at is None or row.requested_at + DENIED_FOR <= now:
            return key
    return None


def _rest(
    subscription: HubSubscription, planned: datetime, *, last_poll: datetime, longest: timedelta
) -> datetime:
    return rest_until(
        planned,
        last_poll=last_poll,
        last_push=subscription.last_push_at,
        usual_gap=_gap(subscription),
        is_trusted=subscription.is_trusted,
        longest=longest,
    )


def _gap(subscription: HubSubscription) -> timedelta | None:
    return None if subscription.push_gap_seconds is None else timedelta(seconds=subscription.push_gap_seconds)


def _new_path() -> str:
    return secrets.token_urlsafe(32)
