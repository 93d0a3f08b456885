"""Articles: which pages are due to be fetched, and claiming them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, case, exists, func, or_
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.codes import locale_of
from storage.rows import id_of
from storage.stores.feeds.hosts import delay_of, feeds_in_flight, is_free, pages_in_flight, with_hosts_locked
from storage.tables import AlertArticle, Article, ArticleState, Host, Outlet


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


def claim_pages(
    session: Session,
    *,
    now: datetime,
    owner: str,
    lease: timedelta,
    limit: int,
    per_host: int,
    host_delay: timedelta,
) -> list[PageClaim]:
    """Claim up to `limit` articles whose pages are due: those that alert first, then the newest; then pages to be read again.

    At most `per_host` requests of a host (feeds and pages together) are under way at once, and only one starts within its delay.
    """
    is_recheck = case((col(Article.state) == ArticleState.FOUND, 0), else_=1)
    is_quiet = case((exists().where(col(AlertArticle.article_id) == col(Article.id)), 0), else_=1)
    came_out = func.coalesce(col(Article.published_at), col(Article.found_at))
    order = (is_recheck, is_quiet, came_out.desc(), col(Article.id).desc())
    urgency = func.row_number().over(order_by=order)
    place = func.row_number().over(partition_by=col(Article.host_id), order_by=order)
    busy = feeds_in_flight(now) + pages_in_flight(now)
    due: Select[tuple[int | None, int, int, int]] = (
        sa_select(
            col(Article.id).label("article_id"),
            place.label("place"),
            urgency.label("urgency"),
            busy.label("busy"),
        )
        .join(Host, col(Host.id) == col(Article.host_id))
        .where(
            or_(
                (col(Article.state) == ArticleState.FOUND) & (col(Article.next_fetch_at) <= now),
                (col(Article.state) != ArticleState.FOUND) & (col(Article.recheck_at) <= now),
            ),
            or_(col(Article.lease_until).is_(None), col(Article.lease_until) <= now),
            is_free(now),
        )
    )
    ranked = due.subquery()
    wanted = (
        select(Article, Host, Outlet)
        .join(ranked, ranked.c.article_id == col(Article.id))
        .join(Host, col(Host.id) == col(Article.host_id))
        .join(Outlet, col(Outlet.id) == col(Article.outlet_id))
        .where(ranked.c.place + ranked.c.busy <= per_host)
        .order_by(ranked.c.place, ranked.c.urgency)
        .limit(limit)
    )
    rows = session.exec(with_hosts_locked(session, wanted)).all()
    claims: list[PageClaim] = []
    started: set[int] = set()
    for article, host, outlet in rows:
        delay = delay_of(host.crawl_delay_seconds, host_delay)
        if article.host_id in started and delay:
            continue
        started.add(article.host_id)
        article.lease_until, article.lease_owner = now + lease, owner
        article.lease_token += 1
        host.next_request_at = now + delay
        again = article.state is not ArticleState.FOUND
        claims.append(
            PageClaim(
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
            )
        )
    return claims
