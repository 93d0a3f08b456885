"""Outlets as they are edited: what is known of one, adding, changing, pausing, removing."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from storage.declared_source import StoredSource
from storage.rows import id_of
from storage.stores.feeds.hosts import host_named
from storage.tables import Feed, FeedState, Host, Outlet


@dataclass(frozen=True, slots=True)
class OutletValues:
    """What a person can say of an outlet. `feeds` are addresses; without one, the feed is looked for at the site."""

    name: str
    site: str = ""
    feeds: tuple[str, ...] = ()
    language: str | None = None
    country: str | None = None
    tags: tuple[str, ...] = ()
    control: bool = False
    """It is polled to see what we miss, and never alerts."""
    sources: tuple[StoredSource, ...] = ()
    """Those of other kinds than `feed`."""


@dataclass(frozen=True, slots=True)
class StoredOutlet:
    """An outlet as it is stored. `is_active` is false once it was removed: its articles stay."""

    id: int
    values: OutletValues
    provisioned: bool
    is_active: bool
    paused_at: datetime | None

    @property
    def name(self) -> str:
        """Its name."""
        return self.values.name


@dataclass(frozen=True, slots=True)
class PolledFeed:
    """A feed of an outlet in use: `url` as the user gave it, `address` where it has moved to."""

    url: str
    address: str
    outlet: str


def outlet_called(session: Session, name: str) -> StoredOutlet | None:
    """Return the outlet of this name, a removed one too; None where there never was one."""
    return _stored(session, session.exec(select(Outlet).where(Outlet.name == name)).first())


def outlet_numbered(session: Session, number: int) -> StoredOutlet | None:
    """Return the outlet of this number, a removed one too; None where there never was one."""
    return _stored(session, session.get(Outlet, number))


def put_outlet(
    session: Session,
    values: OutletValues,
    hosts: Mapping[str, str],
    *,
    number: int | None,
    interval: timedelta,
    now: datetime,
    provisioned: bool = False,
) -> int:
    """Store an outlet, a new one or that of this number; return its number. Its new feeds are due now, every `interval` at first.

    `hosts` names the host of each feed to be polled. A feed that was gone for good is asked
    again where the outlet was removed, or a person stores it. A feed that it had and that is not among them is removed, its
    articles stay; one of another outlet becomes this one's.
    """
    outlet = session.get_one(Outlet, number) if number is not None else Outlet(name="", created_at=now)
    outlet.name, outlet.site, outlet.tags = values.name, values.site, list(values.tags)
    outlet.language, outlet.country = values.language, values.country
    if values.control and not outlet.control:
        outlet.control_told_at = now
    outlet.control = values.control
    if outlet.access:
        outlet.access = {} if provisioned else outlet.access
        outlet.access_stamp += 1  # its hosts may be others
    revives = not provisioned or not outlet.active
    outlet.provisioned, outlet.active = provisioned, True
    session.add(outlet)
    session.flush()
    known = {feed.url: feed for feed in session.exec(select(Feed).where(Feed.outlet_id == id_of(outlet)))}
    called = {feed.address: url for url, feed in known.items() if feed.state is not FeedState.REMOVED}
    wanted = [StoredSource("feed", url, host, {"url": url}) for url, host in hosts.items()]
    for source in (*wanted, *values.sources):
        url = source.address
        feed = (
            known.pop(url, None)
            or known.pop(called.get(url, ""), None)
            or session.exec(select(Feed).where(Feed.url == url)).first()
        )
        if feed is None:
            feed = Feed(
                outlet_id=id_of(outlet),
                host_id=id_of(host_named(session, source.host)),
                url=url,
                address=url,
                interval_seconds=interval.total_seconds(),
                next_poll_at=now,
                created_at=now,
            )
            session.add(feed)
        feed.outlet_id = id_of(outlet)
        feed.source_kind, feed.source_settings = source.kind, source.settings
        feed.is_polled = source.is_polled
        if feed.state is FeedState.REMOVED:
            feed.state = FeedState.ACTIVE
        if feed.state is FeedState.RETIRED and revives:
            feed.state, feed.next_poll_at = FeedState.ACTIVE, now
            feed.gone_since, feed.failures = None, 0
    for feed in known.values():
        feed.state = FeedState.REMOVED
    session.flush()
    return id_of(outlet)


def rename_outlet(session: Session, number: int, name: str) -> None:
    """Give an outlet another name, which no other may have."""
    session.execute(update(Outlet).where(col(Outlet.id) == number).values(name=name))


def set_paused(session: Session, number: int, paused_at: datetime | None) -> None:
    """Pause an outlet, or let it be polled again."""
    session.execute(update(Outlet).where(col(Outlet.id) == number).values(paused_at=paused_at))


def remove_outlet(session: Session, number: int) -> None:
    """Take an outlet out of use; its articles and alerts stay, the secrets of its access do not."""
    gone: dict[str, Any] = {
        "active": False,
        "paused_at": None,
        "access": {},
        "access_stamp": col(Outlet.access_stamp) + 1,
    }
    session.execute(update(Outlet).where(col(Outlet.id) == number).values(**gone))


def remove_undeclared(session: Session, declared: Collection[str]) -> None:
    """Take the outlets of the settings file out of use that are not `declared` any more."""
    gone = (col(Outlet.provisioned), col(Outlet.active), col(Outlet.name).not_in(declared))
    session.execute(update(Outlet).where(*gone).values(active=False, paused_at=None))


def names_in_use(session: Session) -> list[str]:
    """Return the names of all outlets in use."""
    return list(session.exec(select(Outlet.name).where(col(Outlet.active))))


def polled_feeds(session: Session, urls: Sequence[str] | None = None) -> list[PolledFeed]:
    """Return the feeds of all outlets in use; with `urls`, only those that are called so or have moved there."""
    query = (
        select(Feed.url, Feed.address, Outlet.name)
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(*_in_use())
        .order_by(col(Outlet.name), col(Feed.id))
    )
    if urls is not None:
        query = query.where(col(Feed.url).in_(urls) | col(Feed.address).in_(urls))
    return [PolledFeed(*row) for row in session.exec(query)]


def sources_in_use(session: Session) -> list[tuple[str, StoredSource]]:
    """Return the sources of other kinds than `feed` of all outlets in use, each with its outlet's name."""
    rows = session.exec(
        select(Outlet.name, Feed, Host.name)
        .join(Feed, col(Feed.outlet_id) == col(Outlet.id))
        .join(Host, col(Host.id) == col(Feed.host_id))
        .where(*_in_use(), col(Feed.source_kind) != "feed")
        .order_by(col(Outlet.name), col(Feed.id))
    )
    return [(outlet, _source(feed, host)) for outlet, feed, host in rows]


