"""Turns: requests to a host that no claim of a feed or a page stands for, such as where a redirect leads.

They keep to the same rules as claims, over all processes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import exists
from sqlmodel import Session, col, select

from storage.rows import id_of
from storage.stores.feeds.hosts import delay_of, feeds_in_flight, host_named, pages_in_flight
from storage.tables import Feed, FeedState, Host, HostRest
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
    is_guest: bool = False
    """It is of an outlet that was led to where another is polled: what is the host's own does not wait for it."""


def begin_turn(
    session: Session,
    name: str,
    *,
    now: datetime,
    host_delay: timedelta,
    per_host: int,
    outlet_id: int | None = None,
) -> Turn:
    """Take a turn at the host called `name` where it may be asked now; it is then held until `end_turn`.

    It may not while it rests, within its delay, or while `per_host` requests to it (feeds and pages together) are under way.
    Where the outlet that asks is a guest, one at a time, and each leaves the host's own a pause first.
    """
    host_named(session, name)
    query = select(Host, feeds_in_flight(now) + pages_in_flight(now)).where(Host.name == name)
    host, busy = session.exec(query.with_for_update(of=Host)).one()
    turn = _turn(host, now=now, host_delay=host_delay)
    if outlet_id is not None:
        turn = _for_outlet(session, host, turn, outlet_id)
    if not turn.wait and busy >= per_host:
        turn = replace(turn, wait=ASK_AGAIN)
    if turn.wait:
        return turn
    if turn.is_guest:
        host.guest_until, host.next_request_at = now + HELD, now + turn.delay
    else:
        host.next_request_at = now + max(HELD, turn.delay)
    return turn


def _for_outlet(session: Session, host: Host, turn: Turn, outlet_id: int) -> Turn:
    """Return the turn of an outlet: what it met at the host, and that it may be a guest there, count too."""
    now, turn = turn.started, _as_met(session, turn, outlet_id)
    if turn.resting is not None:
        return turn
    polled = (col(Feed.host_id) == turn.host_id, col(Feed.state) == FeedState.ACTIVE)
    others = exists().where(*polled, col(Feed.outlet_id) != outlet_id)
    mine = exists().where(*polled, col(Feed.outlet_id) == outlet_id)
    if not session.exec(select(others & ~mine)).one():
        return turn
    of_host = now if host.next_request_at is None else host.next_request_at + turn.delay
    return replace(turn, wait=max(turn.wait, of_host - now, (host.guest_until or now) - now), is_guest=True)


def _as_met(session: Session, turn: Turn, outlet_id: int) -> Turn:
    """Return the turn of an outlet that keeps away, where it does, for what it met at the host, which is not its own."""
    rest = session.get(HostRest, (turn.host_id, outlet_id))
    if rest is None or rest.blocked_until is None or rest.blocked_until <= turn.started + turn.wait:
        return turn
    why = rest.blocked_reason or Trouble("host-rests")
    return replace(turn, wait=rest.blocked_until - turn.started, resting=why)


def end_turn(session: Session, turn: Turn) -> None:
    """Return a turn back: the host may be asked again once its delay since the turn's start is over."""
    host = session.get_one(Host, turn.host_id)
    if turn.is_guest:
        if host.guest_until == turn.started + HELD:
            host.guest_until = None
        return
    if host.next_request_at == turn.started + max(HELD, turn.delay):  # else others wait in line behind it
        host.next_request_at = turn.started + turn.delay


def book_turn(
    session: Session,
    host_id: int,
    *,
    now: datetime,
    host_delay: timedelta,
    patience: timedelta,
    outlet_id: int | None = None,
) -> Turn:
    """Book the next request to a host for the claim that asks it already, where that may start within `patience`."""
    host = session.exec(select(Host).where(col(Host.id) == host_id).with_for_update()).one()
    turn = _turn(host, now=now, host_delay=host_delay)
    if outlet_id is not None:
        turn = _as_met(session, turn, outlet_id)
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
