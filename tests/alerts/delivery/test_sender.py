"""The sender on real receivers: states and attempts, retries in their time, channels that hold up no other, crashes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from sqlmodel import col, select
from standardwebhooks.webhooks import Webhook
from structlog.testing import capture_logs

from alerts.delivery.attempting import TIMEOUT
from alerts.delivery.channels.base import Channel, Receipt
from alerts.delivery.channels.email.sending import EmailChannel, EmailConfig
from alerts.delivery.channels.webhook.sending import WebhookChannel, WebhookConfig
from alerts.delivery.links import Links
from alerts.delivery.payload import AlertData, DigestData, Message
from alerts.delivery.rules import DIGEST_MAX
from alerts.delivery.sender import LEASE, Sender
from service.troubles import trouble_words
from storage.engine import Database
from storage.rows import id_of
from storage.tables import (
    Attempt,
    AttemptOutcome,
    ChannelRow,
    Notification,
    NotificationKind,
    NotificationState,
)
from storage.troubles import Trouble
from tests.alerts.delivery.http_server import Receiver, serving
from tests.alerts.delivery.opened import opened
from tests.alerts.delivery.rows import add_channel, alert_on
from tests.alerts.delivery.samples import UID, alert_data
from tests.alerts.delivery.smtp_server import PASSWORD, Mailbox, mail_server, scripted_server
from tests.alerts.delivery.test_webhook_channel import LOOPBACK, SECRET
from tests.certificates import Certificate
from tests.conftest import START, Clock
from tests.databases import on_both

pytestmark = on_both

PATIENCE = timedelta(seconds=20)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
MORNING = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


def hook(url: str, clock: Clock, *, timeout: timedelta = timedelta(seconds=10)) -> Channel:
    config = WebhookConfig(url, (SECRET,), allow_networks=LOOPBACK, timeout=timeout)
    return opened(WebhookChannel(config, clock=clock))


def sender_of(
    database: Database,
    clock: Clock,
    channels: Mapping[str, Channel],
    *,
    owner: str = "machine:1:a",
    **options: Any,  # noqa: ANN401
) -> Sender:
    return Sender(database, channels, owner=owner, clock=clock, jitter=lambda: 0.5, **options)


async def send_all(sender: Sender) -> int:
    """Send everything that is due now; return how many workers it took."""
    workers = 0
    while started := await sender.step():
        workers += started
        await sender.drain(PATIENCE)
    return workers


def rows(database: Database) -> list[Notification]:
    with database.read() as session:
        return list(session.exec(select(Notification).order_by(col(Notification.id))))


def attempts(database: Database) -> list[Attempt]:
    with database.read() as session:
        return list(session.exec(select(Attempt).order_by(col(Attempt.id))))


def queue(
    database: Database, *names: str, count: int = 1, send: str = "immediate", now: datetime = START
) -> None:
    """Queue `count` alerts on each of the channels."""
    with database.write() as session:
        known = {row.name: id_of(row) for row in session.exec(select(ChannelRow))}
        channels = [known.get(name) or add_channel(session, name, send=send) for name in names]
        for _ in range(count):
            alert_on(session, *channels, now=now)


@pytest.mark.parametrize(
    ("receiver", "state", "outcome", "due"),
    [
        pytest.param(Receiver(200, b"thanks"), NotificationState.SENT, AttemptOutcome.SENT, START, id="200"),
        pytest.param(Receiver(204), NotificationState.SENT, AttemptOutcome.SENT, START, id="204"),
        pytest.param(Receiver(301), NotificationState.FAILED, AttemptOutcome.FAILED, START, id="301"),
        pytest.param(
            Receiver(404, b"no such hook"), NotificationState.FAILED, AttemptOutcome.FAILED, START, id="404"
        ),
        pytest.param(Receiver(410), NotificationState.FAILED, AttemptOutcome.FAILED, START, id="410"),
        pytest.param(
            Receiver(429, b"slow down", {"Retry-After": "90"}),
            NotificationState.QUEUED,
            AttemptOutcome.RETRY,
            START + 90 * SECOND,
            id="429 with Retry-After",
        ),
        pytest.param(
            Receiver(500, b"oh no"),
            NotificationState.QUEUED,
            AttemptOutcome.RETRY,
            START + 5 * SECOND,
            id="500",
        ),
        pytest.param(
            Receiver(hangs=True),
            NotificationState.QUEUED,
            AttemptOutcome.RETRY,
            START + 5 * SECOND,
            id="hangs",
        ),
        pytest.param(
            Receiver(drops=True),
            NotificationState.QUEUED,
            AttemptOutcome.RETRY,
            START + 5 * SECOND,
            id="drops",
        ),
    ],
)
async def test_the_answer_decides(
    database: Database,
    clock: Clock,
    receiver: Receiver,
    state: NotificationState,
    outcome: AttemptOutcome,
    due: datetime,
) -> None:
    receiver = replace(receiver, requests=[], arrived=asyncio.Event(), released=asyncio.Event())
    queue(database, "hook")
    async with serving(receiver) as url:
        patience = timedelta(milliseconds=100) if receiver.hangs else timedelta(seconds=10)
        assert await send_all(sender_of(database, clock, {"hook": hook(url, clock, timeout=patience)})) == 1
    (row,), (attempt,) = rows(database), attempts(database)
    answered = not receiver.hangs and not receiver.drops
    assert (row.state, row.attempts, row.due_at) == (state, 1, due)
    assert row.sent_at == (START if state is NotificationState.SENT else None)
    assert (row.lease_until, row.lease_owner) == (None, None)
    assert (attempt.number, attempt.outcome, attempt.started_at) == (1, outcome, START)
    assert attempt.status == (receiver.status if answered else None)
    assert attempt.response == (receiver.body.decode() if answered else "")
    assert attempt.error == row.last_error
    assert bool(attempt.error) is (outcome is not AttemptOutcome.SENT)
    assert len(receiver.requests) <= 1  # one that hangs may not have come so far


async def test_an_answer_after_our_timeout_is_no_answer_and_the_double_has_the_same_id(
    database: Database, clock: Clock
) -> None:
    receiver = Receiver(200, hangs=True)
    queue(database, "hook")
    async with serving(receiver) as url:
        impatient = hook(url, clock, timeout=timedelta(seconds=1))  # it must arrive on a busy machine too
        sender = sender_of(database, clock, {"hook": impatient})
        await send_all(sender)
        async with asyncio.timeout(60):
            await receiver.arrived.wait()
        receiver.released.set()  # it answers now, to nobody
        receiver.hangs = False
        (row,) = rows(database)
        assert (row.state, row.due_at) == (NotificationState.QUEUED, START + 5 * SECOND)
        clock.advance(5 * SECOND)
        patient = sender_of(database, clock, {"hook": hook(url, clock)})
        await send_all(patient)
    assert [(attempt.outcome, attempt.status) for attempt in attempts(database)] == [
        (AttemptOutcome.RETRY, None),
        (AttemptOutcome.SENT, 200),
    ]
    assert [headers["webhook-id"] for headers, _ in receiver.requests] == [row.uid] * 2
    assert len({body for _, body in receiver.requests}) == 1


@pytest.mark.parametrize(
    ("mailbox", "state", "outcome", "status", "taken"),
    [
        pytest.param(Mailbox(), NotificationState.SENT, AttemptOutcome.SENT, 250, 1, id="250"),
        pytest.param(
            Mailbox(after_data="421 4.3.2 later"),
            NotificationState.QUEUED,
            AttemptOutcome.RETRY,
            421,
            1,
            id="421 after DATA",
        ),
        pytest.param(
            Mailbox(replies={"desk@example.org": "421 4.3.2 later"}),
            NotificationState.QUEUED,
            AttemptOutcome.RETRY,
            421,
            0,
            id="421 to the recipient",
        ),
        pytest.param(
            Mailbox(after_data="450 4.2.0 later"),
            NotificationState.QUEUED,
            AttemptOutcome.RETRY,
            450,
            1,
            id="450 after DATA",
        ),
        pytest.param(
            Mailbox(replies={"desk@example.org": "450 4.2.0 greylisted"}),
            NotificationState.QUEUED,
            AttemptOutcome.RETRY,
            450,
            0,
            id="450 to the recipient",
        ),
        pytest.param(
            Mailbox(after_data="550 5.7.1 never"),
            NotificationState.FAILED,
            AttemptOutcome.FAILED,
            550,
            1,
            id="550 after DATA",
        ),
        pytest.param(
            Mailbox(replies={"desk@example.org": "550 5.1.1 nobody"}),
            NotificationState.FAILED,
            AttemptOutcome.FAILED,
            550,
            0,
            id="550 to the recipient",
        ),
        pytest.param(
            Mailbox(drop_after_data=True),
            NotificationState.QUEUED,
            AttemptOutcome.RETRY,
            None,
            1,
            id="drops after DATA",
        ),
    ],
)
@pytest.mark.parametrize("secured", ["plain", "STARTTLS and a login", "TLS"])
async def test_mail_servers_decide_likewise(
    database: Database,
    clock: Clock,
    certificate: Certificate,
    monkeypatch: pytest.MonkeyPatch,
    mailbox: Mailbox,
    state: NotificationState,
    outcome: AttemptOutcome,
    status: int | None,
    taken: int,
    secured: str,
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    mailbox = Mailbox(mailbox.after_data, mailbox.replies, mailbox.drop_after_data)
    starttls = certificate.context if secured.startswith("STARTTLS") else None
    tls = certificate.context if secured == "TLS" else None
    queue(database, "press-desk")
    async with mail_server(mailbox, starttls=starttls, tls=tls, auth=starttls is not None) as port:
        config = EmailConfig(
            ("desk@example.org",),
            "alerts@example.org",
            "127.0.0.1",
            port,
            "starttls" if starttls else "tls" if tls else "none",
            "alerts" if starttls else "",
            PASSWORD if starttls else "",
        )
        channel = opened(EmailChannel(config))
        await send_all(sender_of(database, clock, {"press-desk": channel}))
        await channel.aclose()
    (row,), (attempt,) = rows(database), attempts(database)
    retried = state is NotificationState.QUEUED
    assert (row.state, row.attempts) == (state, 1)
    assert row.due_at == (START + 5 * SECOND if retried else START)
    assert (attempt.number, attempt.outcome, attempt.status) == (1, outcome, status)
    assert attempt.started_at == START
    assert bool(attempt.error) is (state is not NotificationState.SENT)
    ids = [message_from_bytes(mail, policy=policy.default)["Message-ID"] for mail in mailbox.received]
    assert ids == [f"<{row.uid}@example.org>"] * taken
    assert mailbox.logins == (["alerts"] if starttls else [])


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((), id="no greeting"),
        pytest.param(("220 mail.example",), id="no answer to EHLO"),
        pytest.param(("220 mail", "250 mail", "250 sender", "250 recipient", "354 go on"), id="after DATA"),
    ],
)
async def test_a_mail_server_that_hangs_is_tried_again(
    database: Database, clock: Clock, lines: tuple[str, ...]
) -> None:
    queue(database, "press-desk")
    async with scripted_server(*lines) as port:
        patience = timedelta(milliseconds=100)
        config = EmailConfig(
            ("desk@example.org",), "alerts@example.org", "127.0.0.1", port, "none", timeout=patience
        )
        await send_all(sender_of(database, clock, {"press-desk": opened(EmailChannel(config))}))
    (row,), (attempt,) = rows(database), attempts(database)
    assert (row.state, row.due_at) == (NotificationState.QUEUED, START + 5 * SECOND)
    assert (attempt.outcome, attempt.status) == (AttemptOutcome.RETRY, None)
    assert f"the mail server 127.0.0.1:{port}" in trouble_words(attempt.error)


async def test_what_waits_on_a_channel_that_fails_is_given_back(database: Database, clock: Clock) -> None:
    receiver = Receiver(429, headers={"Retry-After": "90"})
    queue(database, "hook", count=5)
    async with serving(receiver) as url:
        await send_all(sender_of(database, clock, {"hook": hook(url, clock)}, per_channel=1))
    assert len(receiver.requests) == 1
    assert [(row.state, row.stranded, row.attempts) for row in rows(database)] == [
        (NotificationState.QUEUED, 0, 1),
        *[(NotificationState.QUEUED, 0, 0)] * 4,
    ]


async def test_what_waited_too_long_for_a_lane_is_claimed_anew(database: Database, clock: Clock) -> None:
    channel = Counting()
    channel.go.clear()
    queue(database, "hook", count=3)
    sender = sender_of(database, clock, {"hook": channel}, per_channel=1)
    assert await sender.step() == 1
    clock.advance(LEASE - TIMEOUT)  # an attempt that begins now could outlast the lease
    channel.expected = 3
    channel.go.set()
    async with asyncio.timeout(60):
        await channel.enough.wait()
    await sender.drain(PATIENCE)
    assert len(set(channel.sent)) == 3
    assert {row.state for row in rows(database)} == {NotificationState.SENT}


async def test_a_failing_receiver_is_tried_for_three_days_always_under_the_same_id(
    database: Database, clock: Clock
) -> None:
    receiver = Receiver(503)
    queue(database, "hook")
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)})
        while await send_all(sender):
            (row,) = rows(database)
            if row.state is NotificationState.QUEUED:
                assert await sender.step() == 0
                clock.now = row.due_at
    (row,) = rows(database)
    assert (row.state, row.attempts) == (NotificationState.FAILED, 10)
    assert [attempt.number for attempt in attempts(database)] == list(range(1, 11))
    assert timedelta(days=3) < clock.now - START < timedelta(days=3.5)
    assert {headers["webhook-id"] for headers, _ in receiver.requests} == {row.uid}
    assert len({body for _, body in receiver.requests}) == 1
    assert len({headers["webhook-timestamp"] for headers, _ in receiver.requests}) == 10


async def test_a_receiver_that_recovers_gets_it(database: Database, clock: Clock) -> None:
    receiver = Receiver(500)
    queue(database, "hook")
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)})
        await send_all(sender)
        receiver.status = 204
        clock.advance(5 * SECOND)
        await send_all(sender)
    (row,) = rows(database)
    assert (row.state, row.attempts, row.last_error) == (NotificationState.SENT, 2, None)


async def test_gone_switches_the_channel_off_and_keeps_what_is_queued(
    database: Database, clock: Clock
) -> None:
    receiver = Receiver(410)
    queue(database, "hook", count=3)
    async with serving(receiver) as url:
        await send_all(sender_of(database, clock, {"hook": hook(url, clock)}, per_channel=1))
    with database.read() as session:
        channel = session.exec(select(ChannelRow)).one()
    assert not channel.active
    assert "410" in trouble_words(channel.disabled_reason)
    assert [row.state for row in rows(database)] == [
        NotificationState.FAILED,
        NotificationState.QUEUED,
        NotificationState.QUEUED,
    ]
    assert len(receiver.requests) == 1


class Keeping(Channel):
    """A channel that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> Receipt:
        self.messages.append(message)
        return Receipt()


