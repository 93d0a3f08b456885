"""Making a silence, by names. The page and the API call this."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from storage.rows import id_of
from storage.tables import Outlet, Silence, Story, WatchList


def add_silence(
    session: Session,
    *,
    watch_list: str | None = None,
    actor: str | None = None,
    outlet: str | None = None,
    story: int | None = None,
    starts_at: datetime,
    ends_at: datetime,
    reason: str = "",
) -> int:
    """Adds a silence; gives its id. Raises `LookupError`, naming it, for a watch list, outlet or story that there is not."""
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
    if story is not None and session.get(Story, story) is None:
        raise LookupError(f"there is no story {story}")
    row = Silence(
        watch_list_id=None if watch is None else id_of(watch),
        actor=actor,
        outlet_id=None if publisher is None else id_of(publisher),
        story_id=story,
        starts_at=starts_at,
        ends_at=ends_at,
        reason=reason,
    )
    session.add(row)
    session.flush()
    return id_of(row)
