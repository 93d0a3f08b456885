"""Hosts: where politeness is kept. What may be asked of a host now is decided here, over all processes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Select, delete, exists, func, or_, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, select

from storage.advisory_lock import is_postgresql
from storage.rows import id_of
from storage.tables import Article, Feed, Host, HostRest
from storage.troubles import Trouble
from storage.upserts import insert_or_update

Query = TypeVar("Query", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class HostRecord:
    """How a host stands: whether it rests, and how often in a row it asked for fewer requests."""

    id: int
    name: str
    throttled: int
    blocked_until: datetime | None
    blocked_reason: Trouble | None
    outlet_id: int | None = None
    """The outlet for whose requests alone this holds, at a host that is not its own; None: it holds for all."""


HOST_COLUMNS = (
    col(Host.id),
    col(Host.name),
    col(Host.throttled),
    col(Host.blocked_until),
    col(Host.blocked_reason),
)


def hosts_by_name(session: Session, names: Collection[str]) -> dict[str, HostRecord]:
    """Return hosts by their names, locked until the transaction ends; those that are new are made now."""
    ids = host_ids(session, names)
    rows = sa_select(*HOST_COLUMNS).where(col(Host.id).in_(ids.values())).order_by(col(Host.id))
    return {row[1]: HostRecord(*row) for row in session.execute(rows.with_for_update(key_share=True))}


def write_hosts(session: Session, hosts: Iterable[HostRecord]) -> None:
    """Store how hosts stand now."""
    for host in hosts:
        if host.outlet_id is not None:
            _write_rest(session, host, host.outlet_id)
            continue
        session.execute(
            update(Host)
            .where(col(Host.id) == host.id)
            .values(
                throttled=host.throttled,
                blocked_until=host.blocked_until,
                blocked_reason=host.blocked_reason,
            )
        )


def hosts_for_outlets(
    session: Session, wanted: Collection[tuple[str, int]]
) -> dict[tuple[str, int], HostRecord]:
    """Return how hosts stand for single outlets, by names of hosts and ids of outlets; hosts that are new are made now."""
    ids = host_ids(session, {name for name, _outlet in wanted})
    query = sa_select(
        col(HostRest.host_id),
        col(HostRest.outlet_id),
        col(HostRest.throttled),
        col(HostRest.blocked_until),
        col(HostRest.blocked_reason),
    ).where(
        col(HostRest.host_id).in_(ids.values()),
        col(HostRest.outlet_id).in_({outlet for _name, outlet in wanted}),
    )
    known = {(row[0], row[1]): row[2:] for row in session.execute(query)}
    found = {}
    for name, outlet_id in wanted:
        throttled, until, reason = known.get((ids[name], outlet_id), (0, None, None))
        found[name, outlet_id] = HostRecord(ids[name], name, throttled, until, reason, outlet_id)
    return found


def _write_rest(session: Session, host: HostRecord, outlet_id: int) -> None:
    columns = ("throttled", "blocked_until", "blocked_reason")
    session.execute(
        insert_or_update(session, HostRest, ("host_id", "outlet_id"), columns),
        {
            "host_id": host.id,
            "outlet_id": outlet_id,
            **{name: getattr(host, name) for name in columns},
        },
    )


def expire_rests(session: Session, *, before: datetime) -> None:
    """Delete what outlets met at hosts that are not their own, where it has been over since before this time."""
    session.execute(delete(HostRest).where(col(HostRest.blocked_until) < before))


def rests_for_outlet(now: datetime | BindParameter[Any]) -> ColumnElement[bool]:
    """A condition on `Article`: what its outlet met at the page's host, which is not its own, stands in the way."""
    return exists().where(
        col(HostRest.host_id) == col(Article.host_id),
        col(HostRest.outlet_id) == col(Article.outlet_id),
        col(HostRest.blocked_until) > now,
    )


