"""Outlets' own access, as the page, the API or the command line said it: secrets are in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import Feed, FeedState, Outlet


@dataclass(frozen=True, slots=True)
class StoredAccess:
    """An outlet's own access. `addresses` are its site's and its sources', whose hosts are its own."""

    outlet: str
    keys: Mapping[str, Any] = field(repr=False)
    addresses: tuple[str, ...]


def access_of(session: Session, name: str) -> StoredAccess | None:
    """Return the access of the outlet of this name; None where there is none, or it has none of its own."""
    outlet = session.exec(select(Outlet).where(Outlet.name == name)).first()
    if outlet is None or not outlet.access:
        return None
    feeds = session.exec(
        select(Feed.url).where(Feed.outlet_id == id_of(outlet), col(Feed.state) != FeedState.REMOVED)
    )
    return StoredAccess(name, outlet.access, tuple(url for url in (outlet.site, *feeds) if url))


def all_access(session: Session) -> list[StoredAccess]:
    """Return the access of every outlet in use that has its own; without addresses."""
    found = session.exec(select(Outlet).where(col(Outlet.active), col(Outlet.access_stamp) > 0))
    return [StoredAccess(outlet.name, outlet.access, ()) for outlet in found if outlet.access]


def access_numbered(session: Session, number: int) -> Mapping[str, Any]:
    """Return the keys of an outlet's own access; empty where it has none."""
    return session.get_one(Outlet, number).access


def write_access(session: Session, number: int, keys: Mapping[str, Any]) -> None:
    """Store an outlet's own access. Its next request is made by it, in whatever process."""
    session.execute(
        update(Outlet)
        .where(col(Outlet.id) == number)
        .values(access=dict(keys), access_stamp=col(Outlet.access_stamp) + 1)
    )
