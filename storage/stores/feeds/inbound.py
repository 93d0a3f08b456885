"""Mail to our own addresses: stored as it comes, taken out as it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import delete, func
from sqlmodel import Session, col, select

from storage.stores.feeds.by_kind import make_sources_due
from storage.tables import Feed, FeedState, InboundMessage, Outlet

MOST_WAITING = 500
"""Messages of one source that are not read yet."""


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message that waits for its source."""

    key: str
    received_at: datetime
    body: bytes


def inbound_source(session: Session, *, address: str) -> int | None:
    """Return the source that is stored under an address, where its outlet is polled."""
    return session.exec(
        select(Feed.id)
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(
            Feed.url == address,
            Feed.state == FeedState.ACTIVE,
            col(Outlet.active),
            col(Outlet.paused_at).is_(None),
        )
    ).first()


def add_inbound(session: Session, *, feed_ids: Sequence[int], body: bytes, now: datetime) -> bool:
    """Store a message for some sources and make them due; return False, and store nothing, where too many wait already."""
    waiting = session.exec(
        select(func.count())
        .select_from(InboundMessage)
        .where(col(InboundMessage.feed_id).in_(feed_ids))
        .group_by(col(InboundMessage.feed_id))
    ).all()
    if max(waiting, default=0) >= MOST_WAITING:
        return False
    session.add_all(
        InboundMessage(feed_id=feed_id, key=uuid4().hex, body=body, received_at=now) for feed_id in feed_ids
    )
    make_sources_due(session, feed_ids, now=now)
    return True


def take_inbound(
    session: Session, *, address: str, read: Sequence[str], limit: int, most_bytes: int
) -> list[StoredMessage]:
    """Delete a source's messages that are `read`, and return the first of the rest, the oldest first: one at least."""
    feed_id = session.exec(select(Feed.id).where(Feed.url == address)).first()
    if read:
        session.execute(
            delete(InboundMessage).where(
                col(InboundMessage.feed_id) == feed_id, col(InboundMessage.key).in_(read)
            )
        )
    found: list[StoredMessage] = []
    rows = session.exec(
        select(InboundMessage)
        .where(InboundMessage.feed_id == feed_id)
        .order_by(col(InboundMessage.id))
        .limit(limit)
    )
    for row in rows:
        found.append(StoredMessage(row.key, row.received_at, row.body))
        if sum(len(message.body) for message in found) >= most_bytes:
            break
    return found
