"""Subscriptions at hubs and what hubs pushed: what is due, claiming it, finding a subscription."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.feeds.hosts import delay_of, is_free, with_hosts_locked
from storage.tables import Feed, FeedState, Host, Outlet, Push, Subscription, SubscriptionState

ASKED = (SubscriptionState.WANTED, SubscriptionState.ACTIVE, SubscriptionState.LEAVING)
"""States in which a hub is asked for something once its time comes."""
KEPT = (SubscriptionState.WANTED, SubscriptionState.ACTIVE)
_SCANNED = 200
"""Waiting pushes that are looked through for some that may be read now."""


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


@dataclass(frozen=True, slots=True)
class PushClaim:
    """A push that this process is to read now."""

    push_id: int
    subscription_id: int
    outlet: str
    feed: str
    topic: str
    content_type: str | None
    body: bytes
    attempts: int
    """This one counted."""


def subscription_at(session: Session, path: str, *, lock: bool = False) -> Subscription | None:
    """Return the subscription whose callback ends in `path`; with `lock`, others wait until this transaction ends."""
    query = select(Subscription).where(Subscription.path == path)
    return session.exec(query.with_for_update() if lock else query).first()


def subscriptions_of(session: Session, feed_id: int) -> list[Subscription]:
    """Return a feed's subscriptions, past ones too."""
    query = select(Subscription).where(Subscription.feed_id == feed_id).order_by(col(Subscription.id))
    return list(session.exec(query))


def active_subscriptions(
    session: Session, feed_ids: Sequence[int], *, now: datetime
) -> dict[int, Subscription]:
    """Return the subscriptions under which some of these feeds are pushed now, by their feeds' ids."""
    rows = session.exec(
        select(Subscription).where(
            col(Subscription.feed_id).in_(feed_ids),
            Subscription.state == SubscriptionState.ACTIVE,
            col(Subscription.expires_at) > now,
        )
    )
    return {row.feed_id: row for row in rows}


def ever_subscribed(session: Session, feed_ids: Sequence[int]) -> list[int]:
    """Return which of these feeds were ever subscribed to at a hub."""
    if not feed_ids:
        return []
    query = select(Subscription.feed_id).where(col(Subscription.feed_id).in_(feed_ids)).distinct()
    return list(session.exec(query))


def left_behind(session: Session) -> list[Subscription]:
    """Return the subscriptions that are kept although their feed is polled no more."""
    query = (
        select(Subscription)
        .join(Feed, col(Feed.id) == col(Subscription.feed_id))
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(
            col(Subscription.state).in_(KEPT),
            or_(col(Feed.state) != FeedState.ACTIVE, col(Outlet.active).is_(False)),
        )
    )
    return list(session.exec(query))


def told_elsewhere(session: Session, callbacks: str) -> list[Subscription]:
    """Return the subscriptions that are kept at a callback of another public address."""
    query = select(Subscription).where(
        col(Subscription.state).in_(KEPT),
        col(Subscription.callback).is_not(None),
        col(Subscription.callback) != callbacks + col(Subscription.path),
    )
    return list(session.exec(query))


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
            )
        )
    return claims


def waiting_pushes(session: Session, subscription_id: int) -> int:
    """Return how many pushes of a subscription are not read yet."""
    query = select(func.count(col(Push.id))).where(Push.subscription_id == subscription_id)
    return session.exec(query).one()


def is_push_waiting(session: Session) -> bool:
    """Return whether any push is not read yet."""
    return session.exec(select(Push.id).limit(1)).first() is not None


def claim_pushes(
    session: Session, *, now: datetime, owner: str, lease: timedelta, limit: int
) -> list[PushClaim]:
    """Claim up to `limit` pushes, oldest first, one of each subscription, so that they are stored in their order."""
    waiting = session.exec(
        select(Push.id, Push.subscription_id, Push.lease_until).order_by(col(Push.id)).limit(_SCANNED)
    ).all()
    seen: set[int] = set()
    wanted: list[int] = []
    for push_id, subscription_id, until in waiting:
        if subscription_id not in seen and push_id is not None and (until is None or until <= now):
            wanted.append(push_id)
        seen.add(subscription_id)
    rows = session.exec(
        select(Push, Subscription.topic, Feed.url, Outlet.name)
        .join(Subscription, col(Subscription.id) == col(Push.subscription_id))
        .join(Feed, col(Feed.id) == col(Subscription.feed_id))
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(
            col(Push.id).in_(wanted[:limit]),
            or_(
                col(Push.lease_until).is_(None), col(Push.lease_until) <= now
            ),  # no one has claimed it meanwhile
        )
        .order_by(col(Push.id))
        .with_for_update(skip_locked=True, of=Push)
    ).all()
    claims = []
    for push, topic, feed, outlet in rows:
        push.lease_until, push.lease_owner = now + lease, owner
        push.attempts += 1
        claims.append(
            PushClaim(
                id_of(push),
                push.subscription_id,
                outlet,
                feed,
                topic,
                push.content_type,
                push.body,
                push.attempts,
            )
        )
    return claims


def _is_due(now: datetime) -> ColumnElement[bool]:
    return (
        col(Subscription.state).in_(ASKED)
        & (col(Subscription.next_request_at) <= now)
        & or_(col(Subscription.lease_until).is_(None), col(Subscription.lease_until) <= now)
    )
