"""One channel's notifications on their way: a few at once, claimed some ahead."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from alerts.delivery.attempting import Attempter, Result, log_result
from alerts.delivery.channels.base import Channel
from alerts.delivery.health import is_of_the_channel
from alerts.delivery.outbox import claim_due
from alerts.delivery.recorder import Recorder
from storage.engine import Database
from storage.stores.outbox.notifications import NotificationClaim, give_back, release_stranded

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Dispatch:
    """What all dispatchers of a process share."""

    database: Database
    attempter: Attempter
    recorder: Recorder
    owner: str
    lease: timedelta
    workers: int
    """How many notifications of a channel are sent at once, where the channel can send as many."""
    ahead: int
    """So many are claimed at once: the more, the fewer transactions."""
    is_sure: Callable[[], bool]
    """Whether what this process has claimed is surely still its own: it stood not still, and has the database."""


class ChannelDispatcher:
    """Sends what is due on one channel.

    A worker sends one notification, has the result recorded, and takes the next, until nothing is due: so a backlog needs no
    further step. What is claimed waits here for a worker; where the channel fails, or time is up, it is given back.
    """

    def __init__(self, channel_id: int, channel: Channel, dispatch: Dispatch) -> None:
        self._channel_id = channel_id
        self._channel = channel
        self._dispatch = dispatch
        self._at_once = min(dispatch.workers, channel.at_once)
        self._claims: deque[NotificationClaim] = deque()
        self._stale_at = dispatch.attempter.clock()
        self._claiming = asyncio.Lock()
        self._workers: set[asyncio.Task[None]] = set()
        self._closing = False

    @property
    def has_room(self) -> bool:
        """Return whether it could send more at once than it does."""
        return len(self._workers) < self._at_once

    @property
    def workers(self) -> Sequence[asyncio.Task[None]]:
        """Return the workers that are busy."""
        return list(self._workers)

    async def start(self) -> int:
        """Start workers for what is due, as far as there is room; return how many."""
        self._closing = False
        await self._claim()
        count = min(len(self._claims), self._at_once - len(self._workers))
        for _ in range(count):
            worker = asyncio.create_task(
                self._run(self._claims.popleft()), name=f"send on channel {self._channel_id}"
            )
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        return count

    async def stop(self) -> None:
        """Release what waits; the workers finish what they are sending and end."""
        self._closing = True
        async with self._claiming:
            await self._give_back(self._take_all())

    async def _run(self, first: NotificationClaim) -> None:
        claim: NotificationClaim | None = first
        try:
            while claim is not None:
                if not self._dispatch.is_sure():  # another may have taken it over, and sent it
                    await self._give_back([claim, *self._take_all()])
                    return  # the next step goes on
                result = await self._dispatch.attempter.attempt(self._channel, claim)
                fails = result.error is not None and is_of_the_channel(result.error)
                unbegun = self._take_all() if fails else []
                await self._record(result)
                await self._give_back(unbegun)
                claim = await self._next()
        except SQLAlchemyError as error:  # the next step goes on, once the database can be used
            log.error("a channel's sending breaks off", channel=self._channel_id, error=_first_line(error))

    async def _record(self, result: Result) -> None:
        try:
            await self._dispatch.recorder.record(result)
        except SQLAlchemyError as error:
            log.error(
                "attempt could not be recorded; that is tried again with the next step",
                notification=result.claim.notification_id,
                uid=result.claim.uid,
                error=_first_line(error),
            )
            raise
        log_result(result)

    async def _next(self) -> NotificationClaim | None:
        """Return what a worker sends next; None where nothing is due, or nothing more is to be begun."""
        if not self._claims or self._is_stale():
            await self._claim()
        return self._claims.popleft() if self._claims else None

    async def _claim(self) -> None:
        """Claim the channel's next notifications, unless some wait here that can be sent yet. One worker at a time does."""
        async with self._claiming:
            if self._is_stale():
                await self._give_back(self._take_all())
            if not self._claims and not self._closing:
                dispatch = self._dispatch
                self._stale_at = dispatch.attempter.clock() + dispatch.lease - dispatch.attempter.timeout
                self._claims.extend(await dispatch.database.writing(self._claim_rows))

    def _is_stale(self) -> bool:
        """Return whether an attempt at what waits here could outlast the lease."""
        return self._dispatch.attempter.clock() >= self._stale_at

    def _claim_rows(self, session: Session) -> list[NotificationClaim]:
        dispatch, now = self._dispatch, self._dispatch.attempter.clock()
        release_stranded(session, [self._channel_id], now=now)
        return claim_due(
            session,
            channel_id=self._channel_id,
            now=now,
            owner=dispatch.owner,
            lease=dispatch.lease,
            limit=dispatch.ahead,
        )

    def _take_all(self) -> list[NotificationClaim]:
        claims = list(self._claims)
        self._claims.clear()
        return claims

    async def _give_back(self, claims: Sequence[NotificationClaim]) -> None:
        if claims:
            await self._dispatch.database.writing(give_back, claims=claims)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
