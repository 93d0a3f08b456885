"""Sources of one kind, for what has something to tell of them: how they stand, and making them due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import Feed, FeedState, Outlet


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """A source that is polled, and where its polls have come to."""

    feed_id: int
    outlet: str
    address: str
    settings: Mapping[str, Any]
    state: Mapping[str, Any]
    next_poll_at: datetime
    is_leased: bool
    """A poll of it may be under way."""


def sources_of_kind(session: Session, *, kind: str) -> list[SourceStanding]:
    """Return the sources of a kind whose outlets are polled, in the order in which they were added."""
    query = (
        select(Feed, Outlet.name)
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(
            col(Feed.source_kind) == kind,
            col(Feed.state) == FeedState.ACTIVE,
            col(Outlet.active),
            col(Outlet.paused_at).is_(None),
        )
        .order_by(col(Feed.id))
    )
    return [
        SourceStanding(
            id_of(feed),
            outlet,
            feed.url,
            feed.source_settings,
            feed.source_state,
            feed.next_poll_at,
            feed.lease_until is not None,
        )
        for feed, outlet in session.exec(query)
    ]


def make_sources_due(session: Session, feed_ids: Sequence[int], *, now: datetime) -> None:
    """Make these sources due now, where they were to be polled later."""
    session.execute(
        update(Feed).where(col(Feed.id).in_(feed_ids), col(Feed.next_poll_at) > now).values(next_poll_at=now)
    )
