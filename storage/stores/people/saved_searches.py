"""Searches that were saved under a name, for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import SavedSearch


@dataclass(frozen=True, slots=True)
class StoredSearch:
    """A search. `filters` are those of its page that are set, as texts."""

    id: int
    name: str
    query: str
    filters: Mapping[str, str]
    saved_by: str
    saved_at: datetime


def saved_searches(session: Session) -> list[StoredSearch]:
    """Return the saved searches, by name."""
    rows = session.exec(
        select(SavedSearch).order_by(func.lower(col(SavedSearch.name)), col(SavedSearch.name))
    )
    return [_stored(row) for row in rows]


def search_named(session: Session, name: str) -> StoredSearch | None:
    """Return the saved search of this name; None where there is none."""
    row = session.exec(select(SavedSearch).where(SavedSearch.name == name)).first()
    return None if row is None else _stored(row)


def put_search(
    session: Session, name: str, query: str, filters: Mapping[str, str], *, saved_by: str, now: datetime
) -> StoredSearch:
    """Store a search, in place of the one that had this name."""
    row = session.exec(select(SavedSearch).where(SavedSearch.name == name)).first()
    row = row or SavedSearch(name=name, query="", saved_at=now)
    row.query, row.filters, row.saved_by, row.saved_at = query, dict(filters), saved_by, now
    session.add(row)
    session.flush()
    return _stored(row)


def drop_search(session: Session, number: int) -> bool:
    """Forget a saved search; return whether there was one."""
    row = session.get(SavedSearch, number)
    if row is None:
        return False
    session.delete(row)
    return True


def _stored(row: SavedSearch) -> StoredSearch:
    return StoredSearch(id_of(row), row.name, row.query, dict(row.filters), row.saved_by, row.saved_at)
