"""How the service is, as the page Status and the API show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from sqlmodel import Session

from service.pulse import StageState
from service.web.site import Site
from storage.stores.gauges import FailedAttempt, gauges, last_errors

NEWEST_FAILURES = 10


@dataclass(frozen=True, slots=True)
class WaitingQueue:
    """What waits for a stage, and since when the oldest of it."""

    length: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The stages, what waits, the newest failures to send, and what the service runs on."""

    version: str
    database: str
    database_bytes: int | None
    """None where the database is not a file."""
    stages: Sequence[StageState]
    queues: Mapping[str, WaitingQueue]
    notifications: Mapping[str, int]
    feeds: Mapping[str, int]
    failures: Sequence[FailedAttempt]


def read_state(session: Session, site: Site) -> ServiceState:
    """Return how the service is now."""
    path = site.database.path
    counted = gauges(session, now=site.now())
    return ServiceState(
        version=version("tocsin"),
        database="SQLite" if site.database.is_sqlite else "PostgreSQL",
        database_bytes=None if path is None else path.stat().st_size,
        stages=site.pulse.stages(),
        queues={
            name: WaitingQueue(length, counted.oldest.get(name)) for name, length in counted.queues.items()
        },
        notifications=counted.notifications,
        feeds=counted.feeds,
        failures=last_errors(session, limit=NEWEST_FAILURES),
    )
