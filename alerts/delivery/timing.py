"""When a channel sends: at once, every full hour, or daily at a local time. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAILY = re.compile(r"(\d{1,2}):(\d\d)\s+(\S+)$")


@dataclass(frozen=True, slots=True)
class Send:
    """When a channel sends. `at` and `zone` are set for `daily`."""

    kind: Literal["immediate", "hourly", "daily"]
    at: time | None = None
    zone: str | None = None

    def __str__(self) -> str:
        """Gives it as the settings write it: `parse_send` reads it back."""
        if self.at is None:
            return self.kind
        return f"{self.at:%H:%M} {self.zone}"


def parse_send(text: str) -> Send:
    """Reads `immediate`, `hourly`, or a time with its zone (`08:00 Africa/Casablanca`).

    Raises `ValueError`, saying what would be right.
    """
    text = text.strip()
    if text == "immediate":
        return Send("immediate")
    if text == "hourly":
        return Send("hourly")
    match = _DAILY.match(text)
    if match is None:
        raise ValueError(
            f'{text!r} is no time to send: use "immediate", "hourly", or "08:00 Africa/Casablanca"'
        )
    hour, minute = int(match[1]), int(match[2])
    if hour > 23 or minute > 59:
        raise ValueError(f"{match[1]}:{match[2]} is no time of day: use 00:00 to 23:59")
    try:
        ZoneInfo(match[3])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"{match[3]!r} is no time zone: use a name such as Africa/Casablanca or UTC"
        ) from None
    return Send("daily", time(hour, minute), match[3])


def next_send(send: Send, now: datetime) -> datetime:
    """Gives when something that is ready at `now` (aware) is to be sent, in UTC.

    A local time that a clock change skips is the moment after the gap; of one that comes twice, the first counts.
    """
    now = now.astimezone(UTC)
    match send.kind:
        case "immediate":
            return now
        case "hourly":
            return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        case "daily":
            zone = ZoneInfo(send.zone or "UTC")
            today = now.astimezone(zone).date()
            moments = (_moment(today + timedelta(days=days), send.at or time(0), zone) for days in range(3))
            return next(moment for moment in moments if moment > now)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Gives the local time on that day in UTC. In a gap, the offset before it (fold 0) leads to the moment as far after it."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)
