"""Lists of feeds into the database, and out of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from crawler.sources.opml import OutletOutline
from service.provision import add_outlet
from storage.rows import id_of
from storage.tables import Feed, FeedState, Outlet


@dataclass(frozen=True, slots=True)
class Imported:
    """The names of the outlets that are new, and of those that have new feeds or tags; and a line for what was left out."""

    added: tuple[str, ...]
    extended: tuple[str, ...]
    unchanged: int
    problems: tuple[str, ...]


def import_outlets(
    session: Session,
    outlets: Iterable[OutletOutline],
    *,
    declared: frozenset[str],
    interval: timedelta,
    now: datetime,
) -> Imported:
    """Adds the outlets, or their feeds and tags to those of the same name. Doing it twice changes nothing.

    Nothing is taken away, and a feed that another outlet has stays there. Outlets of the settings file (`declared`) are left
    alone.
    """
    owners, moved = _polled(session)
    added: list[str] = []
    extended: list[str] = []
    problems: list[str] = []
    unchanged = 0
    for outline in outlets:
        if outline.name in declared:
            problems.append(f"{outline.name!r} is declared in the settings file: change it there")
            continue
        known = session.exec(select(Outlet).where(Outlet.name == outline.name)).first()
        feeds = []
        for feed in (moved.get(feed, feed) for feed in outline.feeds):
            owner = owners.setdefault(feed, outline.name)
            if owner == outline.name:
                feeds.append(feed)
            else:
                problems.append(f"{outline.name!r}: {feed} is polled for {owner!r} already: left there")
        if not feeds:
            continue
        had = [feed for feed, owner in owners.items() if known and owner == known.name and feed not in feeds]
        tags = list(dict.fromkeys([*(known.tags if known else ()), *outline.tags]))
        if known is not None and known.active and tags == known.tags and not _new(session, known, feeds):
            unchanged += 1
            continue
        is_polled = known is not None and known.active
        outlet = add_outlet(
            session,
            name=outline.name,
            site=outline.site or (known.site if known else ""),
            feeds=[*had, *feeds],
            language=outline.language or (known.language if known else None),
            country=known.country if known else None,
            interval=interval,
            now=now,
        )
        outlet.tags = tags
        (extended if is_polled else added).append(outline.name)
    return Imported(tuple(added), tuple(extended), unchanged, tuple(problems))


def list_outlines(session: Session) -> list[OutletOutline]:
    """Gives the active outlets with the feeds that are polled, by name."""
    rows = session.exec(
        select(Outlet, Feed)
        .join(Feed, col(Feed.outlet_id) == col(Outlet.id))
        .where(col(Outlet.active), col(Feed.state) != FeedState.REMOVED)
        .order_by(col(Outlet.name), col(Feed.id))
    ).all()
    feeds: dict[str, list[str]] = {}
    outlets: dict[str, Outlet] = {}
    for outlet, feed in rows:
        outlets[outlet.name] = outlet
        feeds.setdefault(outlet.name, []).append(feed.address)
    return [
        OutletOutline(name, tuple(feeds[name]), outlet.site, outlet.language, tuple(outlet.tags))
        for name, outlet in outlets.items()
    ]


def _polled(session: Session) -> tuple[dict[str, str], dict[str, str]]:
    """Gives the outlet of each polled feed, and the feeds that have moved, by their new address."""
    rows = session.exec(
        select(Feed, Outlet.name)
        .join(Outlet, col(Outlet.id) == col(Feed.outlet_id))
        .where(col(Outlet.active), col(Feed.state) != FeedState.REMOVED)
    ).all()
    moved = {feed.address: feed.url for feed, _ in rows if feed.address != feed.url}
    return {feed.url: name for feed, name in rows}, moved


def _new(session: Session, outlet: Outlet, feeds: list[str]) -> bool:
    polled = session.exec(
        select(Feed.url).where(Feed.outlet_id == id_of(outlet), col(Feed.state) != FeedState.REMOVED)
    ).all()
    return not set(feeds) <= set(polled)
