"""The clock of whatever runs: the only place that asks the machine for the time of day. What decides is given `now`."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def iso(moment: datetime | None) -> str | None:
    """Return a time as ISO 8601 in UTC, ending in Z."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
