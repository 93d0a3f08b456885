"""Subscriptions at hubs: what is due, claiming it, finding a subscription."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.feeds.hosts import delay_of, host_ids, is_free, with_hosts_locked
from storage.tables import Feed, FeedState, Host, Outlet, Subscription, SubscriptionState
from storage.troubles import Trouble

ASKED = (SubscriptionState.WANTED, SubscriptionState.ACTIVE, SubscriptionState.LEAVING)
"""States in which a hub is asked for something once its time comes."""
KEPT = (SubscriptionState.WANTED, SubscriptionState.ACTIVE)


@dataclass(frozen=True, slots=True)
class HubClaim:
    """A subscription whose hub this process is to ask now."""

    subscription_id: int
    feed: str
    leaving: bool
    hub: str
    topic: str
    callback: str
    secret: str
    token: int
    """Grows with each claim of the subscription: what comes of an earlier one is not stored any more."""


@dataclass(frozen=True, slots=True)
class HubSubscription:
    """A subscription: what is decided by, and changes."""

    id: int
    feed_id: int
    hub: str
    topic: str
    path: str
    secret: str = field(repr=False)
    state: SubscriptionState
    callback: str | None
    requested_at: datetime | None
    verified_at: datetime | None
    expires_at: datetime | None
    next_request_at: datetime | None
    failures: int
    last_error: Trouble | None
    last_push_at: datetime | None
    push_gap_seconds: float | None
    is_trusted: bool
    lease_until: datetime | None
    lease_owner: str | None
    lease_token: int


_FIELDS = tuple(HubSubscription.__dataclass_fields__)
_COLUMNS: Any = tuple(col(getattr(Subscription, name)) for name in _FIELDS)


def subscription_at(session: Session, path: str, *, lock: bool = False) -> HubSubscription | None:
    """Return the subscription whose callback ends in `path`; with `lock`, others wait until this transaction ends."""
    query = select(*_COLUMNS).where(col(Subscription.path) == path)
    return next(iter(_records(session, query.with_for_update() if lock else query)), None)


def subscription_of_id(session: Session, number: int) -> HubSubscription | None:
    """Return a subscription, locked until the transaction ends; None where it is no more."""
    query = select(*_COLUMNS).where(col(Subscription.id) == number).with_for_update()
    return next(iter(_records(session, query)), None)


def subscriptions_of(session: Session, feed_id: int) -> list[HubSubscription]:
    """Return a feed's subscriptions, past ones too."""
    query = select(*_COLUMNS).where(col(Subscription.feed_id) == feed_id)
    return _records(session, query.order_by(col(Subscription.id)))


def active_subscriptions(
    session: Session, feed_ids: Sequence[int], *, now: datetime
) -> dict[int, HubSubscription]:
    """Return the subscriptions under which some of these feeds are pushed now, by their feeds' ids."""
    query = select(*_COLUMNS).where(
        col(Subscription.feed_id).in_(feed_ids),
        col(Subscription.state) == SubscriptionState.ACTIVE,
        col(Subscription.expires_at) > now,
    )
    return {one.feed_id: one for one in _records(session, query)}


def ever_subscribed(session: Session, feed_ids: Sequence[int]) -> list[int]:
    """Return which of these feeds were ever subscribed to at a hub."""
    if not feed_ids:
        return []
    query = select(Subscription.feed_id).where(col(Subscription.feed_id).in_(feed_ids)).distinct()
    return list(session.exec(query))


def add_subscription(
    session: Session, feed_id: int, *, host: str, hub: str, topic: str, path: str, secret: str, now: datetime
) -> None:
    """Add a subscription whose hub, on this host, is asked at once."""
    session.add(
        Subscription(
            feed_id=feed_id,
            host_id=host_ids(session, {host})[host],
            hub=hub,
            topic=topic,
            path=path,
            secret=secret,
            next_request_at=now,
            created_at=now,
        )
    )
    session.flush()


def change_subscription(session: Session, before: HubSubscription, after: HubSubscription) -> None:
    """Store what of a subscription changed."""
    changed = {
        name: getattr(after, name) for name in _FIELDS if getattr(after, name) != getattr(before, name)
    }
    if changed:
        session.exec(update(Subscription).where(col(Subscription.id) == before.id).values(**changed))


def left_behind(session: Session) -> list[HubSubscription]:
    """Return the subscriptions that are kept although their feed is polled no more."""
    query = (
        select(*_COLUMNS)
        .join(Feed, col(Feed.id) == col(Subscription.feed_id))
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(
            col(Subscription.state).in_(KEPT),
            or_(col(Feed.state) != FeedState.ACTIVE, col(Outlet.active).is_(False)),
        )
    )
    return _records(session, query)


def told_elsewhere(session: Session, callbacks: str) -> list[HubSubscription]:
    """Return the subscriptions that are kept at a callback of another public address."""
    query = select(*_COLUMNS).where(
        col(Subscription.state).in_(KEPT),
        col(Subscription.callback).is_not(None),
        col(Subscription.callback) != callbacks + col(Subscription.path),
    )
    return _records(session, query)


def is_hub_due(session: Session, *, now: datetime) -> bool:
    """Return whether any hub is to be asked."""
    query = select(Subscription.id).where(_is_due(now)).limit(1)
    return session.exec(query).first() is not None or bool(left_behind(session))


def claim_hub_requests(
    session: Session,
    *,
    now: datetime,
    owner: str,
    lease: timedelta,
    limit: int,
    host_delay: timedelta,
    callbacks: str,
) -> list[HubClaim]:
    """Claim up to `limit` requests to hubs, longest due first, one of each host within its delay.

    `callbacks` is the address that callbacks begin with.
    """
    place = func.row_number().over(
        partition_by=col(Subscription.host_id),
        order_by=(col(Subscription.next_request_at), col(Subscription.id)),
    )
    ranked = (
        sa_select(col(Subscription.id).label("subscription_id"), place.label("place"))
        .join(Host, col(Host.id) == col(Subscription.host_id))
        .where(_is_due(now), is_free(now))
        .subquery()
    )
    wanted = (
        select(Subscription, Host, Feed.url)
        .join(ranked, ranked.c.subscription_id == col(Subscription.id))
        .join(Host, col(Host.id) == col(Subscription.host_id))
        .join(Feed, col(Feed.id) == col(Subscription.feed_id))
        .where(ranked.c.place == 1)
        .order_by(col(Subscription.next_request_at), col(Subscription.id))
        .limit(limit)
    )
    rows = session.exec(with_hosts_locked(session, wanted)).all()
    claims: list[HubClaim] = []
    for subscription, host, feed in rows:
        host.next_request_at = now + delay_of(host.crawl_delay_seconds, host_delay)
        subscription.lease_until, subscription.lease_owner = now + lease, owner
        subscription.lease_token += 1
        subscription.requested_at = now
        leaving = subscription.state is SubscriptionState.LEAVING
        if not leaving or subscription.callback is None:
            subscription.callback = callbacks + subscription.path
        claims.append(
            HubClaim(
                id_of(subscription),
                feed,
                leaving,
                subscription.hub,
                subscription.topic,
                subscription.callback,
                subscription.secret,
                subscription.lease_token,
            )
        )
    return claims


def _records(session: Session, query: Any) -> list[HubSubscription]:  # noqa: ANN401
    return [HubSubscription(*row) for row in session.exec(query)]


def _is_due(now: datetime) -> ColumnElement[bool]:
    return (
        col(Subscription.state).in_(ASKED)
        & (col(Subscription.next_request_at) <= now)
        & or_(col(Subscription.lease_until).is_(None), col(Subscription.lease_until) <= now)
    )
