"""Feeds: which are due, and claiming them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, func, or_, true
from sqlalchemy import select as sa_select
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from storage.queries.hosts import delay_of, feeds_in_flight, is_free, lock_hosts, pages_in_flight
from storage.rows import id_of
from storage.tables import Feed, FeedState, Gap, Host, Outlet, Subscription

_CLAIMED: tuple[Any, ...] = (
    *(col(Feed.address), col(Feed.etag), col(Feed.last_modified), col(Feed.body_hash), col(Feed.full_at)),
    *(col(Feed.stale_validators), col(Feed.lease_until), col(Feed.lease_owner)),
)
"""What a claim is made of: what a feed has learned is long, and read when its poll is stored."""
FULL_EVERY = timedelta(days=1)
"""Once in this time a feed is asked for its whole document, without validators, since some answer 304 for ever."""

LOOKED_AT = 10
"""Of a backlog, so many times what is wanted is looked at first: to order all of it costs more than the polls."""


@dataclass(frozen=True, slots=True)
class FeedClaim:
    """A feed that this process is to poll now, with what it needs. Without validators its whole document is asked for."""

    feed_id: int
    host_id: int
    outlet: str
    url: str
    etag: str | None
    last_modified: str | None
    body_hash: str | None


def claim_due_feeds(
    session: Session,
    *,
    now: datetime,
    owner: str,
    lease: timedelta,
    limit: int,
    per_host: int,
    host_delay: timedelta,
    only_outlet: str | None = None,
) -> list[FeedClaim]:
    """Claims up to `limit` feeds that are due, longest due first, at most one of each host.

    A host is left alone while another of its feeds or `per_host` of its pages are being fetched, within its delay, and until its
    Retry-After.
    The host's delay starts with the claim.
    """
    claimable = partial(_claimable, session, now=now, limit=limit, per_host=per_host)
    rows: Sequence[tuple[Feed, Host, str]] = ()
    if only_outlet is not None:
        rows = claimable(col(Outlet.name) == only_outlet)
    else:
        due = sa_select(col(Feed.id)).where(*_due(now)).order_by(col(Feed.next_poll_at), col(Feed.id))
        if session.execute(due.offset(limit * LOOKED_AT).limit(1)).first() is not None:
            rows = claimable(col(Feed.id).in_(due.limit(limit * LOOKED_AT)))
        if len(rows) < limit:  # few are due, or many of the hosts can't be asked
            rows = claimable(true())
    claims = []
    for feed, host, outlet in rows:
        feed.lease_until, feed.lease_owner = now + lease, owner
        host.next_request_at = now + delay_of(host, host_delay)
        is_full = feed.stale_validators or feed.full_at is None or now - feed.full_at >= FULL_EVERY
        claims.append(
            FeedClaim(
                id_of(feed),
                id_of(host),
                outlet,
                feed.address,
                None if is_full else feed.etag,
                None if is_full else feed.last_modified,
                feed.body_hash,
            )
        )
    return claims


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Conditions on `Feed`: it is to be polled, and nobody is at it."""
    return (
        col(Feed.state) == FeedState.ACTIVE,
        col(Feed.next_poll_at) <= now,
        or_(col(Feed.lease_until).is_(None), col(Feed.lease_until) <= now),
    )


def _claimable(
    session: Session, among: ColumnElement[bool], *, now: datetime, limit: int, per_host: int
) -> list[tuple[Feed, Host, str]]:
    """Gives due feeds whose hosts may be asked, one of each host, longest due first, with the names of their outlets."""
    due = (
        sa_select(
            col(Feed.id).label("feed_id"),
            func.row_number()
            .over(partition_by=col(Feed.host_id), order_by=(col(Feed.next_poll_at), col(Feed.id)))
            .label("place"),
        )
        .join(Host, col(Host.id) == col(Feed.host_id))
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(
            *_due(now),
            among,
            col(Outlet.active),
            is_free(now),
            feeds_in_flight(now) == 0,
            pages_in_flight(now) < per_host,
        )
    )
    ranked = due.subquery()
    wanted = (
        select(Feed, Host, Outlet.name)
        .options(load_only(*_CLAIMED))
        .join(ranked, ranked.c.feed_id == col(Feed.id))
        .join(Host, col(Host.id) == col(Feed.host_id))
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(ranked.c.place == 1)
        .order_by(col(Feed.next_poll_at), col(Feed.id))
        .limit(limit)
    )
    locked = lock_hosts(session, wanted.with_only_columns(col(Host.id)))
    return list(session.exec(wanted.where(locked)).all())


def load_feeds(session: Session, feed_ids: Sequence[int]) -> list[tuple[Feed, Host, Outlet]]:
    """Gives feeds, locked, with their hosts and outlets.

    While they are held, the session gives each by its id without a statement.
    """
    query = (
        select(Feed, Host, Outlet)
        .join(Host, col(Host.id) == col(Feed.host_id))
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(col(Feed.id).in_(feed_ids))
        .order_by(col(Feed.id))
        .with_for_update(of=Feed, key_share=True)
    )
    return list(session.exec(query).all())


@dataclass(frozen=True, slots=True)
class Marks:
    """Which of some feeds have gaps that are open, and which were ever subscribed to at a hub: few have either."""

    with_gaps: frozenset[int]
    with_hubs: frozenset[int]


def marks_of(session: Session, feed_ids: Sequence[int]) -> Marks:
    """Gives the marks of feeds."""
    gaps = select(Gap.feed_id).where(col(Gap.feed_id).in_(feed_ids), col(Gap.closed_at).is_(None))
    hubs = select(Subscription.feed_id).where(col(Subscription.feed_id).in_(feed_ids))
    return Marks(frozenset(session.exec(gaps)), frozenset(session.exec(hubs)))


def make_due(session: Session, *, now: datetime, only_outlet: str | None = None) -> int:
    """Makes active feeds due now, of one outlet or of all; gives how many."""
    query = select(Feed).join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
    query = query.where(col(Feed.state) == FeedState.ACTIVE, col(Outlet.active))
    if only_outlet is not None:
        query = query.where(col(Outlet.name) == only_outlet)
    feeds = session.exec(query).all()
    for feed in feeds:
        feed.next_poll_at = now
    return len(feeds)
