"""The sender: looks what is due in the outbox and has each channel's dispatcher send it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from alerts.delivery.attempting import TIMEOUT, Attempter
from alerts.delivery.channels.base import Channel
from alerts.delivery.dispatcher import ChannelDispatcher, Dispatch
from alerts.delivery.health import escalate_dead, record_health, waiting_for_fallback
from alerts.delivery.journal import Journals
from alerts.delivery.links import Links
from alerts.delivery.payload import ReviewData, ReviewFiles
from alerts.delivery.recorder import Recorder
from alerts.delivery.recovery import recover
from alerts.delivery.retry import SCHEDULE
from alerts.delivery.review_view import attachments
from alerts.errors import DeliveryError
from storage.engine import Database
from storage.stores.outbox.notifications import DueChannel, due_channels
from storage.stores.outbox.own_channels import OwnChannel, own_channel
from storage.stores.reviews.editions import files_of
from storage.stores.reviews.pictures import picture_bodies
from storage.troubles import Trouble

log = structlog.get_logger(__name__)

PER_CHANNEL = 8
AHEAD = 64
LEASE = timedelta(minutes=5)
"""Longer than an attempt can take, so that a living process never loses what it is sending."""
RECOVER_EVERY = timedelta(minutes=1)
"""Shorter than a lease, so that what a dead process had sent is known before it is queued again."""


@dataclass(frozen=True, slots=True)
class _Own:
    """A channel whose settings are in the database, as it was made of them."""

    revision: int
    name: str
    channel: Channel
    dispatcher: ChannelDispatcher


class Sender:
    """Sends notifications, a few at once on each channel, every channel by itself: a dead one holds up no other.

    A step never waits for a receiver. What is being sent when the process dies is sent again once its lease ends, under the
    same uid.
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
        ahead: int = AHEAD,
        timeout: timedelta = TIMEOUT,
        lease: timedelta = LEASE,
        journals: Journals | None = None,
        links: Links | None = None,
        make_own: Callable[[OwnChannel], Channel] | None = None,
        is_sure: Callable[[], bool] = lambda: True,
    ) -> None:
        """`channels` by name; `schedule`: the pauses between attempts; `per_channel`: so many are sent at once on a channel;
        `ahead`: so many are claimed at once; `journals`: where what receivers took is noted until it is recorded;
        `links`: give alerts their addresses; `make_own` makes the channels whose settings are in the database, and raises
        `ValueError` for what can't be used; `is_sure`: whether what this process has claimed is surely still its own.
        """
        self._database = database
        self._channels = channels
        self._make_own = make_own
        self._clock = clock
        self._journals = journals
        self._journal = journals.open() if journals is not None else None
        self._recovers_at = clock() + RECOVER_EVERY
        self._recorder = Recorder(database, clock=clock, journal=self._journal)
        attempter = Attempter(clock, jitter, schedule, timeout, self._journal, links, self._files_of)
        self._dispatch = Dispatch(
            database, attempter, self._recorder, owner, lease, per_channel, ahead, is_sure
        )
        self._dispatchers: dict[int, ChannelDispatcher] = {}
        self._own: dict[int, _Own] = {}
        self._retired: list[_Own] = []
        self._unknown: set[str] = set()

    async def step(self) -> int:
        """Start workers for what is due, as far as the channels have room; return how many. It does not wait for them."""
        await self._recorder.catch_up()
        await self._recover()
        due, dead = await self._database.reading(self._look)
        if dead:
            await self._database.writing(escalate_dead, channel_ids=dead, now=self._clock())
        await self._close_retired()
        dispatchers = [found for each in due if (found := await self._dispatcher(each)) is not None]
        return sum([await dispatcher.start() for dispatcher in dispatchers if dispatcher.has_room])

    async def drain(self, patience: timedelta) -> None:
        """Let the workers finish the attempt they are at, for at most `patience`; they take no further notification."""
        await self._stop()
        if workers := self._workers():
            await asyncio.wait(workers, timeout=patience.total_seconds())

    async def close(self) -> None:
        """Breaks off what is still being sent. Those notifications are sent again when the service comes back."""
        await self._stop()
        workers = self._workers()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await self._recorder.close()
        if self._journal is not None:
            self._journal.close()
        for own in (*self._own.values(), *self._retired):
            await own.channel.aclose()
        for channel in self._channels.values():
            await channel.aclose()

    async def _recover(self) -> None:
        """Record now and then what other processes of this machine had sent when they died, before their leases end."""
        if self._journals is not None and self._clock() >= self._recovers_at:
            self._recovers_at = self._clock() + RECOVER_EVERY
            await recover(self._database, self._journals)

    async def _stop(self) -> None:
        for dispatcher in self._all_dispatchers():
            try:
                await dispatcher.stop()
            except SQLAlchemyError as error:
                log.error(
                    "what was claimed could not be given back; it is sent when its lease ends",
                    error=str(error).splitlines()[0],
                )

    async def _files_of(self, review: ReviewData) -> ReviewFiles:
        def read(session: Session) -> ReviewFiles:
            files = attachments(review, files_of(session, review.edition_id))
            return ReviewFiles(files, picture_bodies(session, review.edition_id))

        return await self._database.reading(read)

    def _look(self, session: Session) -> tuple[list[DueChannel], list[int]]:
        now = self._clock()
        return due_channels(session, now=now), waiting_for_fallback(session, now=now)

    async def _dispatcher(self, due: DueChannel) -> ChannelDispatcher | None:
        """Return what sends on a channel; None where nothing can."""
        if due.name not in self._channels:
            return await self._own_dispatcher(due)
        if due.id not in self._dispatchers:
            channel = self._channels[due.name]
            self._dispatchers[due.id] = ChannelDispatcher(due.id, channel, self._dispatch)
        return self._dispatchers[due.id]

    async def _own_dispatcher(self, due: DueChannel) -> ChannelDispatcher | None:
        """Return what sends on a channel whose settings are in the database, made anew where they changed."""
        known = self._own.get(due.id)
        if known is not None and (known.revision, known.name) == (due.revision, due.name):
            return known.dispatcher
        if known is not None:
            await self._retire(due.id)
        stored = await self._database.reading(own_channel, channel_id=due.id)
        if stored is None or self._make_own is None:
            self._tell_unknown(due.name)
            return None
        try:
            channel = self._make_own(stored)
        except ValueError as error:
            log.error("channel's settings can't be used", channel=due.name, error=str(error))
            why = DeliveryError(Trouble("channel-settings", {"detail": str(error)}), recoverable=True)
            now = self._clock()
            await self._database.writing(record_health, channel_id=due.id, error=why, now=now)
            return None
        dispatcher = ChannelDispatcher(due.id, channel, self._dispatch)
        self._own[due.id] = _Own(stored.revision, stored.name, channel, dispatcher)
        return dispatcher

    async def _retire(self, channel_id: int) -> None:
        """Let what sends by a channel's old settings finish what it is at."""
        own = self._own.pop(channel_id)
        self._retired.append(own)
        await own.dispatcher.stop()

    async def _close_retired(self) -> None:
        idle = [own for own in self._retired if not own.dispatcher.workers]
        self._retired = [own for own in self._retired if own.dispatcher.workers]
        for own in idle:
            await own.channel.aclose()

    def _all_dispatchers(self) -> list[ChannelDispatcher]:
        own = (own.dispatcher for own in (*self._own.values(), *self._retired))
        return [*self._dispatchers.values(), *own]

    def _workers(self) -> list[asyncio.Task[None]]:
        return [worker for dispatcher in self._all_dispatchers() for worker in dispatcher.workers]

    def _tell_unknown(self, name: str) -> None:
        """Log once that a channel has no settings."""
        if name not in self._unknown:
            self._unknown.add(name)
            log.warning("channel has no settings; its notifications stay queued until it has", channel=name)
