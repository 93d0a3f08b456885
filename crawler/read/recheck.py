"""When a page is read again: soon after it was found, then ever more rarely, until it has cooled. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta


def next_recheck(first_read: datetime, schedule: Sequence[timedelta], *, now: datetime) -> datetime | None:
    """Return when a page is due again; None once it has cooled. `schedule` counts from the first reading.

    Times that were missed while the service was down are made up for by the one reading that was overdue.
    """
    return next((first_read + pause for pause in sorted(schedule) if first_read + pause > now), None)
