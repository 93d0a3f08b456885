"""The Retry-After header (RFC 9110 §10.2.3): seconds or a date."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST = 10**9
"""Seconds; more is no wish that means anything."""


def parse_retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Return how long the server asks us to wait, never negative; None where it says nothing that can be read."""
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return timedelta(seconds=min(int(value), LONGEST) if len(value) <= 10 else LONGEST)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(moment - now, timedelta(0))
