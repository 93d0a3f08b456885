"""Days of date fields."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_UTC = ZoneInfo("UTC")


def day_of(text: str, *, after: bool = False, zone: ZoneInfo = _UTC) -> datetime | None:
    """Return when a zone's day of a date field begins, or ends (`after`); None for what is no day: it filters nothing."""
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
        return datetime.combine(day, time(), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