def outlets_in_use(session: Session) -> list[StoredOutlet]:
    """Return all outlets in use, by name, with the feeds that are polled, at the addresses to which they have moved."""
    feeds: dict[str, list[str]] = {}
    for feed in polled_feeds(session):
        feeds.setdefault(feed.outlet, []).append(feed.address)
    rows = session.exec(select(Outlet).where(col(Outlet.active)).order_by(col(Outlet.name)))
    return [_outlet(row, tuple(feeds.get(row.name, ())), ()) for row in rows]


def _in_use() -> tuple[ColumnElement[bool], ...]:
    return col(Outlet.active).is_(True), col(Feed.state) != FeedState.REMOVED


def _stored(session: Session, row: Outlet | None) -> StoredOutlet | None:
    if row is None:
        return None
    rows = session.exec(
        select(Feed, Host.name)
        .join(Host, col(Host.id) == col(Feed.host_id))
        .where(Feed.outlet_id == id_of(row), col(Feed.state) != FeedState.REMOVED)
        .order_by(col(Feed.id))
    ).all()
    feeds = tuple(feed.url for feed, _host in rows if feed.source_kind == "feed")
    sources = tuple(_source(feed, host) for feed, host in rows if feed.source_kind != "feed")
    return _outlet(row, feeds, sources)


def _source(feed: Feed, host: str) -> StoredSource:
    return StoredSource(feed.source_kind, feed.url, host, feed.source_settings, feed.is_polled)


def _outlet(row: Outlet, feeds: tuple[str, ...], sources: tuple[StoredSource, ...]) -> StoredOutlet:
    feeds = () if feeds == (row.site,) else feeds  # looked for at the site
    values = OutletValues(
        row.name, row.site, feeds, row.language, row.country, tuple(row.tags), row.control, sources
    )
    return StoredOutlet(id_of(row), values, row.provisioned, row.active, row.paused_at)