@pytest.mark.parametrize("links", [None, Links("https://tocsin.example/", b"k" * 32)], ids=["none", "public"])
async def test_alerts_are_told_with_their_address_where_there_is_one(
    database: Database, clock: Clock, links: Links | None
) -> None:
    channel = Keeping()
    with database.write() as session:
        at_once = add_channel(session, "hook")
        hourly = add_channel(session, "digest", send="hourly")
        alert_on(session, at_once, hourly, data=alert_data(alert_id=1, url=None))
    clock.now += timedelta(hours=1)
    await send_all(sender_of(database, clock, {"hook": channel, "digest": channel}, links=links))
    shown = {}
    for message in channel.messages:
        match message.data:
            case AlertData() as alert:
                shown["alert"] = alert.url
            case DigestData() as digest:
                shown["digest"] = digest.watch_lists[0].alerts[0].url
    address = None if links is None else "https://tocsin.example/alerts/1"
    assert shown == {"alert": address, "digest": address}


class Counting(Channel):
    """A channel that tells how many messages it sends at once, and sends them when it is let."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.sent: list[str] = []
        self.enough = asyncio.Event()
        self.expected = 0
        self.go = asyncio.Event()
        self.go.set()

    async def send(self, message: Message) -> Receipt:
        self.now += 1
        self.most = max(self.most, self.now)
        await self.go.wait()
        await asyncio.sleep(0)
        self.now -= 1
        self.sent.append(message.uid)
        if len(self.sent) == self.expected:
            self.enough.set()
        return Receipt()


async def test_one_step_sends_a_backlog_a_few_at_once(database: Database, clock: Clock) -> None:
    channel = Counting()
    channel.expected = 25
    queue(database, "hook", count=25)
    sender = sender_of(database, clock, {"hook": channel}, per_channel=4)
    assert await sender.step() == 4
    async with asyncio.timeout(60):
        await channel.enough.wait()
    await sender.drain(PATIENCE)
    assert channel.most == 4
    assert len(set(channel.sent)) == 25
    assert {row.state for row in rows(database)} == {NotificationState.SENT}


class Slow(Channel):
    """A channel that takes its time, and notes for how long what it sends is claimed yet."""

    at_once = 1

    def __init__(self, database: Database, clock: Clock, takes: timedelta) -> None:
        self.database, self.clock, self.takes = database, clock, takes
        self.left: list[timedelta] = []
        self.enough = asyncio.Event()

    async def send(self, message: Message) -> Receipt:
        (row,) = (row for row in rows(self.database) if row.uid == message.uid)
        assert row.lease_until is not None
        self.left.append(row.lease_until - self.clock.now)
        self.clock.now += self.takes
        if len(self.left) == 5:
            self.enough.set()
        return Receipt()


async def test_what_is_claimed_ahead_is_claimed_anew_before_its_lease_could_end_while_it_is_sent(
    database: Database, clock: Clock
) -> None:
    queue(database, "slow", count=5)
    channel = Slow(database, clock, takes=MINUTE)
    sender = sender_of(database, clock, {"slow": channel}, ahead=5)
    assert await sender.step() == 1
    async with asyncio.timeout(60):
        await channel.enough.wait()
    await sender.drain(PATIENCE)
    assert len(channel.left) == 5
    assert min(channel.left) > TIMEOUT
    assert max(channel.left) == LEASE


async def test_a_channel_sends_no_more_at_once_than_it_says(database: Database, clock: Clock) -> None:
    class OneByOne(Counting):
        at_once = 1

    channel = OneByOne()
    queue(database, "hook", count=3)
    sender = sender_of(database, clock, {"hook": channel}, per_channel=4)
    await send_all(sender)
    assert (channel.most, len(channel.sent)) == (1, 3)


async def test_a_channel_that_hangs_holds_up_no_other(database: Database, clock: Clock) -> None:
    dead, alive = Counting(), Counting()
    dead.go.clear()
    alive.expected = 20
    queue(database, "dead", "alive", count=20)
    sender = sender_of(database, clock, {"dead": dead, "alive": alive}, per_channel=4)
    assert await sender.step() == 8
    async with asyncio.timeout(60):
        await alive.enough.wait()
    assert (dead.now, dead.sent) == (4, [])
    queue(database, "dead", "alive")
    alive.enough.clear()
    alive.expected += 1
    async with asyncio.timeout(60):
        while not alive.enough.is_set():
            await sender.step()
            await asyncio.sleep(0)
    assert dead.now == 4
    await sender.close()


async def test_draining_finishes_what_is_under_way_and_takes_nothing_more(
    database: Database, clock: Clock
) -> None:
    channel = Counting()
    channel.go.clear()
    queue(database, "hook", count=10)
    sender = sender_of(database, clock, {"hook": channel}, per_channel=2)
    await sender.step()
    draining = asyncio.create_task(sender.drain(PATIENCE))
    await asyncio.sleep(0)
    channel.go.set()
    await draining
    assert len(channel.sent) == 2
    assert [row.state for row in rows(database)] == [NotificationState.SENT] * 2 + [
        NotificationState.QUEUED
    ] * 8


async def test_draining_waits_no_longer_than_asked(database: Database, clock: Clock) -> None:
    channel = Counting()
    channel.go.clear()
    queue(database, "hook")
    sender = sender_of(database, clock, {"hook": channel})
    await sender.step()
    await sender.drain(timedelta(milliseconds=1))
    assert channel.sent == []
    await sender.close()


async def test_what_a_dead_process_was_sending_is_sent_again_under_the_same_id(
    database: Database, clock: Clock
) -> None:
    receiver = Receiver(hangs=True)
    queue(database, "hook")
    async with serving(receiver) as url:
        channels = {"hook": hook(url, clock)}
        dying = sender_of(database, clock, channels)
        await dying.step()
        async with asyncio.timeout(60):
            await receiver.arrived.wait()
        await dying.close()
        receiver.hangs = False
        heir = sender_of(database, clock, channels, owner="machine:2:b")
        assert await heir.step() == 0
        clock.advance(LEASE)
        assert await send_all(heir) == 1
    (row,) = rows(database)
    assert (row.state, row.attempts) == (NotificationState.SENT, 1)
    assert [headers["webhook-id"] for headers, _ in receiver.requests] == [row.uid, row.uid]


async def test_an_attempt_that_is_not_recorded_is_made_again(database: Database, clock: Clock) -> None:
    receiver = Receiver()
    queue(database, "hook")
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)})
        with database.write() as session:
            session.connection().exec_driver_sql("ALTER TABLE attempt RENAME TO attempt_away")
        with capture_logs() as logs:
            assert await sender.step() == 1
            await sender.drain(PATIENCE)
        assert [row.state for row in rows(database)] == [NotificationState.SENDING]
        assert any("could not be recorded" in entry["event"] for entry in logs)
        with database.write() as session:
            session.connection().exec_driver_sql("ALTER TABLE attempt_away RENAME TO attempt")
        clock.advance(LEASE)
        await send_all(sender)
    assert [row.state for row in rows(database)] == [NotificationState.SENT]
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1


async def test_what_was_sent_while_the_database_failed_is_recorded_and_not_sent_again(
    sqlite_database: Database, clock: Clock
) -> None:
    receivers = {"good": Receiver(), "bad": Receiver(500)}
    queue(sqlite_database, "good", "bad")
    async with serving(receivers["good"]) as good, serving(receivers["bad"]) as bad:
        channels = {"good": hook(good, clock), "bad": hook(bad, clock)}
        sender = sender_of(sqlite_database, clock, channels)
        with sqlite_database.write() as session:
            session.connection().exec_driver_sql("ALTER TABLE attempt RENAME TO attempt_away")
        await sender.step()
        await sender.drain(PATIENCE)
        assert await sender.step() == 0
        assert [row.state for row in rows(sqlite_database)] == [NotificationState.SENDING] * 2
        with sqlite_database.write() as session:
            session.connection().exec_driver_sql("ALTER TABLE attempt_away RENAME TO attempt")
        assert await sender.step() == 0
    assert [row.state for row in rows(sqlite_database)] == [NotificationState.SENT, NotificationState.QUEUED]
    assert sorted(attempt.status or 0 for attempt in attempts(sqlite_database)) == [204, 500]
    assert [len(receiver.requests) for receiver in receivers.values()] == [1, 1]


async def test_a_channel_without_settings_waits_and_is_told_of_once(database: Database, clock: Clock) -> None:
    receiver = Receiver()
    queue(database, "removed", "hook", count=2)
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)})
        with capture_logs() as logs:
            await send_all(sender)
            await sender.step()
    states = [row.state for row in rows(database)]
    assert states == [NotificationState.QUEUED, NotificationState.SENT] * 2
    assert [entry["channel"] for entry in logs if entry["log_level"] == "warning"] == ["removed"]


async def test_what_can_not_be_read_fails_alone_with_the_reason(database: Database, clock: Clock) -> None:
    receiver = Receiver()
    queue(database, "hook", count=3)
    with database.write() as session:
        session.exec(select(Notification).order_by(col(Notification.id))).all()[1].payload = {
            "alert_id": "not a number"
        }
    async with serving(receiver) as url:
        await send_all(sender_of(database, clock, {"hook": hook(url, clock)}))
    assert [row.state for row in rows(database)] == [
        NotificationState.SENT,
        NotificationState.FAILED,
        NotificationState.SENT,
    ]
    assert "can't be read" in trouble_words(rows(database)[1].last_error)
    assert len(attempts(database)) == 3


class Poisoned(Channel):
    """A channel with a fault of its own."""

    async def send(self, message: Message) -> Receipt:
        raise LookupError(f"no template\x00 for {message.kind}")


async def test_a_fault_of_a_channel_is_a_dead_letter_and_no_crash(database: Database, clock: Clock) -> None:
    queue(database, "odd", count=2)
    with capture_logs():
        await send_all(sender_of(database, clock, {"odd": Poisoned()}))
    assert {(row.state, row.last_error) for row in rows(database)} == {
        (
            NotificationState.FAILED,
            Trouble(
                "attempt-broke", {"error": "LookupError", "detail": "no template\ufffd for alert.created"}
            ),
        )
    }


async def test_an_attempt_has_an_end_whatever_the_channel_does(database: Database, clock: Clock) -> None:
    queue(database, "press-desk")
    async with scripted_server() as port:
        config = EmailConfig(("desk@example.org",), "alerts@example.org", "127.0.0.1", port, "none")
        channels = {"press-desk": EmailChannel(config)}
        await send_all(sender_of(database, clock, channels, timeout=timedelta(milliseconds=50)))
    (row,) = rows(database)
    assert (row.state, row.last_error) == (
        NotificationState.QUEUED,
        Trouble("attempt-timeout", {"seconds": 0.05}),
    )


async def test_neither_secrets_nor_bodies_are_logged(database: Database, clock: Clock) -> None:
    receiver = Receiver(500, b"the answer's body")
    queue(database, "hook")
    async with serving(receiver) as url:
        with capture_logs() as logs:
            sender = sender_of(database, clock, {"hook": hook(url + "/token", clock)})
            await send_all(sender)
            clock.advance(MINUTE)
            receiver.status = 200
            await send_all(sender)
    told = str(logs)
    assert [entry["event"] for entry in logs] == [
        "notification not sent; it is tried again",
        "notification sent",
    ]
    assert rows(database)[0].uid in told
    assert not [secret for secret in (SECRET, "token", "Bourita", "answer's body") if secret in told]


async def test_a_digest_comes_in_its_time_and_ends_its_members(database: Database, clock: Clock) -> None:
    receiver = Receiver()
    queue(database, "hook", count=2, send="08:00 UTC")
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)})
        clock.now = MORNING - SECOND
        queue(database, "hook", now=clock.now)
        assert await send_all(sender) == 0
        clock.now = MORNING
        queue(database, "hook", now=clock.now)
        assert await send_all(sender) == 1
        assert await send_all(sender) == 0
    (headers, body), *more = receiver.requests
    assert more == []
    told = json.loads(body)
    assert told["type"] == "digest"
    assert told["timestamp"] == "2026-03-03T08:00:00Z"
    assert [alert["alert_id"] for alert in told["data"]["watch_lists"][0]["alerts"]] == [1, 2, 3]
    first, second, third, tomorrow, digest = rows(database)
    assert (digest.kind, digest.state, digest.uid) == (
        NotificationKind.DIGEST,
        NotificationState.SENT,
        headers["webhook-id"],
    )
    assert {(row.state, row.digest_id, row.sent_at) for row in (first, second, third)} == {
        (NotificationState.SENT, digest.id, MORNING)
    }
    assert (tomorrow.state, tomorrow.due_at) == (NotificationState.QUEUED, MORNING + timedelta(days=1))


async def test_no_digest_is_sent_where_there_is_nothing_to_tell(database: Database, clock: Clock) -> None:
    with database.write() as session:
        add_channel(session, "hook", send="hourly")
    receiver = Receiver()
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)})
        clock.now = MORNING
        assert await send_all(sender) == 0
    assert receiver.requests == []


async def test_a_digest_missed_while_the_service_was_down_comes_once(
    database: Database, clock: Clock
) -> None:
    receiver = Receiver()
    queue(database, "hook", count=2, send="hourly")
    clock.now = START + timedelta(days=2, minutes=10)
    async with serving(receiver) as url:
        assert await send_all(sender_of(database, clock, {"hook": hook(url, clock)})) == 1
    assert len(receiver.requests) == 1


async def test_a_digest_that_fails_is_tried_again_as_it_is(database: Database, clock: Clock) -> None:
    receiver = Receiver(500)
    queue(database, "hook", count=2, send="hourly")
    clock.now = START + timedelta(hours=1)
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)})
        await send_all(sender)
        receiver.status = 204
        clock.advance(5 * SECOND)
        await send_all(sender)
    assert len({(headers["webhook-id"], body) for headers, body in receiver.requests}) == 1
    assert [row.state for row in rows(database)] == [NotificationState.SENT] * 3


async def test_a_digest_whose_process_died_is_sent_by_the_next_under_the_same_id(
    database: Database, clock: Clock
) -> None:
    receiver = Receiver(hangs=True)
    queue(database, "hook", count=2, send="hourly")
    clock.now = START + timedelta(hours=1)
    async with serving(receiver) as url:
        channels = {"hook": hook(url, clock)}
        dying = sender_of(database, clock, channels)
        await dying.step()
        async with asyncio.timeout(60):
            await receiver.arrived.wait()
        await dying.close()
        receiver.hangs = False
        clock.advance(LEASE)
        assert await send_all(sender_of(database, clock, channels, owner="machine:2:b")) == 1
    assert len({(headers["webhook-id"], body) for headers, body in receiver.requests}) == 1
    assert [row.state for row in rows(database)] == [NotificationState.SENT] * 3


async def test_a_long_digest_says_how_many_more_there_are(database: Database, clock: Clock) -> None:
    receiver = Receiver()
    queue(database, "hook", count=DIGEST_MAX + 40, send="hourly")
    clock.now = START + timedelta(hours=1)
    async with serving(receiver) as url:
        await send_all(sender_of(database, clock, {"hook": hook(url, clock)}))
    (body,) = [json.loads(body) for _, body in receiver.requests]
    assert [len(part["alerts"]) for part in body["data"]["watch_lists"]] == [DIGEST_MAX]
    assert body["data"]["more"] == 40
    assert {row.state for row in rows(database)} == {NotificationState.SENT}


async def test_a_digest_leaves_out_what_can_not_be_read(database: Database, clock: Clock) -> None:
    receiver = Receiver()
    queue(database, "hook", count=2, send="hourly")
    with database.write() as session:
        session.exec(select(Notification)).all()[0].payload = {}
    clock.now = START + timedelta(hours=1)
    async with serving(receiver) as url:
        with capture_logs() as logs:
            await send_all(sender_of(database, clock, {"hook": hook(url, clock)}))
    assert [row.state for row in rows(database)] == [
        NotificationState.FAILED,
        NotificationState.SENT,
        NotificationState.SENT,
    ]
    assert any(entry["log_level"] == "error" for entry in logs)


async def test_a_channel_changed_to_immediate_sends_what_was_to_come_in_a_digest(
    database: Database, clock: Clock
) -> None:
    receiver = Receiver()
    queue(database, "hook", count=2, send="hourly")
    with database.write() as session:
        session.exec(select(ChannelRow)).one().send = "immediate"
    clock.now = START + timedelta(hours=1)
    async with serving(receiver) as url:
        await send_all(sender_of(database, clock, {"hook": hook(url, clock)}))
    assert [json.loads(body)["type"] for _, body in receiver.requests] == ["alert.created"] * 2
    for headers, body in receiver.requests:
        assert json.loads(body)["data"]
        assert headers["webhook-id"] != UID
    assert {row.state for row in rows(database)} == {NotificationState.SENT}


async def test_what_is_sent_verifies_with_the_librarys_own_verifier(database: Database) -> None:
    receiver = Receiver()
    queue(database, "hook")
    clock = Clock(datetime.now(UTC))
    async with serving(receiver) as url:
        await send_all(sender_of(database, clock, {"hook": hook(url, clock)}))
    headers, body = receiver.requests[0]
    assert Webhook(SECRET).verify(body, headers)["type"] == "alert.created"
