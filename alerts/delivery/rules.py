"""What a channel is told to do: quiet hours, bursts, caps, pace, digests. Stored with the channel as the settings say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from alerts.delivery.timing import Quiet, Send, next_send, parse_quiet, parse_send, quiet_until

if TYPE_CHECKING:
    from storage.tables import ChannelRow

log = structlog.get_logger(__name__)

T = TypeVar("T")

DIGEST_MAX = 50


class ChannelRules(BaseModel):
    """The rules of a channel. Durations are in seconds."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    group_wait: float = 0.0
    """How long an alert waits for others: a burst is then one message."""
    quiet: tuple[str, ...] = ()
    max_per_hour: int | None = Field(default=None, ge=1)
    """Single alerts in a clock hour; what is more comes as a digest at the next full hour."""
    max_per_minute: int | None = Field(default=None, ge=1)
    """The pace of all that is sent."""
    digest_max: int = Field(default=DIGEST_MAX, ge=1)
    """Alerts that a digest tells in full; of the others it tells how many."""
    send_empty: bool = False
    """A digest is sent even where there is nothing to tell."""
    fallback_after: float = 900.0
    """How long the channel fails before its fallback is told."""


def rules_of(channel: ChannelRow) -> ChannelRules:
    """Return a channel's rules. Such as can't be read count as none: an alert had better come early than never."""
    return _or_default(
        channel, "rules", lambda: ChannelRules.model_validate(channel.rules or {}), ChannelRules()
    )


def send_of(channel: ChannelRow) -> Send:
    """Return when the channel sends."""
    return _or_default(channel, "`send`", lambda: parse_send(channel.send), Send("immediate"))


def due_time(channel: ChannelRow, now: datetime, *, grouped: datetime | None = None) -> datetime:
    """Return when an alert that is ready at `now` is due on the channel.

    `grouped` is when the burst is due that others wait in already.
    """
    rules, send = rules_of(channel), send_of(channel)
    if send.kind != "immediate":
        return next_send(send, now)
    wait = timedelta(seconds=rules.group_wait)
    due = now + wait if grouped is None or not wait or grouped < now else min(grouped, now + wait)
    return quiet_end(channel, rules, due) or due


def quiet_end(channel: ChannelRow, rules: ChannelRules, now: datetime) -> datetime | None:
    """Return when the channel's quiet hours end, where some hold at `now`."""
    quiet: list[Quiet] = _or_default(
        channel, "quiet hours", lambda: [parse_quiet(text) for text in rules.quiet], []
    )
    return quiet_until(quiet, now) if quiet else None


def _or_default(channel: ChannelRow, what: str, read: Callable[[], T], default: T) -> T:
    try:
        return read()
    except (ValueError, ValidationError) as error:
        log.error(
            f"{what} of a channel can't be read; it sends at once", channel=channel.name, error=str(error)
        )
        return default
