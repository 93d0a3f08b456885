"""Feeds: which are due, and claiming them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Integer, Select, bindparam, func, or_, true, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.codes import locale_of
from storage.stores.feeds.hosts import delay_of, feeds_in_flight, is_free, pages_in_flight, with_hosts_locked
from storage.tables import Feed, FeedState, Host, Outlet
from storage.types import UtcDateTime

FULL_EVERY = timedelta(days=1)
"""Once in this time a feed is asked for its whole document, without validators, since some answer 304 for ever."""

LOOKED_AT = 10
"""Of a backlog, so many times what is wanted is looked at first: to order all of it costs more than the polls."""


@dataclass(frozen=True, slots=True)
class FeedClaim:
    """A feed that this process is to poll now, with what it needs. Without validators its whole document is asked for.

    `token` grows with each claim of the feed: what comes of an earlier one is not stored any more.
    """

    feed_id: int
    host_id: int
    outlet: str
    url: str
    etag: str | None
    last_modified: str | None
    body_hash: str | None
    token: int = 0
    name: str = ""
    """The address as the user gave it, whatever it has become: the feed is known by it."""
    source_kind: str = "feed"
    source_settings: Mapping[str, Any] = field(default_factory=dict)
    source_state: Mapping[str, Any] = field(default_factory=dict)
    home: str = ""
    """The outlet's locale, as `locale_of` makes it."""
    access: int = 0
    """The stamp of the outlet's own access; 0: it never had one."""
    outlet_id: int | None = None


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
    """Claim up to `limit` feeds that are due, longest due first, at most one of each host.

    A host is left alone while another of its feeds or `per_host` of its pages are being fetched, within its delay, and until its
    Retry-After.
    The host's delay starts with the claim.
    """
    parameters = {"now": now, "limit": limit, "per_host": per_host, "look_at": LOOKED_AT * limit}
    if only_outlet is not None:
        rows = _claimable(session, "outlet", {**parameters, "outlet": only_outlet})
    else:
        waiting = len(session.execute(_first_due(), parameters).all())
        rows = _claimable(session, "first", parameters) if waiting else []
        if len(rows) < limit and waiting == LOOKED_AT * limit:  # many of their hosts can't be asked
            rows = _claimable(session, "all", parameters)
    if not rows:
        return []
    claims = []
    by_delay: dict[timedelta, list[int]] = defaultdict(list)
    for is_stale, full_at, crawl_delay, claim in rows:
        by_delay[delay_of(crawl_delay, host_delay)].append(claim.host_id)
        is_full = is_stale or full_at is None or now - full_at >= FULL_EVERY
        claims.append(replace(claim, etag=None, last_modified=None) if is_full else claim)
    claimed = col(Feed.id).in_([claim.feed_id for claim in claims])
    session.execute(
        update(Feed)
        .where(claimed)
        .values(lease_until=now + lease, lease_owner=owner, lease_token=col(Feed.lease_token) + 1)
    )
    for delay, hosts in by_delay.items():
        session.execute(
            update(Host)
            .where(col(Host.id).in_(hosts))
            .values(next_request_at=now + delay, feed_was_last=True)
        )
    return claims


def extend_claim(session: Session, claim: FeedClaim, *, until: datetime) -> bool:
    """Extend the lease of a claim whose poll takes long; return whether it still is this claim's."""
    mine = (col(Feed.id) == claim.feed_id, col(Feed.lease_token) == claim.token)
    extended = session.exec(update(Feed).where(*mine).values(lease_until=until))
    return extended.rowcount == 1


# Statements are made once: to put one together costs more than the database's work on it.
_NOW = bindparam("now", type_=UtcDateTime())
_Among = Literal["first", "all", "outlet"]


def _due() -> tuple[ColumnElement[bool], ...]:
    """Conditions on `Feed`: it is to be polled, and nobody is at it."""
    return (
        col(Feed.state) == FeedState.ACTIVE,
        col(Feed.is_polled).is_(True),
        col(Feed.next_poll_at) <= _NOW,
        or_(col(Feed.lease_until).is_(None), col(Feed.lease_until) <= _NOW),
    )


@cache
def _first_due() -> Select[int | None]:
    """The `look_at` feeds that are due longest."""
    query = sa_select(col(Feed.id)).where(*_due()).order_by(col(Feed.next_poll_at), col(Feed.id))
    return query.limit(bindparam("look_at", type_=Integer))


@cache
def _claimable_feeds(among: _Among) -> Select[*tuple[Any, ...]]:
    """Due feeds whose hosts may be asked, one of each host, longest due first."""
    within: dict[_Among, ColumnElement[bool]] = {
        "first": col(Feed.id).in_(_first_due()),
        "all": true(),
        "outlet": col(Outlet.name) == bindparam("outlet"),
    }
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
            *_due(),
            within[among],
            col(Outlet.active),
            col(Outlet.paused_at).is_(None),
            is_free(_NOW),
            feeds_in_flight(_NOW) == 0,
            pages_in_flight(_NOW) < bindparam("per_host", type_=Integer),
        )
    )
    ranked = due.subquery()
    return (
        sa_select(
            col(Feed.stale_validators),
            col(Feed.full_at),
            col(Host.crawl_delay_seconds),
            *(col(Feed.id), col(Host.id), col(Outlet.name), col(Feed.address)),
            *(col(Feed.etag), col(Feed.last_modified), col(Feed.body_hash)),
            *(col(Feed.lease_token) + 1, col(Feed.url)),
            *(col(Feed.source_kind), col(Feed.source_settings), col(Feed.source_state)),
            *(col(Outlet.language), col(Outlet.country), col(Outlet.access_stamp), col(Outlet.id)),
        )
        .join(ranked, ranked.c.feed_id == col(Feed.id))
        .join(Host, col(Host.id) == col(Feed.host_id))
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(ranked.c.place == 1)
        .order_by(col(Feed.next_poll_at), col(Feed.id))
        .limit(bindparam("limit", type_=Integer))
    )


def _claimable(
    session: Session, among: _Among, parameters: Mapping[str, Any]
) -> list[tuple[bool, datetime | None, float | None, FeedClaim]]:
    """Return feeds to claim, their hosts locked.

    Of each: whether its validators are stale, when its whole document came last, the host's crawl delay, and the claim.
    """
    wanted = with_hosts_locked(session, _claimable_feeds(among), parameters)
    return [
        (is_stale, full_at, crawl_delay, _at_home(claim, language, country, access, outlet_id))
        for is_stale, full_at, crawl_delay, *claim, language, country, access, outlet_id in session.execute(
            wanted, parameters
        )
    ]


def _at_home(
    claim: list[Any], language: str | None, country: str | None, access: int, outlet_id: int
) -> FeedClaim:
    home = locale_of(language, country)
    return replace(FeedClaim(*claim), home=home, access=access, outlet_id=outlet_id)


def make_due(session: Session, *, now: datetime, only_outlet: str | None = None) -> int:
    """Make active feeds due now, of one outlet or of all; return how many."""
    query = select(Feed).join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
    query = query.where(
        col(Feed.state) == FeedState.ACTIVE, col(Outlet.active), col(Outlet.paused_at).is_(None)
    )
    if only_outlet is not None:
        query = query.where(col(Outlet.name) == only_outlet)
    feeds = session.exec(query).all()
    for feed in feeds:
        feed.next_poll_at = now
    return len(feeds)
