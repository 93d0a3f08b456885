"""Turns: requests to a host that no claim of a feed or a page stands for, such as where a redirect leads.

They keep to the same rules as claims, over all processes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.feeds.hosts import delay_of, feeds_in_flight, host_named, pages_in_flight
from storage.tables import Host
from storage.troubles import Trouble

HELD = timedelta(seconds=15)
"""No one else asks a host for so long, or until the turn is given back: that is sooner, unless its process has died."""
ASK_AGAIN = timedelta(seconds=1)
"""When a host that is busy may be free."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Whether a host may be asked: now, where `wait` is zero, and else after `wait`."""

    host_id: int
    host: str
    delay: timedelta
    """The pause that it wants after each request's start."""
    started: datetime
    wait: timedelta = timedelta(0)
    resting: Trouble | None = None
    """Why it rests (Retry-After, or it hung); None where it is only busy."""


def begin_turn(session: Session, name: str, *, now: datetime, host_delay: timedelta, per_host: int) -> Turn:
    """Take a turn at the host called `name` where it may be asked now; it is then held until `end_turn`.

    It may not while it rests, within its delay, or while `per_host` requests to it (feeds and pages together) are under way.
    """
    host_named(session, name)
    query = select(Host, feeds_in_flight(now) + pages_in_flight(now)).where(Host.name == name)
    host, busy = session.exec(query.with_for_update(of=Host)).one()
    turn = _turn(host, now=now, host_delay=host_delay)
    if not turn.wait and busy >= per_host:
        turn = replace(turn, wait=ASK_AGAIN)
    if not turn.wait:
        host.next_request_at = now + max(HELD, turn.delay)
    return turn


def end_turn(session: Session, turn: Turn) -> None:
    """Return a turn back: the host may be asked again once its delay since the turn's start is over."""
    host = session.get_one(Host, turn.host_id)
    if host.next_request_at == turn.started + max(HELD, turn.delay):  # else others wait in line behind it
        host.next_request_at = turn.started + turn.delay


def book_turn(
    session: Session, host_id: int, *, now: datetime, host_delay: timedelta, patience: timedelta
) -> Turn:
    """Books the next request to a host for the claim that asks it already, where that may start within `patience`."""
    host = session.exec(select(Host).where(col(Host.id) == host_id).with_for_update()).one()
    turn = _turn(host, now=now, host_delay=host_delay)
    if turn.resting is None and turn.wait <= patience:
        host.next_request_at = now + turn.wait + turn.delay
    return turn


def _turn(host: Host, *, now: datetime, host_delay: timedelta) -> Turn:
    turn = Turn(id_of(host), host.name, delay_of(host.crawl_delay_seconds, host_delay), now)
    if host.blocked_until is not None and host.blocked_until > now:
        return replace(
            turn, wait=host.blocked_until - now, resting=host.blocked_reason or Trouble("host-rests")
        )
    return replace(turn, wait=max((host.next_request_at or now) - now, timedelta(0)))
