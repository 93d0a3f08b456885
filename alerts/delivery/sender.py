"""The sender: takes what is due from the outbox, has the channels send it, and records what came of it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from alerts.delivery.channels.base import Channel, Receipt
from alerts.delivery.characters import storable
from alerts.delivery.health import escalate_dead, escalate_failed, record_health, waiting_for_fallback
from alerts.delivery.outbox import claim_due
from alerts.delivery.payload import Kind, Message, parse_data
from alerts.delivery.retry import SCHEDULE, next_try
from alerts.errors import DeliveryError
from storage.engine import Database
from storage.queries.outbox import (
    NotificationClaim,
    Tried,
    due_channels,
    record_attempt,
    release_stranded,
)
from storage.tables import AttemptOutcome, NotificationState

log = structlog.get_logger(__name__)

PER_CHANNEL = 4
TIMEOUT = timedelta(minutes=2)
"""For one attempt, whatever the channel's own timeouts are."""
LEASE = timedelta(minutes=5)
"""Longer than an attempt can take, so that a living process never loses what it is sending."""


class Sender:
    """Sends notifications, a few at once on each channel, every channel by itself: a dead one holds up no other.

    `step` starts lanes. A lane sends one notification, records the attempt and claims the channel's next one, until nothing is
    due on the channel: so a step never waits for a receiver, and a backlog needs no further step.
    What is being sent when the process dies is sent again once its lease ends, under the same uid.
    """

    def __init__(
        self,
        database: Database,
        channels: Mapping[str, Channel],
        *,
        owner: str,
        clock: Callable[[], datetime],
        jitter: Callable[[], float] = random.random,
        schedule: Sequence[timedelta] = SCHEDULE,
        per_channel: int = PER_CHANNEL,
        timeout: timedelta = TIMEOUT,
        lease: timedelta = LEASE,
    ) -> None:
        """`channels` by name; `schedule`: the pauses between attempts; `per_channel`: lanes of a channel in this process."""
        self._database = database
        self._channels = channels
        self._owner = owner
        self._clock = clock
        self._jitter = jitter
        self._schedule = schedule
        self._per_channel = per_channel
        self._timeout = timeout
        self._lease = lease
        self._lanes: dict[asyncio.Task[None], int] = {}
        self._draining = False
        self._unknown: set[str] = set()

    async def step(self) -> int:
        """Starts lanes for what is due, as far as the channels have room; gives how many. It does not wait for them."""
        self._draining = False
        due, dead = await self._database.reading(self._look)
        if dead:
            await self._database.writing(partial(escalate_dead, channel_ids=dead, now=self._clock()))
        rooms = self._rooms(due)
        if not rooms:
            return 0
        claims = await self._database.writing(partial(self._claim, rooms=rooms))
        for claim in claims:
            lane = asyncio.create_task(self._lane(claim), name=f"send on {claim.channel}")
            self._lanes[lane] = claim.channel_id
            lane.add_done_callback(self._lanes.pop)
        return len(claims)

    async def drain(self, patience: timedelta) -> None:
        """Lets the lanes finish the attempt they are at, for at most `patience`; they take no further notification."""
        self._draining = True
        if self._lanes:
            await asyncio.wait(self._lanes, timeout=patience.total_seconds())

    async def close(self) -> None:
        """Breaks off what is still being sent. Those notifications are sent again when the service comes back."""
        self._draining = True
        lanes = list(self._lanes)
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        for channel in self._channels.values():
            await channel.aclose()

    def _look(self, session: Session) -> tuple[list[tuple[int, str]], list[int]]:
        now = self._clock()
        return due_channels(session, now=now), waiting_for_fallback(session, now=now)

    def _rooms(self, due: Sequence[tuple[int, str]]) -> dict[int, int]:
        """Gives how many more lanes each of the channels may have, leaving out those with none and those we can't send on."""
        busy = Counter(self._lanes.values())
        rooms = {}
        for channel_id, name in due:
            if name not in self._channels:
                if name not in self._unknown:
                    self._unknown.add(name)
                    log.warning(
                        "channel has no settings; its notifications stay queued until it has", channel=name
                    )
            elif busy[channel_id] < self._per_channel:
                rooms[channel_id] = self._per_channel - busy[channel_id]
        return rooms

    def _claim(self, session: Session, *, rooms: Mapping[int, int]) -> list[NotificationClaim]:
        now = self._clock()
        release_stranded(session, rooms.keys(), now=now)
        return [
            claim
            for channel_id, room in rooms.items()
            for claim in self._claim_on(session, channel_id, now, room)
        ]

    def _claim_on(
        self, session: Session, channel_id: int, now: datetime, limit: int
    ) -> list[NotificationClaim]:
        return claim_due(
            session, channel_id=channel_id, now=now, owner=self._owner, lease=self._lease, limit=limit
        )

    async def _lane(self, claim: NotificationClaim) -> None:
        current: NotificationClaim | None = claim
        while current is not None:
            started, begin = self._clock(), asyncio.get_running_loop().time()
            outcome = await self._attempt(current)
            duration = timedelta(seconds=asyncio.get_running_loop().time() - begin)
            tried = self._tried(current, outcome, started, duration)
            _log(current, tried)
            current = await self._recorded(current, tried, outcome)

    async def _attempt(self, claim: NotificationClaim) -> Receipt | DeliveryError:
        """Sends one notification. Every failure is a value, so that none stops the lane."""
        try:
            message = _message(claim)
            async with asyncio.timeout(self._timeout.total_seconds()):
                return await self._channels[claim.channel].send(message)
        except DeliveryError as error:
            return error
        except TimeoutError:
            words = f"not sent within {self._timeout.total_seconds():g} s"
            return DeliveryError(words, recoverable=True)
        except (
            Exception
        ) as error:  # the border to templates and foreign libraries: a poisonous message stops only itself
            log.exception("notification could not be sent", notification=claim.notification_id, uid=claim.uid)
            return DeliveryError(f"{type(error).__name__}: {error}", recoverable=False)

    def _tried(
        self,
        claim: NotificationClaim,
        outcome: Receipt | DeliveryError,
        started: datetime,
        duration: timedelta,
    ) -> Tried:
        now = self._clock()
        if isinstance(outcome, Receipt):
            return Tried(
                started,
                now,
                duration,
                AttemptOutcome.SENT,
                outcome.status,
                storable(outcome.response),
                recipients=outcome.recipients,
            )
        next_due = None
        if outcome.recoverable:
            number = claim.attempts - claim.attempts_before + 1
            next_due = next_try(number, now, outcome.retry_after, self._jitter(), self._schedule)
        return Tried(
            started,
            now,
            duration,
            AttemptOutcome.RETRY if outcome.recoverable else AttemptOutcome.FAILED,
            outcome.status,
            storable(outcome.response),
            storable(str(outcome)),
            next_due,
            outcome.recipients,
        )

    async def _recorded(
        self, claim: NotificationClaim, tried: Tried, outcome: Receipt | DeliveryError
    ) -> NotificationClaim | None:
        """Records the attempt; gives the channel's next notification, claimed for this lane, if any is due.

        The attempt is committed first and by itself: the sooner it is, the fewer are sent twice where the process dies.
        """

        def record(session: Session) -> None:
            now = self._clock()
            state = record_attempt(session, claim, tried, owner=self._owner)
            error = outcome if isinstance(outcome, DeliveryError) else None
            if error is not None or claim.is_ailing:  # else there is nothing to mend, and a query is saved
                record_health(session, claim.channel_id, error, now=now)
            if state is NotificationState.FAILED:
                escalate_failed(session, claim.notification_id, now=now)

        def next_one(session: Session) -> NotificationClaim | None:
            return next(iter(self._claim_on(session, claim.channel_id, self._clock(), 1)), None)

        try:
            await self._database.writing(record)
            return None if self._draining else await self._database.writing(next_one)
        except SQLAlchemyError as error:
            log.error(
                "attempt could not be recorded; the notification is sent again when its lease ends",
                notification=claim.notification_id,
                uid=claim.uid,
                error=str(error).splitlines()[0],
            )
            return None


def _message(claim: NotificationClaim) -> Message:
    kind: Kind = claim.kind.value
    try:
        data = parse_data(kind, claim.payload)
    except ValidationError as error:
        raise DeliveryError(f"what is stored can't be read: {error}", recoverable=False) from error
    return Message(claim.uid, kind, claim.created_at, claim.channel, data, claim.skip)


def _log(claim: NotificationClaim, tried: Tried) -> None:
    bound = log.bind(
        notification=claim.notification_id,
        uid=claim.uid,
        channel=claim.channel,
        attempt=claim.attempts + 1,
        status=tried.status,
        ms=round(tried.duration / timedelta(milliseconds=1)),
    )
    if tried.outcome is AttemptOutcome.SENT:
        bound.debug("notification sent")
    elif tried.next_due is not None:
        bound.warning(
            "notification not sent; it is tried again", error=tried.error, due=tried.next_due.isoformat()
        )
    else:
        bound.error("notification given up", error=tried.error)
