"""Articles: which pages are due to be fetched, and claiming them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CTE, ColumnElement, Subquery, case, exists, func, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.codes import locale_of
from storage.rows import id_of
from storage.stores.feeds.hosts import (
    HostRobots,
    delay_of,
    feeds_in_flight,
    is_free,
    pages_in_flight,
    rests_for_outlet,
    with_hosts_locked,
)
from storage.tables import AlertArticle, Article, ArticleState, Feed, FeedState, Host, Outlet

YIELDS = timedelta(minutes=1)
"""So long pages leave a host's turn to a feed that is due there: by then it was polled, or nobody polls it."""


@dataclass(frozen=True, slots=True)
class PageClaim:
    """An article whose page this process is to fetch now."""

    article_id: int
    host_id: int
    outlet: str
    url: str
    attempts: int
    """How often it was tried before."""
    is_recheck: bool = False
    """It was read before: only an edit is news."""
    etag: str | None = None
    last_modified: str | None = None
    token: int = 0
    """Grows with each claim of the article: what comes of an earlier one is not stored any more."""
    home: str = ""
    """The outlet's locale, as `locale_of` makes it."""
    access: int = 0
    """The stamp of the outlet's own access; 0: it never had one."""
    outlet_id: int = 0
    robots: HostRobots | None = None
    """The robots.txt of the page's host."""
    is_guest: bool = False
    """Another outlet is polled at the page's host, and this one is not: its links say nothing of how that one fares."""


def is_any_page_due(session: Session, *, now: datetime) -> bool:
    """Return whether the page of any article waits to be fetched, whether or not its host may be asked now."""
    return session.execute(sa_select(col(Article.id)).where(_is_due(now)).limit(1)).first() is not None


def claim_pages(
    session: Session,
    *,
    now: datetime,
    owner: str,
    lease: timedelta,
    limit: int,
    per_host: int,
    host_delay: timedelta,
    under_way: Mapping[int, int] | None = None,
    per_outlet: int | None = None,
) -> list[PageClaim]:
    """Claim up to `limit` articles whose pages are due: those that alert first, then the newest; then pages to be read again.

    At most `per_host` requests of a host (feeds and pages together) are under way at once, and only one starts within its delay.
    Outlets take turns at a host, and with its feeds; those that are guests there leave room for its own. Of one outlet, at most
    `per_outlet` pages are under way here, those counted that are already (`under_way`, by the outlets' ids).
    """
    ranked = _due_by_turns(now, per_host, under_way or {}, per_outlet)
    wanted = (
        select(Article, Host, Outlet, ranked.c.is_guest)
        .join(ranked, ranked.c.article_id == col(Article.id))
        .join(Host, col(Host.id) == col(Article.host_id))
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .where(ranked.c.place + ranked.c.busy <= per_host)
        .order_by(ranked.c.place, ranked.c.of_outlet, ranked.c.urgency)
        .limit(limit)
    )
    rows = session.exec(with_hosts_locked(session, wanted)).all()
    claims: list[PageClaim] = []
    started: set[int] = set()
    for article, host, outlet, is_guest in rows:
        delay = delay_of(host.crawl_delay_seconds, host_delay)
        if article.host_id in started and delay:
            continue
        started.add(article.host_id)
        article.lease_until, article.lease_owner = now + lease, owner
        article.lease_token += 1
        host.next_request_at = now + delay
        host.served_outlet_id, host.feed_was_last = article.outlet_id, False
        claims.append(_claim(article, host, outlet, is_guest=bool(is_guest)))
    return claims


def _claim(article: Article, host: Host, outlet: Outlet, *, is_guest: bool) -> PageClaim:
    again = article.state is not ArticleState.FOUND
    return PageClaim(
        id_of(article),
        article.host_id,
        outlet.name,
        article.url,
        article.fetch_attempts,
        is_recheck=again,
        etag=article.page_etag if again else None,
        last_modified=article.page_last_modified if again else None,
        token=article.lease_token,
        home=locale_of(outlet.language, outlet.country),
        access=outlet.access_stamp,
        outlet_id=article.outlet_id,
        robots=HostRobots(host.name, host.robots_status, host.robots_body, host.robots_fetched_at),
        is_guest=is_guest,
    )


def _due_by_turns(
    now: datetime, per_host: int, under_way: Mapping[int, int], per_outlet: int | None
) -> Subquery:
    """Return the articles whose pages may be asked for, each with its place in the turns of its host and of its outlet.

    An outlet's first page comes before another's second; who was served last comes last. Those that guests or one outlet may not
    ask for now take nobody's place.
    """
    due = _due(now)
    turns = (due.c.own, due.c.turn, due.c.outlet_id, due.c.urgency)
    of_outlet = func.row_number().over(partition_by=due.c.outlet_id, order_by=(due.c.own, due.c.urgency))
    among_guests = func.row_number().over(partition_by=(due.c.host_id, due.c.is_guest), order_by=turns)
    shared = sa_select(due, of_outlet.label("of_outlet"), among_guests.label("guest_place")).subquery()
    turns = (shared.c.own, shared.c.turn, shared.c.outlet_id, shared.c.urgency)
    place = func.row_number().over(partition_by=shared.c.host_id, order_by=turns)
    return (
        sa_select(shared, place.label("place"))
        .where(
            or_(~shared.c.is_guest, shared.c.guest_place + shared.c.guests <= max(1, per_host - 1)),
            *_within_shares(shared, under_way, per_outlet),
        )
        .subquery()
    )


