"""Sources whose entries are brought to us: which there are, and when something came last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from storage.tables import Feed, FeedState, Outlet


@dataclass(frozen=True, slots=True)
class PushedSource:
    """A source that is not polled, and its outlet."""

    id: int
    outlet_id: int
    outlet: str
    site: str
    language: str | None
    country: str | None
    is_active: bool
    """Neither removed nor paused."""
    is_control: bool


def pushed_source(session: Session, address: str) -> PushedSource | None:
    """Return the source that is stored under an address, where it is one that is not polled."""
    found = session.exec(
        select(Feed, Outlet)
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(col(Feed.url) == address, col(Feed.is_polled).is_(False))
    ).first()
    if found is None:
        return None
    feed, outlet = found
    active = feed.state is FeedState.ACTIVE and outlet.active and outlet.paused_at is None
    return PushedSource(
        feed.id or 0,
        feed.outlet_id,
        outlet.name,
        outlet.site,
        outlet.language,
        outlet.country,
        active,
        outlet.control,
    )


def note_pushed(session: Session, feed_id: int, *, new: int, now: datetime) -> None:
    """Store that entries came, of which so many were new."""
    feed = session.get_one(Feed, feed_id)
    feed.last_polled_at = feed.last_success_at = now
    feed.baseline_at = feed.baseline_at or now
    feed.kind = "push"
    if new:
        feed.last_entry_at = now


def pushed_names(session: Session) -> list[str]:
    """Return the addresses of the sources that are not polled, in order."""
    return list(
        session.exec(
            select(Feed.url)
            .where(col(Feed.is_polled).is_(False), col(Feed.state) == FeedState.ACTIVE)
            .order_by(col(Feed.url))
        )
    )
