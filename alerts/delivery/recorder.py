"""The recorder: writes what came of attempts as fast as the database takes it.

Between the receiver's answer and our commit lies the only moment in which a process that dies sends a notification twice. So
results go before all other writing, successes before failures, and all that come while one transaction runs share the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from alerts.delivery.attempting import Result
from alerts.delivery.health import escalate_failed, record_health
from alerts.delivery.journal import Journal
from storage.engine import DATABASE_FAILS, Database
from storage.stores.outbox.attempts import record_attempt, record_sent, tell_reviews
from storage.tables import NotificationKind, NotificationState


@dataclass(slots=True, eq=False)
class _Item:
    """A result that waits to be written, and who waits for that."""

    result: Result
    written: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Recorder:
    """Writes results: successes that come together in one transaction, each failure in its own."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Callable[[], datetime],
        journal: Journal | None = None,
    ) -> None:
        """`journal`: where what is written here was noted before."""
        self._database = database
        self._journal = journal
        self._clock = clock
        self._waiting: list[_Item] = []
        self._unwritten: dict[str, Result] = {}
        self._writer: asyncio.Task[None] | None = None

    async def record(self, result: Result) -> None:
        """Return once the result is committed. Raises `SQLAlchemyError` where it can't be.

        A caller that is cancelled stops waiting; the result is written all the same.
        """
        item = _Item(result)
        self._waiting.append(item)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write(), name="record attempts")
        await item.written

    async def catch_up(self) -> None:
        """Write what could not be written because the database failed, until it fails again: that one then comes last."""
        for uid in list(self._unwritten):
            try:
                await self.record(self._unwritten.pop(uid))
            except SQLAlchemyError:  # it is kept, and logged already
                break

    async def close(self) -> None:
        """Return once nothing waits any more."""
        if self._writer is not None:
            await self._writer

    async def _write(self) -> None:
        try:
            while self._waiting:
                batch = [item for item in self._waiting if item.result.error is None] or self._waiting[:1]
                self._waiting = [item for item in self._waiting if item not in batch]
                await self._store(batch)
        finally:
            self._writer = None

    async def _store(self, items: Sequence[_Item]) -> None:
        """Write results in one transaction; where that fails, each alone: one that can't be stored takes no other along."""
        results = [item.result for item in items]
        error: Exception | None = None
        try:
            await self._database.writing_urgently(self._record, results=results)
        except SQLAlchemyError as failure:
            if len(items) > 1:
                for item in items:
                    await self._store([item])
                return
            error = failure
        except Exception as failure:  # noqa: BLE001  (raised where it is waited for)
            error = failure
        for item in items:
            if isinstance(error, DATABASE_FAILS):
                self._unwritten[item.result.claim.uid] = item.result
            elif self._journal is not None:
                self._journal.settle(item.result.claim.uid)
            if item.written.done():  # who waited was cancelled
                continue
            if error is None:
                item.written.set_result(None)
            else:
                item.written.set_exception(error)

    def _record(self, session: Session, results: Sequence[Result]) -> None:
        now = self._clock()
        sent = [(result.claim, result.tried) for result in results if result.error is None]
        left = record_sent(session, sent) if sent else []
        for claim, tried in left:
            record_attempt(session, claim.notification_id, tried, token=claim.token)
        for result in results:
            if result.claim.kind is NotificationKind.REVIEW and result.tried.recipients:
                tried = result.tried
                tell_reviews(session, result.claim.notification_id, tried.recipients, at=tried.started_at)
        for channel_id in {claim.channel_id for claim, _ in sent if claim.is_ailing}:
            record_health(session, channel_id, None, now=now)
        for result in results:
            if result.error is not None:
                state = record_attempt(
                    session, result.claim.notification_id, result.tried, token=result.claim.token
                )
                record_health(
                    session,
                    result.claim.channel_id,
                    result.error,
                    now=now,
                    answered=result.claim.recipients,
                )
                if state is NotificationState.FAILED:
                    escalate_failed(session, result.claim.channel_id, result.claim.notification_id, now=now)