def _due(now: datetime) -> Subquery:
    """Return the articles whose pages are due at hosts that may be asked, each with its place among its outlet's own there."""
    hosts = _free_hosts(now)
    is_recheck = case((col(Article.state) == ArticleState.FOUND, 0), else_=1)
    is_quiet = case((exists().where(col(AlertArticle.article_id) == col(Article.id)), 0), else_=1)
    came_out = func.coalesce(col(Article.published_at), col(Article.found_at))
    order = (is_recheck, is_quiet, came_out.desc(), col(Article.id).desc())
    outlet = col(Article.outlet_id)
    has_feed = exists().where(
        col(Feed.host_id) == col(Article.host_id),
        col(Feed.outlet_id) == outlet,
        col(Feed.state) == FeedState.ACTIVE,
    )
    return (
        sa_select(
            col(Article.id).label("article_id"),
            col(Article.host_id).label("host_id"),
            outlet.label("outlet_id"),
            hosts.c.busy,
            hosts.c.guests,
            (hosts.c.has_feeds & ~has_feed).label("is_guest"),
            case((outlet > func.coalesce(hosts.c.served, 0), 0), else_=1).label("turn"),
            func.row_number().over(order_by=order).label("urgency"),
            func.row_number().over(partition_by=(col(Article.host_id), outlet), order_by=order).label("own"),
        )
        .join(hosts, hosts.c.id == col(Article.host_id))
        .where(_is_due(now), ~rests_for_outlet(now))
        .subquery()
    )


def _is_due(now: datetime) -> ColumnElement[bool]:
    """A condition on `Article`: its page is to be read, or read again, and nobody is at it."""
    return or_(
        (col(Article.state) == ArticleState.FOUND) & (col(Article.next_fetch_at) <= now),
        (col(Article.state) != ArticleState.FOUND) & (col(Article.recheck_at) <= now),
    ) & or_(col(Article.lease_until).is_(None), col(Article.lease_until) <= now)


def _free_hosts(now: datetime) -> CTE:
    """Return the hosts of pages that are due which may be asked now, each with how many requests of whom are under way there.

    After a page, a feed that is due comes first: as long as it may be that somebody polls it.
    """
    here = (col(Feed.host_id) == col(Host.id), col(Feed.state) == FeedState.ACTIVE)
    own = exists().where(
        col(Feed.outlet_id) == col(Article.outlet_id),
        col(Feed.host_id) == col(Article.host_id),
        col(Feed.state) == FeedState.ACTIVE,
    )
    guests = (
        sa_select(func.count(col(Article.id)))
        .where(col(Article.host_id) == col(Host.id), col(Article.lease_until) > now, ~own)
        .correlate(Host)
        .scalar_subquery()
    )
    feed_waits = exists().where(
        *here,
        col(Feed.is_polled).is_(True),
        col(Feed.next_poll_at) <= now,
        col(Feed.next_poll_at) > now - YIELDS,
        or_(col(Feed.lease_until).is_(None), col(Feed.lease_until) <= now),
        exists().where(
            col(Outlet.id) == col(Feed.outlet_id), col(Outlet.active), col(Outlet.paused_at).is_(None)
        ),
    )
    polled = feeds_in_flight(now)
    return (
        sa_select(
            col(Host.id).label("id"),
            col(Host.served_outlet_id).label("served"),
            (polled + pages_in_flight(now)).label("busy"),
            guests.label("guests"),
            exists().where(*here).label("has_feeds"),
        )
        .where(
            col(Host.id).in_(sa_select(col(Article.host_id)).where(_is_due(now))),
            is_free(now),
            or_(col(Host.feed_was_last), polled > 0, ~feed_waits),
        )
        .cte("free_hosts")
    )


def _within_shares(
    shared: Subquery, under_way: Mapping[int, int], per_outlet: int | None
) -> list[ColumnElement[bool]]:
    """Return the conditions that no outlet has more than its share of the places under way."""
    if per_outlet is None:
        return []
    taken = {outlet: count for outlet, count in under_way.items() if count}
    if not taken:
        return [shared.c.of_outlet <= per_outlet]
    busy = case(*((shared.c.outlet_id == outlet, count) for outlet, count in taken.items()), else_=0)
    return [shared.c.of_outlet + busy <= per_outlet]
