"""Volume, written: how many articles and stories a watch list and its names have an hour and a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.tables import Volume, VolumeUnit
from storage.upserts import insert_or_add

Counted = tuple[int, str, str, VolumeUnit, datetime]
"""A watch list's id; `list`, `actor`, `topic`, `outlet` or `language`; its name; the unit and when it began."""


def add_counts(session: Session, counts: Mapping[Counted, tuple[int, int]]) -> None:
    """Add so many articles and stories to each."""
    rows = [
        {
            "watch_list_id": number,
            "kind": kind,
            "name": name,
            "unit": unit,
            "starts_at": starts_at,
            "articles": articles,
            "stories": stories,
        }
        for (number, kind, name, unit, starts_at), (articles, stories) in sorted(counts.items())
    ]
    if rows:
        keys = ("watch_list_id", "kind", "name", "unit", "starts_at")
        session.connection().execute(insert_or_add(session, Volume, keys, ("articles", "stories")), rows)


def days_of_actors(
    session: Session, watch_list_ids: Collection[int], names: Collection[str], days: Collection[datetime]
) -> dict[tuple[int, str, datetime], int]:
    """Return how many articles these actors had on these days, by list, name and day."""
    rows = session.execute(
        sa_select(
            col(Volume.watch_list_id), col(Volume.name), col(Volume.starts_at), col(Volume.articles)
        ).where(
            col(Volume.watch_list_id).in_(watch_list_ids),
            col(Volume.kind) == "actor",
            col(Volume.name).in_(names),
            col(Volume.unit) == VolumeUnit.DAY,
            col(Volume.starts_at).in_(days),
        )
    )
    return {(number, name, day): articles for number, name, day, articles in rows}
