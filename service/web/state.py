"""How the service is, as the page Status and the API tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from sqlmodel import Session

from service.pulse import StageState
from service.web.site import Site
from storage.stores.gauges import Gauges, gauges, last_errors

NEWEST_FAILURES = 10


@dataclass(frozen=True, slots=True)
class State:
    """The stages, what waits, the newest failures to send, and what the service runs on."""

    stages: Sequence[StageState]
    gauges: Gauges
    failures: Sequence[tuple[datetime, str]]
    version: str
    database: str
    database_bytes: int | None
    """None where the database is not a file."""


def read_state(session: Session, site: Site) -> State:
    """Gives how the service is now."""
    path = site.database.path
    return State(
        stages=site.pulse.stages(),
        gauges=gauges(session, now=site.now()),
        failures=last_errors(session, limit=NEWEST_FAILURES),
        version=version("tocsin"),
        database="SQLite" if site.database.is_sqlite else "PostgreSQL",
        database_bytes=None if path is None else path.stat().st_size,
    )
