"""How many articles outlets bring in a day (UTC): what an outlet may still bring, and counting what it did."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import case, select, update
from sqlmodel import Session, col

from storage.tables import Outlet


def articles_left(
    session: Session, outlet_ids: Collection[int], *, most: int, now: datetime
) -> dict[int, int]:
    """Return how many more articles each outlet may bring today, where it may bring `most`."""
    rows = session.execute(
        select(col(Outlet.id), col(Outlet.found_on), col(Outlet.found_that_day)).where(
            col(Outlet.id).in_(outlet_ids)
        )
    )
    today = now.date()
    return {number: max(0, most - (count if day == today else 0)) for number, day, count in rows}


def count_articles(session: Session, found: Mapping[int, int], *, now: datetime) -> None:
    """Count articles that outlets brought, by the outlets' ids."""
    today = now.date()
    for outlet_id, count in sorted(found.items()):
        before = case((col(Outlet.found_on) == today, col(Outlet.found_that_day)), else_=0)
        session.execute(
            update(Outlet)
            .where(col(Outlet.id) == outlet_id)
            .values(found_on=today, found_that_day=before + count)
        )
