"""Days of date fields."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def day_of(text: str, *, after: bool = False) -> datetime | None:
    """Return when a day of a date field begins, or ends (`after`); None for what is no day: it filters nothing."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=after)
    except (ValueError, OverflowError):
        return None
