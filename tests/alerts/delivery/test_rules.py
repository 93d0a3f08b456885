"""Where, when and whether, on real receivers: bursts, quiet hours, caps, pace, rest, routes, silences, fallbacks."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select
from structlog.testing import capture_logs

from alerts.delivery.channels.base import Channel
from alerts.delivery.channels.email.sending import EmailChannel, EmailConfig
from alerts.delivery.outbox import PROBE, claim_due, mute_waiting
from alerts.delivery.pace import DAYS_OF_FAILURE, FAILURES, FIRST_REST
from alerts.delivery.payload import StoryFacts
from alerts.delivery.routing import Conditions
from alerts.delivery.sender import LEASE
from service.troubles import trouble_words
from storage.engine import Database
from storage.rows import id_of
from storage.stores.alerts.silences import end_silence, list_silences
from storage.stores.outbox.channels import unsubscribe
from storage.stores.outbox.deliveries import send_again
from storage.stores.outbox.notifications import OFTEN_STRANDED
from storage.tables import (
    ChannelRow,
    Notification,
    NotificationKind,
    NotificationState,
    Silence,
    WatchListChannel,
)
from tests.alerts.delivery.http_server import Receiver, serving
from tests.alerts.delivery.rows import add_alert, add_channel, alert_on, enqueue
from tests.alerts.delivery.samples import alert_data
from tests.alerts.delivery.smtp_server import Mailbox, mail_server
from tests.alerts.delivery.test_sender import attempts, hook, queue, rows, send_all, sender_of
from tests.conftest import START, Clock
from tests.databases import on_both

pytestmark = on_both

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
QUEUED, SENT = NotificationState.QUEUED, NotificationState.SENT
SUPPRESSED, FAILED = NotificationState.SUPPRESSED, NotificationState.FAILED


def add(database: Database, name: str = "hook", *, type_: str = "webhook", **columns: Any) -> int:  # noqa: ANN401
    """Add a channel with these rules (or columns)."""
    rules = {key: columns.pop(key) for key in list(columns) if key not in ChannelRow.model_fields}
    with database.write() as session:
        channel_id = add_channel(session, name, type_=type_)
        row = session.get_one(ChannelRow, channel_id)
        row.rules = rules
        for key, value in columns.items():
            setattr(row, key, value)
    return channel_id


def channel_row(database: Database, name: str = "hook") -> ChannelRow:
    with database.read() as session:
        return session.exec(select(ChannelRow).where(ChannelRow.name == name)).one()


def kinds(receiver: Receiver) -> list[str]:
    return [json.loads(body)["type"] for _, body in receiver.requests]


def states(database: Database) -> list[NotificationState]:
    return [row.state for row in rows(database)]


async def test_a_burst_is_one_message(database: Database, clock: Clock) -> None:
    add(database, group_wait=30)
    receiver = Receiver()
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)})
        queue(database, "hook", now=clock.now)
        clock.advance(10 * SECOND)
        queue(database, "hook", count=2, now=clock.now)
        assert {row.due_at for row in rows(database)} == {START + 30 * SECOND}
        assert await send_all(sender) == 0
        clock.now = START + 30 * SECOND
        await send_all(sender)
        assert kinds(receiver) == ["digest"]
        clock.advance(MINUTE)
        queue(database, "hook", now=clock.now)
        clock.advance(30 * SECOND)
        await send_all(sender)
    assert kinds(receiver) == ["digest", "alert.created"]


async def test_quiet_hours_hold_everything_back_and_end_in_one_message(
    database: Database, clock: Clock
) -> None:
    add(database, quiet=["22:00-07:00 Africa/Casablanca"])
    receiver = Receiver()
    clock.now = datetime(2026, 4, 2, 22, 30, tzinfo=UTC)
    morning = datetime(2026, 4, 3, 6, 0, tzinfo=UTC)
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)})
        queue(database, "hook", count=3, now=clock.now)
        assert await send_all(sender) == 0
        assert {row.due_at for row in rows(database)} == {morning}
        clock.now = morning
        await send_all(sender)
    assert kinds(receiver) == ["digest"]


async def test_a_retry_that_falls_into_quiet_hours_waits(database: Database, clock: Clock) -> None:
    add(database, quiet=["22:00-07:00 UTC"])
    receiver = Receiver(500)
    clock.now = datetime(2026, 4, 2, 21, 59, 58, tzinfo=UTC)
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)})
        queue(database, "hook", now=clock.now)
        await send_all(sender)
        clock.advance(10 * SECOND)
        await send_all(sender)
        (row,) = rows(database)
        assert row.due_at == datetime(2026, 4, 3, 7, 0, tzinfo=UTC)
    assert len(receiver.requests) == 1


async def test_over_the_cap_the_rest_of_the_hour_comes_as_a_digest(database: Database, clock: Clock) -> None:
    add(database, max_per_hour=3)
    receiver = Receiver()
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)}, per_channel=1)
        queue(database, "hook", count=5)
        await send_all(sender)
        queue(database, "hook", count=2)
        await send_all(sender)
        assert kinds(receiver) == ["alert.created"] * 3
        clock.now = START + HOUR
        await send_all(sender)
    assert kinds(receiver) == ["alert.created"] * 3 + ["digest"]
    digest = json.loads(receiver.requests[-1][1])
    assert sum(len(part["alerts"]) for part in digest["data"]["watch_lists"]) == 4


async def test_the_pace_is_kept_over_steps_and_senders(database: Database, clock: Clock) -> None:
    add(database, max_per_minute=6)
    receiver = Receiver()
    async with serving(receiver) as url:
        queue(database, "hook", count=4)
        for seconds, sent in [(0, 1), (5, 1), (10, 2), (15, 2), (20, 3)]:
            clock.now = START + seconds * SECOND
            await send_all(sender_of(database, clock, {"hook": hook(url, clock)}))
            assert len(receiver.requests) == sent


async def test_an_empty_digest_is_sent_only_where_it_is_asked_for(database: Database, clock: Clock) -> None:
    hour = START + HOUR
    add(database, "asked", send="hourly", send_empty=True, digest_due_at=hour)
    add(database, "not-asked", send="hourly")
    receiver = Receiver()
    async with serving(receiver) as url:
        channels = {name: hook(url, clock) for name in ("asked", "not-asked")}
        sender = sender_of(database, clock, channels)
        assert await send_all(sender) == 0
        clock.now = hour + 3 * HOUR  # the service was down: it comes once
        await send_all(sender)
    (told,) = [json.loads(body) for _, body in receiver.requests]
    assert (told["type"], told["data"]["watch_lists"], told["data"]["more"]) == ("digest", [], 0)
    assert channel_row(database, "asked").digest_due_at == clock.now + HOUR


def test_one_at_a_time_is_tried_on_a_channel_that_rested(database: Database) -> None:
    queue(database, "hook", count=3)
    with database.write() as session:
        channel = session.get_one(ChannelRow, 1)
        channel.failures, channel.failing_since, channel.rests_until = FAILURES, START - HOUR, START

    def claimed(now: datetime, owner: str) -> int:
        with database.write() as session:
            return len(claim_due(session, channel_id=1, now=now, owner=owner, lease=LEASE, limit=64))

    assert claimed(START, "a") == 1
    assert claimed(START, "b") == 0, "another process tries none beside it"
    assert claimed(START + PROBE - SECOND, "a") == 0, "nor does this one, until it knows what came of it"
    assert claimed(START + PROBE, "a") == 1


async def test_a_channel_that_fails_all_the_time_rests_and_one_success_opens_it(
    database: Database, clock: Clock
) -> None:
    receiver = Receiver(503)
    queue(database, "hook", count=20)
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)}, per_channel=1)
        await send_all(sender)
        assert len(receiver.requests) == FAILURES
        assert channel_row(database).rests_until == START + FIRST_REST
        clock.advance(FIRST_REST)
        await send_all(sender)
        assert len(receiver.requests) == FAILURES + 1
        assert channel_row(database).rests_until == clock.now + 2 * FIRST_REST
        receiver.status = 204
        clock.advance(2 * FIRST_REST)
        await send_all(sender)
    assert channel_row(database).failures == 0
    assert set(states(database)) == {SENT}
    assert sum(row.attempts for row in rows(database)) == 20 + FAILURES + 1


async def test_retry_after_holds_for_the_whole_channel(database: Database, clock: Clock) -> None:
    receiver = Receiver(429, b"", {"Retry-After": "120"})
    queue(database, "hook", count=3)
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)}, per_channel=1)
        await send_all(sender)
        clock.advance(119 * SECOND)
        await send_all(sender)
        assert len(receiver.requests) == 1
        receiver.status, receiver.headers = 204, {}
        clock.advance(SECOND)
        await send_all(sender)
    assert set(states(database)) == {SENT}


@pytest.mark.parametrize("status", [404, 500], ids=["refuses everything", "is broken"])
async def test_a_webhook_that_took_nothing_for_days_is_switched_off_and_told_of(
    database: Database, clock: Clock, status: int
) -> None:
    receiver, mailbox = Receiver(status), Mailbox()
    add(database, "desk", type_="email")
    async with serving(receiver) as url, mail_server(mailbox) as port:
        mail = EmailChannel(EmailConfig(("desk@example.org",), "a@example.org", "127.0.0.1", port, "none"))
        sender = sender_of(database, clock, {"hook": hook(url, clock), "desk": mail})
        with capture_logs():
            while channel_row_or_none(database) is None or channel_row(database).active:
                queue(database, "hook", now=clock.now)
                await send_all(sender)
                clock.advance(12 * HOUR)
        assert clock.now - START == DAYS_OF_FAILURE + 12 * HOUR
        await send_all(sender)
    assert f"took nothing for {DAYS_OF_FAILURE.days} days" in trouble_words(
        channel_row(database).disabled_reason
    )
    assert len(mailbox.received) == 1
    assert b"The channel hook was switched off" in mailbox.received[0]


def channel_row_or_none(database: Database) -> ChannelRow | None:
    with database.read() as session:
        return session.exec(select(ChannelRow).where(ChannelRow.name == "hook")).first()


async def test_a_dead_channels_fallback_is_told_once_and_the_channel_still_gets_its_own(
    database: Database, clock: Clock
) -> None:
    second = add(database, "second")
    add(database, fallback_id=second, fallback_after=900)
    dead, alive = Receiver(500), Receiver()
    async with serving(dead) as bad, serving(alive) as good:
        sender = sender_of(database, clock, {"hook": hook(bad, clock), "second": hook(good, clock)})
        queue(database, "hook", count=2)
        await send_all(sender)
        clock.advance(14 * MINUTE)
        await send_all(sender)
        assert alive.requests == []
        clock.advance(2 * MINUTE)
        await send_all(sender)
        await send_all(sender)
        assert kinds(alive) == ["alert.created"] * 2
        dead.status = 204
        clock.advance(12 * HOUR)
        await send_all(sender)
    assert len(alive.requests) == 2
    assert set(states(database)) == {SENT}


async def test_what_is_given_up_goes_to_the_fallback(database: Database, clock: Clock) -> None:
    second = add(database, "second")
    add(database, fallback_id=second)
    dead, alive = Receiver(404), Receiver()
    async with serving(dead) as bad, serving(alive) as good:
        sender = sender_of(database, clock, {"hook": hook(bad, clock), "second": hook(good, clock)})
        queue(database, "hook")
        await send_all(sender)
    assert states(database) == [FAILED, SENT]
    assert kinds(alive) == ["alert.created"]


@pytest.mark.parametrize(
    ("conditions", "told"),
    [
        pytest.param({}, True, id="none"),
        pytest.param({"languages": ["en"]}, True, id="language"),
        pytest.param({"languages": ["ar", "fr"]}, False, id="another language"),
        pytest.param({"outlets": ["example gazette"]}, True, id="outlet, whatever the case"),
        pytest.param({"countries": ["ES"]}, False, id="another country"),
        pytest.param({"min_score": 60}, True, id="relevant enough"),
        pytest.param({"min_score": 61}, False, id="not relevant enough"),
        pytest.param({"actors": ["Nasser Bourita"], "languages": ["en"]}, True, id="two that hold"),
        pytest.param({"actors": ["Nasser Bourita"], "languages": ["ar"]}, False, id="two, one does not hold"),
        pytest.param({"actors": ["Staffan de Mistura"]}, False, id="another actor"),
        pytest.param({"min_score": 61, "languages": ["en"], "any": True}, True, id="one of two is enough"),
        pytest.param({"min_score": 61, "languages": ["ar"], "any": True}, False, id="none of two"),
        pytest.param({"any": True}, True, id="one of none"),
        pytest.param({"spikes": True}, False, id="no spike"),
        pytest.param({"new": True}, True, id="new"),
        pytest.param({"rest": True}, True, id="the rest, where nobody else is told"),
        pytest.param({"moons": 3}, True, id="not readable: better one too many"),
    ],
)
def test_a_route_is_told_what_fits_its_conditions(
    database: Database, conditions: dict[str, object], told: bool
) -> None:
    channel = add(database)
    with database.write() as session, capture_logs():
        alert_id = add_alert(session)
        session.add(WatchListChannel(watch_list_id=1, channel_id=channel, conditions=conditions))
        session.flush()
        data = alert_data(alert_id=alert_id, score=60)
        added = enqueue(session, alert_id=alert_id, channel_ids=[channel], data=data, now=START)
    assert bool(added) is told


@pytest.mark.parametrize(
    ("urgent", "kind", "told"),
    [
        pytest.param({"min_score": 60}, NotificationKind.ALERT_CREATED, "urgent", id="urgent"),
        pytest.param({"min_score": 61}, NotificationKind.ALERT_CREATED, "digest", id="not urgent"),
        pytest.param({"new": True}, NotificationKind.ALERT_CREATED, "urgent", id="new"),
        pytest.param({"new": True}, NotificationKind.ALERT_UPDATED, "digest", id="update"),
    ],
)
def test_the_rest_goes_to_the_digest(
    database: Database, urgent: dict[str, object], kind: NotificationKind, told: str
) -> None:
    channels = {name: add(database, name) for name in ("urgent", "digest")}
    with database.write() as session:
        alert_id = add_alert(session)
        for name, conditions in (("urgent", urgent), ("digest", {"rest": True})):
            session.add(WatchListChannel(watch_list_id=1, channel_id=channels[name], conditions=conditions))
        session.flush()
        data = alert_data(alert_id=alert_id, score=60)
        numbers = list(channels.values())
        (row,) = enqueue(session, alert_id=alert_id, channel_ids=numbers, data=data, now=START, kind=kind)
        assert row.channel_id == channels[told]


def test_a_spike_is_told_by_its_reason() -> None:
    spike = alert_data().model_copy(update={"story": StoryFacts(reason="4 times as many as usual")})
    assert Conditions(spikes=True).hold(spike)
    assert Conditions(spikes=True, min_score=99, any=True).hold(spike)
    assert not Conditions(spikes=True, min_score=99).hold(spike)


def silence(database: Database, **columns: Any) -> int:  # noqa: ANN401
    with database.write() as session:
        row = Silence(starts_at=START, ends_at=START + HOUR, reason="holiday", **columns)
        session.add(row)
        session.flush()
        return id_of(row)


@pytest.mark.parametrize(
    ("columns", "muted"),
    [
        pytest.param([{"watch_list_id": 1}], True, id="watch list"),
        pytest.param([{"outlet_id": 1}], True, id="outlet"),
        pytest.param([{"story_id": 2}], True, id="story"),
        pytest.param([{"story_id": 1}], False, id="another story"),
        pytest.param([{"watch_list_id": 1, "story_id": 1}], False, id="one part does not fit"),
        pytest.param([{"actor": "Nasser Bourita"}], False, id="one of two names"),
        pytest.param([{"actor": "nasser bourita"}, {"actor": "Autonomy plan"}], True, id="every name"),
    ],
)
async def test_a_silence_mutes_what_fits_and_keeps_it_visible(
    database: Database, clock: Clock, columns: list[dict[str, object]], muted: bool
) -> None:
    queue(database, "hook", count=2)  # queued before the silence
    ids = [silence(database, **one) for one in columns]
    queue(database, "hook")
    receiver = Receiver()
    async with serving(receiver) as url:
        await send_all(sender_of(database, clock, {"hook": hook(url, clock)}))
    assert rows(database)[1].state is (SUPPRESSED if muted else SENT)
    if muted:
        assert rows(database)[1].silence_id in ids
        with database.write() as session:
            counted = list_silences(session, now=START)
            assert sum(item.suppressed for item in counted) == states(database).count(SUPPRESSED)
            assert end_silence(session, ids[0], now=START)
            assert not end_silence(session, ids[0], now=START)


async def test_a_silence_mutes_what_waits_and_ends_by_itself(database: Database, clock: Clock) -> None:
    queue(database, "hook", count=2, send="hourly")
    silence(database, watch_list_id=1)
    with database.write() as session:
        assert mute_waiting(session, now=START) == 2
    assert states(database) == [SUPPRESSED, SUPPRESSED]
    clock.now = START + HOUR
    queue(database, "hook", now=clock.now)
    assert states(database) == [SUPPRESSED, SUPPRESSED, QUEUED]
    with database.write() as session:
        assert send_again(session, 1, now=clock.now)
    receiver = Receiver()
    async with serving(receiver) as url:
        await send_all(sender_of(database, clock, {"hook": hook(url, clock)}))
    assert kinds(receiver) == ["digest"]
    assert states(database)[0] is SENT


async def test_recipients_who_have_it_are_left_out_of_the_next_attempt(
    database: Database, clock: Clock
) -> None:
    mailbox = Mailbox(replies={"night@example.org": "450 greylisted", "gone@example.org": "550 no"})
    to = ("desk@example.org", "night@example.org", "gone@example.org", "left@example.org")
    with database.write() as session:
        channel = add_channel(session, "desk", type_="email")
        unsubscribe(session, channel, "Left@example.org", now=START)
    queue(database, "desk")
    async with mail_server(mailbox) as port:
        channels: dict[str, Channel] = {
            "desk": EmailChannel(EmailConfig(to, "a@example.org", "127.0.0.1", port, "none"))
        }
        sender = sender_of(database, clock, channels)
        await send_all(sender)
        assert states(database) == [QUEUED]
        assert channel_row(database, "desk").failures == 0  # it works: somebody has it
        mailbox.replies["night@example.org"] = "250 OK"
        clock.advance(5 * SECOND)
        await send_all(sender)
    assert mailbox.recipients == [["desk@example.org"], ["night@example.org"]]
    (row,) = rows(database)
    assert row.state is SENT
    assert {who: said[0] for who, said in row.recipients.items()} == {
        "desk@example.org": 250,
        "night@example.org": 250,
        "gone@example.org": 550,
    }
    assert [attempt.number for attempt in attempts(database)] == [1, 2]


async def test_mailbox_that_refuses_for_days_keeps_nobody_from_their_mail(
    database: Database, clock: Clock
) -> None:
    mailbox = Mailbox(replies={"full@example.org": "451 mailbox is full"})
    add(database, "desk", type_="email")
    async with mail_server(mailbox) as port:
        config = EmailConfig(
            ("desk@example.org", "full@example.org"), "a@example.org", "127.0.0.1", port, "none"
        )
        sender = sender_of(database, clock, {"desk": EmailChannel(config)})
        for _message in range(2 * FAILURES):
            queue(database, "desk", now=clock.now)
            for _try in range(3):
                await send_all(sender)
                clock.advance(5 * MINUTE)
    has = [who for (who,) in mailbox.recipients]
    assert has.count("desk@example.org") == 2 * FAILURES
    assert "full@example.org" not in has
    channel = channel_row(database, "desk")
    assert (channel.failures, channel.rests_until, channel.active) == (0, None, True)


async def test_one_whose_process_dies_again_and_again_comes_last(database: Database, clock: Clock) -> None:
    queue(database, "hook", count=3)
    with database.write() as session:
        session.get_one(Notification, 1).stranded = OFTEN_STRANDED - 1
        session.get_one(Notification, 1).state = NotificationState.SENDING
        session.get_one(Notification, 1).lease_until = START
    clock.advance(LEASE)
    receiver = Receiver()
    async with serving(receiver) as url:
        await send_all(sender_of(database, clock, {"hook": hook(url, clock)}, per_channel=1))
    assert [json.loads(body)["data"]["alert_id"] for _, body in receiver.requests] == [2, 3, 1]
    assert rows(database)[0].stranded == 0


async def test_a_dead_letter_that_is_queued_again_has_all_its_pauses_before_it(
    database: Database, clock: Clock
) -> None:
    receiver = Receiver(500)
    queue(database, "hook")
    async with serving(receiver) as url:
        sender = sender_of(database, clock, {"hook": hook(url, clock)}, schedule=[MINUTE])
        await send_all(sender)
        clock.advance(MINUTE)
        await send_all(sender)
        assert states(database) == [FAILED]
        with database.write() as session:
            assert send_again(session, id_of(rows(database)[0]), now=clock.now)
        await send_all(sender)
        (row,) = rows(database)
        assert (row.state, row.attempts, row.due_at) == (QUEUED, 3, clock.now + MINUTE)
        receiver.status = 204
        clock.advance(MINUTE)
        await send_all(sender)
    assert states(database) == [SENT]
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1


async def test_an_update_is_told_beside_the_alert_and_once_in_a_digest(
    database: Database, clock: Clock
) -> None:
    receiver = Receiver()
    with database.write() as session:
        channel = add_channel(session, "hook", send="hourly")
        (row,) = alert_on(session, channel)
        assert row.alert_id is not None
        data = alert_data(alert_id=row.alert_id, changes=("a second outlet tells it",))
        kind = NotificationKind.ALERT_UPDATED
        for _ in range(2):
            enqueue(session, alert_id=row.alert_id, channel_ids=[channel], data=data, now=START, kind=kind)
    assert len(rows(database)) == 3
    clock.now = START + HOUR
    async with serving(receiver) as url:
        await send_all(sender_of(database, clock, {"hook": hook(url, clock)}))
    (told,) = [json.loads(body)["data"]["watch_lists"] for _, body in receiver.requests]
    assert [alert["changes"] for alert in told[0]["alerts"]] == [["a second outlet tells it"]]
