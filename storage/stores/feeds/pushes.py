"""What hubs pushed and is not read yet: stored, claimed, taken out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import Feed, Outlet, Push, Subscription

_SCANNED = 200
"""Waiting pushes that are looked through for some that may be read now."""


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
    received_at: datetime
    attempts: int
    """This one counted."""
    token: int
    """Grows with each claim of the push: what comes of an earlier one is not stored any more."""


def add_push(
    session: Session, subscription_id: int, body: bytes, *, content_type: str | None, now: datetime
) -> None:
    """Store what a hub pushed."""
    session.add(Push(subscription_id=subscription_id, content_type=content_type, body=body, received_at=now))


def take_push(session: Session, claim: PushClaim) -> bool:
    """Delete a push that is read; return whether the claim still held: its holder alone stores what the push brought."""
    push = session.get(Push, claim.push_id, with_for_update=True, populate_existing=True)
    if push is None or push.lease_token != claim.token:
        return False
    session.delete(push)
    session.flush()
    return True


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
        push.lease_token += 1
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
                push.received_at,
                push.attempts,
                push.lease_token,
            )
        )
    return claims
