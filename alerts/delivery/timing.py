"""When a channel sends: at once, every full hour, or at local times of some weekdays; and when it keeps quiet. Pure.

The times are those of APScheduler's cron triggers, asked without a scheduler: the time is passed in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from storage.language import N_, _

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
EVERY_DAY = frozenset(range(7))
LAST_DAY = 28
"""The last day that every month has."""
EXAMPLES = N_(
    'use "immediate", "hourly", "08:00 Africa/Casablanca" or "mon-fri 08:00,17:30 Africa/Casablanca"'
)
QUIET_EXAMPLE = N_('use "22:00-07:00 Africa/Casablanca" or "sat,sun 00:00-24:00 Africa/Casablanca"')

_MOMENT = timedelta(microseconds=1)
_SLOT = re.compile(r"(?:([a-z,-]+|\d[\d,]*)\s+)?(\d{1,2}:\d\d(?:,\d{1,2}:\d\d)*)\s+(\S+)$")
_QUIET = re.compile(r"(?:([a-z,-]+)\s+)?(\d{1,2}:\d\d)-(\d{1,2}:\d\d)\s+(\S+)$")


@dataclass(frozen=True, slots=True)
class Slot:
    """A local time on some weekdays (0 is Monday), or on some days of each month."""

    at: time
    zone: str
    days: frozenset[int] = EVERY_DAY
    month_days: frozenset[int] = frozenset()
    """1 to 28; empty: the weekdays count."""


@dataclass(frozen=True, slots=True)
class Send:
    """When a channel sends. `slots` are set for `daily`."""

    kind: Literal["immediate", "hourly", "daily"]
    slots: tuple[Slot, ...] = ()

    def __str__(self) -> str:
        """Return it as the settings write it: `parse_send` reads it back."""
        if not self.slots:
            return self.kind
        return "; ".join(f"{_days_text(slot)}{slot.at:%H:%M} {slot.zone}" for slot in self.slots)


@dataclass(frozen=True, slots=True)
class Quiet:
    """A span of local time, beginning on some weekdays, in which nothing is sent; it may end the next day."""

    begin: time
    end: time
    zone: str
    days: frozenset[int] = EVERY_DAY
    whole_day: bool = False


def parse_send(text: str | Iterable[str]) -> Send:
    """Read `immediate`, `hourly`, or local times with their zone, several in a list or with `;` between them.

    Raises `ValueError`, saying what would be right.
    """
    parts = [part.strip() for part in (text.split(";") if isinstance(text, str) else text)]
    if len(parts) == 1 and parts[0] in ("immediate", "hourly"):
        return Send("immediate") if parts[0] == "immediate" else Send("hourly")
    slots = [slot for part in parts for slot in _slots(part)]
    if not slots:
        raise ValueError(_("no time to send: {examples}", examples=_(EXAMPLES)))
    return Send("daily", tuple(slots))


def parse_quiet(text: str) -> Quiet:
    """Read quiet hours such as `22:00-07:00 Africa/Casablanca`. Raises `ValueError`, saying what would be right."""
    match = _QUIET.match(_lower_days(text))
    if match is None:
        raise ValueError(
            _("{text!r} is not valid as quiet hours: {example}", text=text, example=_(QUIET_EXAMPLE))
        )
    end_text = match[3]
    whole = end_text == "24:00"
    begin, end = _time(match[2]), time(0) if whole else _time(end_text)
    if begin == end and not whole:
        raise ValueError(_("{text!r} begin when they end: {example}", text=text, example=_(QUIET_EXAMPLE)))
    return Quiet(begin, end, zone_name(match[4]), _days(match[1]), whole_day=whole)


def next_send(send: Send, now: datetime) -> datetime:
    """Return when something that is ready at `now` (aware) is to be sent, in UTC.

    A local time that a clock change skips is the moment after the gap; of one that comes twice, the first counts.
    """
    if send.kind == "immediate":
        return now.astimezone(UTC)
    return min(_next_fire(trigger, now) for trigger in _triggers(send))


def quiet_until(quiet: Iterable[Quiet], now: datetime) -> datetime | None:
    """Return when the quiet hours that hold at `now` end, in UTC; None where none do. Spans that touch are one."""
    spans = list(quiet)
    until = now.astimezone(UTC)
    for _round in range(8 * len(spans)):
        ends = [end for span in spans if (end := _quiet_end(span, until)) is not None]
        if not ends:
            break
        until = max(ends)
    return until if until > now else None


def _quiet_end(quiet: Quiet, now: datetime) -> datetime | None:
    zone = ZoneInfo(quiet.zone)
    today = now.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        if day.weekday() not in quiet.days:
            continue
        last = day + timedelta(days=1) if quiet.whole_day or quiet.end <= quiet.begin else day
        begin, end = _moment(day, quiet.begin, zone), _moment(last, quiet.end, zone)
        if begin <= now < end:
            return end
    return None


@cache
def _triggers(send: Send) -> tuple[Any, ...]:
    from apscheduler.triggers.cron import CronTrigger  # a tenth of a second, for those that send at some time

    if send.kind == "hourly":
        return (CronTrigger(minute=0, timezone=UTC),)
    return tuple(
        CronTrigger(
            day=",".join(map(str, sorted(slot.month_days))) or None,
            day_of_week=",".join(DAYS[day] for day in sorted(slot.days)),
            hour=slot.at.hour,
            minute=slot.at.minute,
            timezone=ZoneInfo(slot.zone),
        )
        for slot in send.slots
    )


def _next_fire(trigger: Any, now: datetime) -> datetime:  # noqa: ANN401  (APScheduler has no types)
    """Return when a trigger fires next after `now`; it would fire twice in an hour that comes twice."""
    fires: datetime = trigger.get_next_fire_time(None, now + _MOMENT)
    while fires.fold:
        fires = trigger.get_next_fire_time(None, fires.astimezone(UTC) + _MOMENT)
    return fires.astimezone(UTC)


def _moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the local time on that day in UTC. In a gap, the offset before it (fold 0) leads to the moment as far after it."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def _slots(text: str) -> list[Slot]:
    match = _SLOT.match(_lower_days(text))
    if match is None:
        raise ValueError(_("{text!r} is not a time to send: {examples}", text=text, examples=_(EXAMPLES)))
    zone, said = zone_name(match[3]), match[1] or ""
    if said[:1].isdecimal():
        month_days = _month_days(said)
        return [Slot(_time(part), zone, month_days=month_days) for part in match[2].split(",")]
    return [Slot(_time(part), zone, _days(match[1])) for part in match[2].split(",")]


def _lower_days(text: str) -> str:
    """Make the days small and leaves the zone, whose case counts, as it is."""
    head, space, zone = text.strip().rpartition(" ")
    return head.lower() + space + zone


def _time(text: str) -> time:
    hour, minute = map(int, text.split(":"))
    if hour > 23 or minute > 59:
        raise ValueError(_("{text} is not a time of day: use 00:00 to 23:59", text=text))
    return time(hour, minute)


def zone_name(name: str) -> str:
    """Return the name of a time zone as it is. Raises `ValueError`, saying what would be right, for any other."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            _("{name!r} is not a time zone: use a name such as Africa/Casablanca or UTC", name=name)
        ) from None
    return name


def _days(text: str | None) -> frozenset[int]:
    if text is None:
        return EVERY_DAY
    days: set[int] = set()
    for part in text.split(","):
        first, _unused, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError(
                _("{part!r} is not a weekday: use mon, tue, wed, thu, fri, sat, sun or mon-fri", part=part)
            )
        begin, end = DAYS.index(first), DAYS.index(last or first)
        days |= {(begin + number) % 7 for number in range((end - begin) % 7 + 1)}
    return frozenset(days)


def _month_days(text: str) -> frozenset[int]:
    days = [int(part) for part in text.split(",") if part]
    if not all(1 <= day <= LAST_DAY for day in days):
        raise ValueError(_("{text!r}: a day of the month is 1 to {last}", text=text, last=LAST_DAY))
    return frozenset(days)


def _days_text(slot: Slot) -> str:
    if slot.month_days:
        return ",".join(map(str, sorted(slot.month_days))) + " "
    return "" if slot.days == EVERY_DAY else ",".join(DAYS[day] for day in sorted(slot.days)) + " "
