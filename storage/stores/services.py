"""The services that run: each renews its row, and what one held that does so no longer is free for the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, column, delete, func, table, update
from sqlalchemy import select as sa_select
from sqlmodel import Session, col

from storage.stores.leases import free_leases
from storage.tables import RunningService

STALE_AFTER = timedelta(seconds=10)
"""A service whose row is older is taken for dead. One that lives renews it five times meanwhile."""


def beat(session: Session, service: str, *, place: str, now: datetime, revision: str | None = None) -> bool:
    """Renew a service's row; return whether it was there. One that is not is made (others took the service for dead).

    `revision` is the newest of the tables that it knows.
    """
    renewed = session.exec(
        update(RunningService).where(col(RunningService.id) == service).values(beat_at=now)
    )
    if renewed.rowcount:
        return True
    session.add(RunningService(id=service, place=place, started_at=now, beat_at=now, revision=revision))
    return False


def running_services(session: Session) -> list[str]:
    """Return the services that have a row: those that live, and those that were not found dead yet."""
    return list(session.execute(sa_select(col(RunningService.id))).scalars())


def end_services(session: Session, services: Collection[str]) -> int:
    """Free what these services hold, and remove their rows: they are surely dead, or stop; return how many claims were freed."""
    freed = free_leases(session, services)
    session.execute(delete(RunningService).where(col(RunningService.id).in_(services)))
    return freed


def stale_services(session: Session, *, but: str, now: datetime) -> Sequence[str]:
    """Return the services whose rows have not been renewed. `but` is the caller's own."""
    return session.execute(_stale(but, now)).scalars().all()


def end_sessions(session: Session, services: Collection[str]) -> int:
    """End the sessions of dead services on PostgreSQL; return how many.

    One that stands still, or is cut off, in the midst of a transaction keeps its locks, and others wait. The server ends most by
    itself; not one that is being sent an answer which nobody takes.
    """
    name = func.split_part(column("application_name"), "/", 2)
    sessions = (
        sa_select(func.pg_terminate_backend(column("pid")))
        .select_from(table("pg_stat_activity"))
        .where(name.in_(services), column("usename") == func.current_user())
    )
    return len(session.execute(sessions).all())


def end_stale_services(session: Session, *, but: str, now: datetime) -> Sequence[str]:
    """Free what services hold whose rows have not been renewed, and remove these; return which. `but` is the caller's own."""
    dead = session.execute(_stale(but, now).with_for_update(skip_locked=True)).scalars().all()
    if dead:
        end_services(session, dead)
    return dead


def others_of(session: Session, *, but: str) -> dict[str, datetime]:
    """Return the other services, and when each renewed its row last."""
    rows = sa_select(col(RunningService.id), col(RunningService.beat_at)).where(col(RunningService.id) != but)
    return {row.id: row.beat_at for row in session.execute(rows)}


def _stale(but: str, now: datetime) -> Select[str]:
    return sa_select(col(RunningService.id)).where(
        col(RunningService.beat_at) < now - STALE_AFTER, col(RunningService.id) != but
    )
