"""When an alert is due on a channel, by the channel's stored rules."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from pydantic import ValidationError

from alerts.delivery.rules import ChannelRules
from alerts.delivery.timing import Quiet, Send, next_send, parse_quiet, parse_send, quiet_until
from storage.stores.outbox.sending_channels import SendingChannel

log = structlog.get_logger(__name__)

T = TypeVar("T")


def rules_of(channel: SendingChannel) -> ChannelRules:
    """Return a channel's rules. Such as can't be read count as none: an alert had better come early than never."""
    return _or_default(
        channel, "rules", lambda: ChannelRules.model_validate(dict(channel.rules or {})), ChannelRules()
    )


def send_of(channel: SendingChannel) -> Send:
    """Return when the channel sends."""
    return _or_default(channel, "`send`", lambda: parse_send(channel.send), Send("immediate"))


def due_time(channel: SendingChannel, now: datetime, *, grouped: datetime | None = None) -> datetime:
    """Return when an alert that is ready at `now` is due on the channel.

    `grouped` is when the burst is due that others wait in already.
    """
    rules, send = rules_of(channel), send_of(channel)
    if send.kind != "immediate":
        return next_send(send, now)
    wait = timedelta(seconds=rules.group_wait)
    due = now + wait if grouped is None or not wait or grouped < now else min(grouped, now + wait)
    return quiet_end(channel, rules, due) or due


def quiet_end(channel: SendingChannel, rules: ChannelRules, now: datetime) -> datetime | None:
    """Return when the channel's quiet hours end, where some hold at `now`."""
    quiet: list[Quiet] = _or_default(
        channel, "quiet hours", lambda: [parse_quiet(text) for text in rules.quiet], []
    )
    return quiet_until(quiet, now) if quiet else None


def _or_default(channel: SendingChannel, what: str, read: Callable[[], T], default: T) -> T:
    try:
        return read()
    except (ValueError, ValidationError) as error:
        log.error(
            f"{what} of a channel can't be read; it sends at once", channel=channel.name, error=str(error)
        )
        return default
