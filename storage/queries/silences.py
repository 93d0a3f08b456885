"""Silences: those that stand, making one, ending one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.tables import Outlet, Silence, WatchList


@dataclass(frozen=True, slots=True)
class ListedSilence:
    """A silence, with the names of what it mutes."""

    id: int
    watch_list: str | None
    actor: str | None
    outlet: str | None
    story_id: int | None
    starts_at: datetime
    ends_at: datetime
    reason: str

    def stands(self, now: datetime) -> bool:
        """Tells whether it mutes now."""
        return self.starts_at <= now < self.ends_at


def list_silences(session: Session, *, now: datetime, ended: bool = False) -> list[ListedSilence]:
    """Gives the silences that have not ended, or also those that have; newest first."""
    query = (
        select(Silence, WatchList.name, Outlet.name)
        .join(WatchList, col(WatchList.id) == col(Silence.watch_list_id), isouter=True)
        .join(Outlet, col(Outlet.id) == col(Silence.outlet_id), isouter=True)
        .order_by(col(Silence.id).desc())
    )
    if not ended:
        query = query.where(col(Silence.ends_at) > now)
    return [
        ListedSilence(
            id_of(row), watch, row.actor, outlet, row.story_id, row.starts_at, row.ends_at, row.reason
        )
        for row, watch, outlet in session.exec(query)
    ]


def add_silence(
    session: Session,
    *,
    watch_list: str | None = None,
    actor: str | None = None,
    outlet: str | None = None,
    story_id: int | None = None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
) -> int:
    """Adds a silence; gives its id. Raises `LookupError`, naming it, for a watch list or outlet that there is not."""
    watch = (
        None
        if watch_list is None
        else session.exec(select(WatchList).where(WatchList.name == watch_list)).first()
    )
    if watch_list is not None and watch is None:
        raise LookupError(f"there is no watch list {watch_list!r}")
    publisher = None if outlet is None else session.exec(select(Outlet).where(Outlet.name == outlet)).first()
    if outlet is not None and publisher is None:
        raise LookupError(f"there is no outlet {outlet!r}")
    row = Silence(
        watch_list_id=None if watch is None else id_of(watch),
        actor=actor,
        outlet_id=None if publisher is None else id_of(publisher),
        story_id=story_id,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
    )
    session.add(row)
    session.flush()
    return id_of(row)


def end_silence(session: Session, number: int, *, now: datetime) -> bool:
    """Ends a silence now; it stays listed as ended. Tells whether there is one of that number."""
    row = session.get(Silence, number)
    if row is None:
        return False
    row.ends_at = min(row.ends_at, now)
    row.starts_at = min(row.starts_at, row.ends_at)
    return True
