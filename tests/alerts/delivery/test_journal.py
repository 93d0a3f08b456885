"""The journal: what a receiver took is known though the process is killed before the database says so."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from stat import S_IMODE

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from sqlmodel import Session, col, select
from structlog.testing import capture_logs

from alerts.delivery.channels.email.sending import EmailChannel, EmailConfig
from alerts.delivery.journal import Journals, ReceiptNote, journals_of
from alerts.delivery.recovery import recover
from alerts.delivery.sender import LEASE, RECOVER_EVERY, Sender
from storage.engine import Database
from storage.stores.leases import free_leases, new_owner
from storage.tables import Attempt, AttemptOutcome, Notification, NotificationState
from tests.alerts.delivery.http_server import Receiver, serving
from tests.alerts.delivery.opened import opened
from tests.alerts.delivery.rows import add_channel, alert_on
from tests.alerts.delivery.sending_process import PREFIX, RECIPIENTS, make
from tests.alerts.delivery.smtp_server import Mailbox, mail_server
from tests.conftest import ROOT, START, Clock
from tests.databases import on_both

pytestmark = on_both

SENT, SENDING = NotificationState.SENT, NotificationState.SENDING


def queue(database: Database, *, count: int = 1, type_: str = "webhook") -> list[Notification]:
    with database.write() as session:
        channel_id = add_channel(session, "hook", type_=type_)
        return [row for _ in range(count) for row in alert_on(session, channel_id)]


def rows(database: Database) -> list[Notification]:
    with database.read() as session:
        return list(session.exec(select(Notification).order_by(col(Notification.id))))


def attempts(database: Database) -> list[Attempt]:
    with database.read() as session:
        return list(session.exec(select(Attempt)))


def taken(row: Notification, *, started_at: datetime = START, uid: str | None = None) -> ReceiptNote:
    assert row.id is not None
    ended_at = started_at + timedelta(seconds=1)
    return ReceiptNote(row.id, uid or row.uid, started_at, ended_at, timedelta(milliseconds=7), 204, "taken")


@asynccontextmanager
async def sending(
    database: Database, folder: Path, kind: str, address: str
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Start a process that sends what is due; it is killed at the end, if it is not dead by then."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.alerts.delivery.sending_process"),
        *(database.url.render_as_string(hide_password=False), str(folder), kind, address),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(b"step\n")
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  (what another process writes gives no event)
            await asyncio.sleep(0.01)


def free_all(database: Database) -> int:
    """Free what the sending process held, which is known to be dead; return how many claims that was."""
    owners = {row.lease_owner for row in rows(database) if row.lease_owner is not None}
    return database.transact(free_leases, owners)


def files(folder: Path) -> list[Path]:
    return list(folder.glob(f"{PREFIX}*"))


def noted(folder: Path) -> bool:
    return any(path.stat().st_size for path in files(folder))


def leave(journals: Journals, *lines: ReceiptNote) -> None:
    """Leave a journal behind as a process does that is killed."""
    journal = journals.open()
    assert journal is not None
    for line in lines:
        journal.add(line)
    journal.close()


@dataclass
class Locking(Receiver):
    """A receiver that locks the rows before it answers, so that nobody can record the answer."""

    lock: Callable[[], object] = field(default=lambda: None)

    async def answer(self, request: object) -> object:  # type: ignore[override]
        self.lock()
        return await super().answer(request)  # type: ignore[arg-type]


@pytest.mark.thorough
async def test_what_a_receiver_took_is_not_sent_again_though_the_process_is_killed_before_the_commit(
    database: Database, tmp_path: Path
) -> None:
    queue(database)
    receiver = Locking(200, b"thanks")
    async with serving(receiver) as url:
        with Session(database.engine) as session:
            # SQLite locks the file, PostgreSQL the rows
            receiver.lock = lambda: session.exec(select(Notification).with_for_update()).all()
            async with sending(database, tmp_path, "webhook", url) as process:
                await until(lambda: noted(tmp_path))
                process.send_signal(signal.SIGKILL)
                await process.wait()
        assert [row.state for row in rows(database)] == [SENDING]
        journals = Journals(tmp_path, PREFIX)
        assert await recover(database, journals) == 1
        free_all(database)
        sender = Sender(
            database,
            {"hook": opened(make("webhook", url))},
            owner=new_owner(),
            clock=lambda: datetime.now(UTC),
            journals=journals,
        )
        assert await sender.step() == 0
        await sender.close()
    assert len(receiver.requests) == 1
    (row,), (attempt,) = rows(database), attempts(database)
    assert (row.state, row.attempts, row.lease_owner) == (SENT, 1, None)
    assert (attempt.outcome, attempt.status, attempt.response) == (AttemptOutcome.SENT, 200, "thanks")
    assert files(tmp_path) == []


@dataclass
class Hesitating(Mailbox):
    """Takes the first recipient's mail and then says nothing of the second's."""

    hesitates: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: SmtpSession, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == RECIPIENTS[1]:
            self.hesitates.set()
            await self.go_on.wait()
        return await super().handle_RCPT(server, session, envelope, address, options)


@pytest.mark.thorough
async def test_who_has_a_mail_gets_no_second_one_though_the_process_is_killed_before_the_others_have_it(
    database: Database, tmp_path: Path
) -> None:
    queue(database, type_="email")
    mailbox = Hesitating()
    async with mail_server(mailbox) as port:
        async with sending(database, tmp_path, "email", str(port)) as process:
            async with asyncio.timeout(60):
                await mailbox.hesitates.wait()
            process.send_signal(signal.SIGKILL)
            await process.wait()
        mailbox.go_on.set()
        await recover(database, Journals(tmp_path, PREFIX))
        assert free_all(database) == 1
        config = EmailConfig(RECIPIENTS, "a@example.org", "127.0.0.1", port, "none")
        sender = Sender(
            database,
            {"hook": opened(EmailChannel(config))},
            owner=new_owner(),
            clock=lambda: datetime.now(UTC),
        )
        await sender.step()
        await sender.drain(timedelta(seconds=20))
    assert mailbox.recipients == [[RECIPIENTS[0]], [RECIPIENTS[1]]]
    (row,) = rows(database)
    assert row.state is SENT
    assert row.recipients.keys() == set(RECIPIENTS)


async def test_a_living_process_journal_is_left_alone(database: Database, tmp_path: Path) -> None:
    (row,) = queue(database)
    journals = Journals(tmp_path, PREFIX)
    journal = journals.open()
    assert journal is not None
    journal.add(taken(row))
    assert await recover(database, journals) == 0
    assert noted(tmp_path)
    journal.close()  # what is in it is open yet, so it stays for the next process
    assert await recover(database, journals) == 1
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    "spoiled",
    [
        pytest.param(lambda line: line + line[:-20], id="the last is torn"),
        pytest.param(lambda line: line[:-20] + line, id="one before it is torn"),
        pytest.param(lambda line: b"\xff\x00" + line, id="no text"),
        pytest.param(lambda line: line + b'\n{"notification_id": "all"}', id="none of ours"),
    ],
)
async def test_a_line_that_can_not_be_read_takes_no_other_along(
    database: Database, tmp_path: Path, spoiled: Callable[[bytes], bytes]
) -> None:
    first, second = queue(database, count=2)
    journals = Journals(tmp_path, PREFIX)
    leave(journals, taken(first))
    (path,) = files(tmp_path)
    path.write_bytes(spoiled(path.read_bytes()))
    assert await recover(database, journals) == 1
    assert {row.id: row.state for row in rows(database)} == {
        first.id: SENT,
        second.id: NotificationState.QUEUED,
    }


async def test_what_the_database_knows_is_not_recorded_twice_and_what_it_never_knew_is_left_alone(
    database: Database, tmp_path: Path
) -> None:
    known, other = queue(database, count=2)
    journals = Journals(tmp_path, PREFIX)
    for again in (1, 0):
        leave(journals, taken(known), taken(other, uid="another"))
        assert await recover(database, journals) == again
    assert [row.state for row in rows(database)] == [SENT, NotificationState.QUEUED]
    assert [attempt.number for attempt in attempts(database)] == [1]


async def test_the_journal_is_private_empty_once_all_is_recorded_and_gone_at_the_end(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    queue(database, count=3)
    async with serving(Receiver(204)) as url:
        sender = Sender(
            database,
            {"hook": opened(make("webhook", url))},
            owner="machine:1:a",
            clock=clock,
            journals=Journals(tmp_path, PREFIX),
        )
        (path,) = files(tmp_path)
        assert S_IMODE(path.stat().st_mode) == 0o600
        await sender.step()
        await sender.drain(timedelta(seconds=20))
        assert {row.state for row in rows(database)} == {SENT}
        assert path.stat().st_size == 0
        await sender.close()
    assert not path.exists()


async def test_a_neighbour_records_what_another_process_of_the_machine_had_sent_before_its_lease_ends(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    (row,) = queue(database)
    journals = Journals(tmp_path, PREFIX)
    sender = Sender(database, {}, owner="machine:1:a", clock=clock, journals=journals)
    with database.write() as session:
        claimed = session.get_one(Notification, row.id)
        claimed.state, claimed.lease_owner, claimed.lease_until = SENDING, "machine:2:b", clock() + LEASE
    leave(journals, taken(row))
    await sender.step()
    assert [found.state for found in rows(database)] == [SENDING]
    assert RECOVER_EVERY < LEASE
    clock.advance(RECOVER_EVERY)
    await sender.step()
    assert [found.state for found in rows(database)] == [SENT]
    await sender.close()


def test_a_folder_that_can_not_be_written_to_is_told_of_once(tmp_path: Path) -> None:
    with capture_logs() as logs:
        assert Journals(tmp_path / "missing", PREFIX).open() is None
    (entry,) = logs
    assert "may be sent again" in entry["event"]


def test_journals_of_different_databases_do_not_mix(sqlite_url: str, tmp_path: Path) -> None:
    with Database(sqlite_url) as one, Database(f"sqlite:///{tmp_path / 'other.db'}") as other:
        assert journals_of(one).folder == tmp_path
        assert journals_of(one).prefix == "tocsin.db.sent-"
        assert journals_of(other).prefix == "other.db.sent-"
    with Database("postgresql://desk:hush@host/a") as one, Database("postgresql://desk@host/b") as other:
        assert journals_of(one).prefix != journals_of(other).prefix
        assert "hush" not in journals_of(one).prefix
