"""A feed as it stands when a poll of it is stored: read whole and locked, and written back as decided."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.stores.feeds.hosts import HOST_COLUMNS, HostRecord, host_ids
from storage.tables import Feed, FeedState, Gap, Host, Outlet
from storage.troubles import Trouble


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """A feed's row: what a poll decides by, and changes."""

    id: int
    outlet_id: int
    host_id: int
    url: str
    address: str
    source_kind: str
    source_settings: Mapping[str, Any]
    source_state: Mapping[str, Any]
    state: FeedState
    title: str
    kind: str
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    full_at: datetime | None
    stale_validators: bool
    baseline_at: datetime | None
    entries: int
    rhythm: dict[str, Any]
    hints: dict[str, Any]
    overlap_seconds: float | None
    delays: list[int]
    interval_seconds: float
    next_poll_at: datetime
    lease_until: datetime | None
    lease_owner: str | None
    lease_token: int
    last_polled_at: datetime | None
    last_success_at: datetime | None
    last_entry_at: datetime | None
    last_status: int | None
    last_error: Trouble | None
    problem: Trouble | None
    failing_since: datetime | None
    failures: int
    redirect_target: str | None
    moved_at: datetime | None
    own_asked_at: datetime | None
    gone_since: datetime | None

    def at_host(self, host_id: int) -> FeedRecord:
        """Return the feed on another host."""
        return replace(self, host_id=host_id)


@dataclass(frozen=True, slots=True)
class PollContext:
    """What is known where a poll of a feed is decided."""

    feed: FeedRecord
    outlet: str
    site: str
    """The outlet's page."""
    language: str | None
    is_active: bool
    """The outlet is polled."""
    host: HostRecord
    has_gap: bool = False
    """A time in which entries may have been lost has not ended."""
    is_control: bool = False
    """What it has becomes findings, and no articles."""


_FIELDS = tuple(FeedRecord.__dataclass_fields__)
_COLUMNS = tuple(getattr(Feed, name) for name in _FIELDS)
_KEPT = ("id", "outlet_id", "url")
_WRITTEN = tuple(name for name in _FIELDS if name not in _KEPT)
_WRITE = (
    update(Feed)
    .where(col(Feed.id) == bindparam("feed_id"))
    .values({name: bindparam(f"new_{name}") for name in _WRITTEN})
)


def read_polled(session: Session, feed_ids: Collection[int]) -> dict[int, PollContext]:
    """Return feeds, locked until the transaction ends, with what else a poll of them is decided by."""
    query = (
        sa_select(
            *_COLUMNS,
            *(col(Outlet.name), col(Outlet.site), col(Outlet.language), col(Outlet.active)),
            col(Outlet.paused_at),
            col(Outlet.control),
            *HOST_COLUMNS,
        )
        .join(Host, col(Host.id) == col(Feed.host_id))
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(col(Feed.id).in_(feed_ids))
        .order_by(col(Feed.id))
        .with_for_update(of=Feed, key_share=True)
    )
    gaps = select(Gap.feed_id).where(col(Gap.feed_id).in_(feed_ids), col(Gap.closed_at).is_(None))
    with_gaps = set(session.exec(gaps))
    found = {}
    width = len(_FIELDS)
    for row in session.execute(query):
        feed = FeedRecord(*row[:width])
        name, site, language, is_active, paused_at, is_control, *host = row[width:]
        is_active = is_active and paused_at is None
        found[feed.id] = PollContext(
            feed, name, site, language, is_active, HostRecord(*host), feed.id in with_gaps, is_control
        )
    return found


def write_polled(session: Session, feeds: Sequence[FeedRecord]) -> None:
    """Store feeds as they stand now."""
    if feeds:
        rows = [{"feed_id": feed.id, **{f"new_{n}": getattr(feed, n) for n in _WRITTEN}} for feed in feeds]
        session.connection().execute(_WRITE, rows)


def host_id_of(session: Session, name: str) -> int:
    """Return the id of the host of this name, made now if it is new."""
    return host_ids(session, {name})[name]


def feed_url(session: Session, feed_id: int) -> str:
    """Return the address of a feed, as its outlet was given it."""
    return session.exec(select(Feed.url).where(col(Feed.id) == feed_id)).one()


def outlet_of_feed(session: Session, feed_id: int) -> int:
    """Return the id of the outlet that a feed is of."""
    return session.exec(select(Feed.outlet_id).where(col(Feed.id) == feed_id)).one()


def addresses_polled(session: Session, addresses: Collection[str]) -> dict[str, frozenset[int]]:
    """Return which of some addresses active feeds are polled at, with the ids of these feeds."""
    found: dict[str, set[int]] = {}
    if addresses:
        query = sa_select(col(Feed.address), col(Feed.id)).where(
            col(Feed.address).in_(addresses), col(Feed.state) == FeedState.ACTIVE
        )
        for address, feed_id in session.execute(query):
            found.setdefault(address, set()).add(feed_id)
    return {address: frozenset(ids) for address, ids in found.items()}


def open_gap(session: Session, feed: FeedRecord, *, since: datetime, until: datetime, entries: int) -> int:
    """Record a time in which entries may have been lost, and have the outlet's sitemaps polled at once; return how many."""
    session.add(Gap(feed_id=feed.id, since=since, until=until, entries=entries))
    return session.exec(
        update(Feed)
        .where(
            col(Feed.outlet_id) == feed.outlet_id,
            col(Feed.id) != feed.id,
            col(Feed.state) == FeedState.ACTIVE,
            or_(col(Feed.kind) == "sitemap", col(Feed.kind) == "sitemap-index"),
            col(Feed.next_poll_at) > until,
        )
        .values(next_poll_at=until)
    ).rowcount


def close_gaps(session: Session, feed_id: int, *, now: datetime) -> None:
    """Note that the polls of a feed overlap again."""
    session.exec(
        update(Gap).where(col(Gap.feed_id) == feed_id, col(Gap.closed_at).is_(None)).values(closed_at=now)
    )


def fill_gaps(session: Session, outlet_id: int, times: Sequence[datetime]) -> None:
    """Count the articles that a sitemap brought for the gaps of its outlet's feeds in whose time they were published."""
    if not times:
        return
    gaps = session.exec(
        select(Gap)
        .join(Feed, col(Feed.id) == col(Gap.feed_id))
        .where(Feed.outlet_id == outlet_id, Gap.since <= max(times), Gap.until >= min(times))
    )
    for gap in gaps:
        gap.filled += sum(gap.since <= moment <= gap.until for moment in times)
