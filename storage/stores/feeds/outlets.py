"""Outlets as people look at them: each with its feeds and how they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import Article, Feed, FeedHealth, FeedState, Host, Outlet, WatchListRow
from storage.troubles import Trouble

HEALTHS = ("failing", "retired", "silent", "resting", "new", "paused", "ok")
"""How an outlet may be, the worst first."""


DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ListedFeed:
    """One feed, as it was at its last poll."""

    id: int
    outlet_id: int
    url: str
    address: str
    title: str
    state: FeedState
    judged: FeedHealth
    """How it was judged last."""
    interval: timedelta
    last_polled_at: datetime | None
    last_success_at: datetime | None
    last_entry_at: datetime | None
    next_poll_at: datetime
    last_status: int | None
    last_failure: Trouble | None
    """The last failure, whether or not it still stands."""
    problem: Trouble | None
    failing_since: datetime | None
    failures: int
    moved_at: datetime | None
    rhythm: Mapping[str, Any]
    delays: tuple[int, ...]
    """Seconds from publication to sight of its last entries, the oldest first."""
    blocked_until: datetime | None
    """Its host asked to be left alone until then."""
    blocked_reason: Trouble | None
    source_kind: str
    source_settings: Mapping[str, Any]

    @property
    def last_error(self) -> Trouble | None:
        """The failure that stands; None where the last poll went well."""
        return self.last_failure if self.failing_since is not None else None

    @property
    def interval_seconds(self) -> float:
        """Seconds between two polls at present."""
        return self.interval.total_seconds()


@dataclass(frozen=True, slots=True)
class ListedOutlet:
    """An outlet with its feeds, how it is, and how many of its articles were found within a day."""

    id: int
    name: str
    site: str
    language: str | None
    country: str | None
    tags: tuple[str, ...]
    provisioned: bool
    paused_at: datetime | None
    feeds: tuple[ListedFeed, ...]
    articles_24h: int
    health: str
    """`paused`, or how the worst of its feeds is: `failing`, `retired`, `silent`, `resting` (its host asked), `new`, `ok`."""
    control: bool = False
    """It is a control source: what it has is compared, and never alerts."""
    proposes_browser: bool = False
    """The text of most of its pages comes only with JavaScript, and its browser is off; told where one outlet is shown."""


def count_tracked(session: Session) -> tuple[int, int]:
    """Return how many outlets and how many watch lists are in use."""
    outlets = session.exec(select(func.count()).select_from(Outlet).where(col(Outlet.active))).one()
    watch_lists = session.exec(
        select(func.count()).select_from(WatchListRow).where(col(WatchListRow.active))
    ).one()
    return outlets, watch_lists


def list_outlets(
    session: Session, *, now: datetime, number: int | None = None, name: str | None = None
) -> list[ListedOutlet]:
    """Return the outlets in use, by name; or only the one of this number or name."""
    known = (Outlet.id, Outlet.name, Outlet.site, Outlet.language, Outlet.country, Outlet.tags)
    query = (
        sa_select(*map(col, known), *map(col, (Outlet.provisioned, Outlet.paused_at, Outlet.control)))
        .where(col(Outlet.active))
        .order_by(func.lower(col(Outlet.name)))
    )
    if number is not None:
        query = query.where(col(Outlet.id) == number)
    if name is not None:
        query = query.where(col(Outlet.name) == name)
    outlets = session.execute(query).all()
    feeds: dict[int, list[ListedFeed]] = defaultdict(list)
    rows = (
        select(Feed, Host)
        .join(Host, col(Host.id) == col(Feed.host_id))
        .where(col(Feed.state) != FeedState.REMOVED)
        .order_by(col(Feed.id))
    )
    if number is not None or name is not None:
        rows = rows.where(col(Feed.outlet_id).in_([outlet[0] for outlet in outlets]))
    for feed, host in session.exec(rows):
        feeds[feed.outlet_id].append(_listed(feed, host))
    outlet_id = (
        col(Article.outlet_id) + 0
    )  # grouped by what no index holds, so that the one of the times is used
    found = sa_select(outlet_id, func.count()).where(col(Article.found_at) >= now - DAY).group_by(outlet_id)
    counts = {row[0]: row[1] for row in session.execute(found)}
    return [
        ListedOutlet(
            id=key,
            name=called,
            site=site,
            language=language,
            country=country,
            tags=tuple(tags),
            provisioned=provisioned,
            paused_at=paused_at,
            feeds=tuple(feeds[key]),
            articles_24h=counts.get(key, 0),
            health=_outlet_health(paused_at, feeds[key], now),
            control=control,
        )
        for key, called, site, language, country, tags, provisioned, paused_at, control in outlets
    ]


def outlet_names(session: Session) -> list[str]:
    """Return the names of all outlets that are polled."""
    return list(
        session.exec(select(Outlet.name).where(col(Outlet.active)).order_by(func.lower(col(Outlet.name))))
    )


@dataclass(frozen=True, slots=True)
class OutletChoices:
    """What alerts and articles can be filtered by: outlets in use by name, and what any outlet is whose articles are kept."""

    names: list[str]
    languages: list[str]
    """Codes, as the countries are."""
    countries: list[str]
    tags: list[str]
    """Their types and themes among them."""


def outlet_choices(session: Session) -> OutletChoices:
    """Return what there is to choose from, each in its order."""
    known = (Outlet.name, Outlet.language, Outlet.country, Outlet.tags, Outlet.active)
    rows = session.execute(sa_select(*map(col, known)).order_by(func.lower(col(Outlet.name)))).all()
    return OutletChoices(
        [name for name, _language, _country, _tags, active in rows if active],
        sorted({row[1] for row in rows if row[1]}),
        sorted({row[2] for row in rows if row[2]}),
        sorted({tag for row in rows for tag in row[3]}, key=str.casefold),
    )


def _listed(feed: Feed, host: Host) -> ListedFeed:
    return ListedFeed(
        id=id_of(feed),
        outlet_id=feed.outlet_id,
        url=feed.url,
        address=feed.address,
        title=feed.title,
        state=feed.state,
        judged=feed.health,
        interval=timedelta(seconds=feed.interval_seconds),
        last_polled_at=feed.last_polled_at,
        last_success_at=feed.last_success_at,
        last_entry_at=feed.last_entry_at,
        next_poll_at=feed.next_poll_at,
        last_status=feed.last_status,
        last_failure=feed.last_error,
        problem=feed.problem,
        failing_since=feed.failing_since,
        failures=feed.failures,
        moved_at=feed.moved_at,
        rhythm=feed.rhythm,
        delays=tuple(feed.delays),
        blocked_until=host.blocked_until,
        blocked_reason=host.blocked_reason,
        source_kind=feed.source_kind,
        source_settings=feed.source_settings,
    )


def _outlet_health(paused_at: datetime | None, feeds: Sequence[ListedFeed], now: datetime) -> str:
    if paused_at is not None:
        return "paused"
    found = {_health(feed, now) for feed in feeds}
    return next((state for state in HEALTHS if state in found), "ok")


def _health(feed: ListedFeed, now: datetime) -> str:
    if feed.state is FeedState.RETIRED:
        return "retired"
    if feed.blocked_until is not None and feed.blocked_until > now:
        return "resting"
    if feed.failing_since is not None:
        return "failing"
    if feed.judged is FeedHealth.SILENT:
        return "silent"
    return "new" if feed.last_success_at is None else "ok"