@dataclass(frozen=True, slots=True)
class HostRobots:
    """The robots.txt of a host as it was had last. `status` is 0 where the host could not be reached."""

    host: str
    status: int | None
    body: bytes | None
    fetched_at: datetime | None


def robots_of(session: Session, host_id: int) -> HostRobots:
    """Return what is known of a host's robots.txt."""
    row = session.execute(
        sa_select(
            col(Host.name), col(Host.robots_status), col(Host.robots_body), col(Host.robots_fetched_at)
        ).where(col(Host.id) == host_id)
    ).one()
    return HostRobots(*row)


def keep_robots(
    session: Session,
    host_id: int,
    status: int,
    body: bytes | None,
    crawl_delay: float | None,
    *,
    now: datetime,
) -> None:
    """Store a host's robots.txt, and the pause (seconds) between two requests that it asks for."""
    session.execute(
        update(Host)
        .where(col(Host.id) == host_id)
        .values(
            robots_status=status,
            robots_body=body,
            robots_fetched_at=now,
            crawl_delay_seconds=crawl_delay,
        )
    )


def host_named(session: Session, name: str) -> Host:
    """Return the host's row, made now if it is new (flushed, so that it has an id)."""
    host = session.exec(select(Host).where(Host.name == name)).first()
    if host is None:
        host = Host(name=name)
        session.add(host)
        session.flush()
    return host


def host_ids(session: Session, names: Collection[str]) -> dict[str, int]:
    """Return the ids of hosts by their names; those that are new are made now."""
    found = (
        {host.name: host for host in session.exec(select(Host).where(col(Host.name).in_(names)))}
        if names
        else {}
    )
    new = [Host(name=name) for name in names if name not in found]
    session.add_all(new)
    session.flush()
    return {host.name: id_of(host) for host in (*found.values(), *new)}


def delay_of(crawl_delay: float | None, default: timedelta) -> timedelta:
    """Return the pause between two requests to a host: ours, or the longer one (seconds) that its robots.txt asks for."""
    return max(default, timedelta(seconds=crawl_delay or 0))


def is_free(now: datetime | BindParameter[Any]) -> ColumnElement[bool]:
    """A condition on `Host`: neither its delay nor a Retry-After stands in the way."""
    return or_(col(Host.next_request_at).is_(None), col(Host.next_request_at) <= now) & or_(
        col(Host.blocked_until).is_(None), col(Host.blocked_until) <= now
    )


def with_hosts_locked(session: Session, due: Query, parameters: Mapping[str, Any] | None = None) -> Query:
    """Locks the hosts of what is `due`, but for those that others have locked; return the query for what is due of these.

    It is asked again, since another process may have claimed it before the lock was had. Whoever claims what a host is asked for
    holds its lock until the claim is committed. SQLite has one writer, and locks nothing: there it is `due` itself.
    """
    if not is_postgresql(session):
        return due
    wanted = due.with_only_columns(col(Host.id)).subquery()
    locked = session.exec(
        select(Host.id)
        .where(col(Host.id).in_(select(wanted.c[0])))
        .with_for_update(skip_locked=True, key_share=True),  # articles may be added meanwhile
        params=parameters,
    )
    return due.where(col(Host.id).in_(locked.all()))


def feeds_in_flight(now: datetime | BindParameter[Any]) -> ColumnElement[int]:
    """A subquery: how many of the host's feeds are being polled, by any process."""
    return (
        select(func.count(col(Feed.id)))
        .where(col(Feed.host_id) == col(Host.id), col(Feed.lease_until) > now)
        .correlate(Host)
        .scalar_subquery()
    )


def pages_in_flight(now: datetime | BindParameter[Any]) -> ColumnElement[int]:
    """A subquery: how many pages of the host are being fetched, by any process."""
    return (
        select(func.count(col(Article.id)))
        .where(col(Article.host_id) == col(Host.id), col(Article.lease_until) > now)
        .correlate(Host)
        .scalar_subquery()
    )
