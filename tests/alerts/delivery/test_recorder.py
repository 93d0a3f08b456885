"""The recorder: results that come together share a transaction, go before other writing, and fail alone."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from alerts.delivery.attempting import Result
from alerts.delivery.outbox import claim_due
from alerts.delivery.recorder import Recorder
from alerts.errors import DeliveryError
from storage.engine import Database
from storage.stores.outbox.attempts import Tried
from storage.stores.outbox.notifications import NotificationClaim
from storage.tables import Attempt, AttemptOutcome, ChannelRow, Notification, NotificationState
from tests.alerts.delivery.rows import add_channel, alert_on
from tests.conftest import START, Clock

OWNER = "machine:1:a"
SENT, RETRY, _FAILED = AttemptOutcome


def claimed(database: Database, count: int) -> list[NotificationClaim]:
    with database.write() as session:
        channel_id = add_channel(session, "hook")
        for _ in range(count):
            alert_on(session, channel_id)
        lease = timedelta(minutes=5)
        return claim_due(session, channel_id=channel_id, now=START, owner=OWNER, lease=lease, limit=count)


def result(claim: NotificationClaim, error: DeliveryError | None = None) -> Result:
    outcome, due = (RETRY, START + timedelta(hours=1)) if error else (SENT, None)
    why = error.trouble if error else None
    return Result(
        claim, Tried(START, START, timedelta(), outcome, 204, "taken", error=why, next_due=due), error
    )


class Busy:
    """Holds the thread that writes until it is let go, and counts the transactions that commit."""

    def __init__(self, database: Database) -> None:
        self.commits = 0
        self._go = threading.Event()
        self._database = database
        event.listen(database.engine, "commit", self._count)

    def _count(self, _connection: object) -> None:
        self.commits += 1

    async def hold(self) -> asyncio.Task[None]:
        began = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait(_session: Session) -> None:
            loop.call_soon_threadsafe(began.set)
            assert self._go.wait(60)

        holding = asyncio.create_task(self._database.writing(wait))
        await began.wait()
        return holding

    async def let_go(self, holding: asyncio.Task[None]) -> None:
        self._go.set()
        await holding


def states(database: Database) -> list[NotificationState]:
    with database.read() as session:
        return [row.state for row in session.exec(select(Notification).order_by(col(Notification.id)))]


async def test_successes_that_come_together_share_a_transaction(database: Database, clock: Clock) -> None:
    claims = claimed(database, 6)
    recorder = Recorder(database, clock=clock)
    busy = Busy(database)
    await asyncio.gather(*(recorder.record(result(claim)) for claim in claims))
    assert busy.commits == 1
    assert set(states(database)) == {NotificationState.SENT}
    with database.read() as session:
        told = session.exec(select(Attempt.notification_id, Attempt.number, Attempt.response)).all()
    assert sorted(told) == [(claim.notification_id, 1, "taken") for claim in claims]


async def test_results_go_before_other_writing(sqlite_database: Database, clock: Clock) -> None:
    (claim,) = claimed(sqlite_database, 1)
    recorder = Recorder(sqlite_database, clock=clock)
    busy = Busy(sqlite_database)
    holding = await busy.hold()
    seen = asyncio.create_task(
        sqlite_database.writing(lambda session: session.get_one(Notification, claim.notification_id).state)
    )
    await asyncio.sleep(0)
    recording = asyncio.create_task(recorder.record(result(claim)))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    await busy.let_go(holding)
    await recording
    assert await seen is NotificationState.SENT


async def test_one_that_can_not_be_stored_takes_no_other_along(database: Database, clock: Clock) -> None:
    claims = claimed(database, 3)
    with database.write() as session:
        session.delete(session.get_one(Notification, claims[1].notification_id))
    recorder = Recorder(database, clock=clock)
    ended = await asyncio.gather(
        *(recorder.record(result(claim)) for claim in claims), return_exceptions=True
    )
    assert [isinstance(end, SQLAlchemyError) for end in ended] == [False, True, False]
    assert states(database) == [NotificationState.SENT] * 2


async def test_what_a_cancelled_lane_had_sent_is_recorded_all_the_same(
    database: Database, clock: Clock
) -> None:
    (claim,) = claimed(database, 1)
    recorder = Recorder(database, clock=clock)
    recording = asyncio.create_task(recorder.record(result(claim)))
    await asyncio.sleep(0)
    recording.cancel()
    with pytest.raises(asyncio.CancelledError):
        await recording
    await recorder.close()
    assert states(database) == [NotificationState.SENT]


async def test_failures_count_for_the_channel_and_a_success_after_them_heals_it(
    database: Database, clock: Clock
) -> None:
    first, second = claimed(database, 2)
    recorder = Recorder(database, clock=clock)
    await recorder.record(result(first, DeliveryError("answered 500", recoverable=True, status=500)))
    assert states(database) == [NotificationState.QUEUED, NotificationState.SENDING]
    with database.read() as session:
        assert session.exec(select(ChannelRow.failures)).one() == 1
    ailing = NotificationClaim(
        second.notification_id,
        second.channel_id,
        "hook",
        second.uid,
        second.kind,
        second.payload,
        START,
        0,
        is_ailing=True,
    )
    await recorder.record(result(ailing))
    with database.read() as session:
        assert session.exec(select(ChannelRow.failures)).one() == 0
