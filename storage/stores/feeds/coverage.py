"""Which outlets are followed on some hosts, and how their feeds have fared: what tells why an article was never seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.stores.feeds.feed_health import FeedGap, gaps_of
from storage.tables import Article, Feed, FeedState, Host, Outlet
from storage.troubles import Trouble


@dataclass(frozen=True, slots=True)
class FollowedFeed:
    """A feed of a followed outlet."""

    url: str
    state: FeedState
    match: str
    """The addresses that it is restricted to; empty: all."""
    first_read_at: datetime | None
    last_success_at: datetime | None
    next_poll_at: datetime
    failing_since: datetime | None
    trouble: Trouble | None
    rests_until: datetime | None
    gaps: tuple[FeedGap, ...] = ()


@dataclass(frozen=True, slots=True)
class FollowedOutlet:
    """An outlet that has, or had, articles on a host. `is_active` is false once it was removed."""

    name: str
    is_active: bool
    is_control: bool
    paused_at: datetime | None
    created_at: datetime
    feeds: tuple[FollowedFeed, ...] = ()


def outlets_on(
    session: Session, hosts: Collection[str], *, plain: Callable[[str], str], gaps_since: datetime
) -> dict[str, tuple[FollowedOutlet, ...]]:
    """Return for each host the outlets that it may belong to, those in use first.

    They are those whose site or feed is there or at its parent, or whose feeds have led there. `plain` gives a host's name
    without what does not part outlets (`www.`), as `hosts` are given.
    """
    by_host: dict[str, set[int]] = defaultdict(set)
    for number, address in session.execute(sa_select(col(Outlet.id), col(Outlet.site))):
        by_host[plain(urlsplit(address).netloc.lower())].add(number)
    feeds = sa_select(col(Feed.outlet_id), col(Host.name)).join(Host, col(Host.id) == col(Feed.host_id))
    for number, name in session.execute(feeds):
        by_host[plain(name)].add(number)
    by_host.pop("", None)
    found = {host: _at(by_host, host) or _led_to(session, host, plain) for host in hosts}
    numbers = set[int]().union(*found.values())
    outlets = _outlets(session, numbers, gaps_since=gaps_since)
    return {
        host: tuple(
            sorted((outlets[n] for n in found[host]), key=lambda one: (not one.is_active, one.is_control))
        )
        for host in hosts
    }


def _at(by_host: dict[str, set[int]], host: str) -> set[int]:
    """Return the outlets at a host; where there are none, those at its parent or at hosts below it."""
    parent = host.partition(".")[2]
    below = f".{host}"
    return (
        by_host.get(host)
        or (by_host.get(parent) if "." in parent else None)
        or set[int]().union(*(numbers for name, numbers in by_host.items() if name.endswith(below)))
    )


def _led_to(session: Session, host: str, plain: Callable[[str], str]) -> set[int]:
    """Return the outlets whose feeds have led to a host: that of the newest article there."""
    names = [f"{form}{host}" for form in ("", "www.", "m.", "amp.")]
    newest = (
        sa_select(col(Article.outlet_id), col(Host.name))
        .join(Host, col(Host.id) == col(Article.host_id))
        .where(col(Host.name).in_(names), col(Article.lease_until).is_(None))
        .order_by(col(Article.id).desc())
        .limit(1)
    )
    return {number for number, name in session.execute(newest) if plain(name) == host}


def _outlets(
    session: Session, numbers: Collection[int], *, gaps_since: datetime
) -> dict[int, FollowedOutlet]:
    rows = sa_select(
        *(col(Outlet.id), col(Outlet.name), col(Outlet.active), col(Outlet.control)),
        *(col(Outlet.paused_at), col(Outlet.created_at)),
    ).where(col(Outlet.id).in_(numbers))
    outlets = {number: FollowedOutlet(*rest) for number, *rest in session.execute(rows)}
    gaps = gaps_of(session, since=gaps_since) if outlets else {}
    feeds: dict[int, list[FollowedFeed]] = defaultdict(list)
    query = (
        sa_select(
            *(col(Feed.outlet_id), col(Feed.id), col(Feed.source_settings), col(Feed.address)),
            *(col(Feed.state), col(Feed.baseline_at), col(Feed.last_success_at), col(Feed.next_poll_at)),
            *(col(Feed.failing_since), col(Feed.last_error), col(Host.blocked_until)),
        )
        .join(Host, col(Host.id) == col(Feed.host_id))
        .where(col(Feed.outlet_id).in_(numbers), col(Feed.state) != FeedState.REMOVED)
        .order_by(col(Feed.id))
    )
    for outlet_id, feed_id, settings, address, state, *rest in session.execute(query):
        match = str(settings.get("match", ""))
        feed = FollowedFeed(address, state, match, *rest)
        feeds[outlet_id].append(replace(feed, gaps=tuple(gaps.get(feed_id, ()))))
    return {number: replace(outlet, feeds=tuple(feeds[number])) for number, outlet in outlets.items()}
