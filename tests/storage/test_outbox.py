"""The outbox: what is due, claims, digests, and the states that follow from attempts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from storage.engine import Database
from storage.rows import id_of
from storage.stores.outbox.attempts import Tried, fail, record_attempt, record_sent
from storage.stores.outbox.channels import disable_channel
from storage.stores.outbox.deliveries import send_again, send_dead_again
from storage.stores.outbox.notifications import (
    DueChannel,
    NotificationClaim,
    claim_notifications,
    due_channels,
    give_back,
    release_stranded,
)
from storage.stores.outbox.sending_channels import SendingChannel, lock_channel
from storage.stores.outbox.waiting import add_digest, due_alerts
from storage.tables import (
    Attempt,
    AttemptOutcome,
    ChannelRow,
    Notification,
    NotificationKind,
    NotificationState,
)
from storage.troubles import Trouble, note
from tests.conftest import START

LEASE = timedelta(minutes=5)
SECOND = timedelta(seconds=1)
SENT, RETRY, FAILED = AttemptOutcome
WHY = note("why")


def add_channel(session: Session, name: str = "press-desk", *, active: bool = True) -> ChannelRow:
    channel = ChannelRow(name=name, type="email", active=active, created_at=START)
    session.add(channel)
    session.flush()
    return channel


def add(
    session: Session,
    channel: ChannelRow,
    uid: str,
    *,
    due: datetime = START,
    state: NotificationState = NotificationState.QUEUED,
    kind: NotificationKind = NotificationKind.ALERT_CREATED,
) -> Notification:
    row = Notification(
        uid=uid,
        channel_id=id_of(channel),
        kind=kind,
        state=state,
        payload={"uid": uid},
        created_at=START,
        due_at=due,
    )
    session.add(row)
    session.flush()
    return row


def claim(
    session: Session, channel: ChannelRow, now: datetime = START, *, owner: str = "a", limit: int = 10
) -> list[NotificationClaim]:
    locked = sending(session, id_of(channel))
    return claim_notifications(session, locked, now=now, owner=owner, lease=LEASE, limit=limit)


def sending(session: Session, channel_id: int) -> SendingChannel:
    channel = lock_channel(session, channel_id)
    assert channel is not None
    return channel


def due(session: Session, channel: ChannelRow, *, limit: int = 10) -> list[str]:
    return [one.uid for one in due_alerts(session, id_of(channel), now=START, limit=limit)]


def tried(
    outcome: AttemptOutcome,
    *,
    next_due: datetime | None = None,
    error: Trouble | None = None,
    ended: datetime = START + SECOND,
) -> Tried:
    return Tried(
        started_at=START,
        ended_at=ended,
        duration=timedelta(milliseconds=1234.4),
        outcome=outcome,
        status=250,
        response="answer",
        error=error,
        next_due=next_due,
    )


def uids(claims: Iterable[NotificationClaim]) -> list[str]:
    return [item.uid for item in claims]


def test_a_claim_holds_what_is_needed_to_send_and_comes_once(database: Database) -> None:
    with database.write() as session:
        channel = add_channel(session)
        row = add(session, channel, "one")
        assert claim(session, channel) == [
            NotificationClaim(
                notification_id=id_of(row),
                channel_id=id_of(channel),
                channel="press-desk",
                uid="one",
                kind=NotificationKind.ALERT_CREATED,
                payload={"uid": "one"},
                created_at=START,
                attempts=0,
                token=1,
            )
        ]
        assert (row.state, row.lease_owner, row.lease_until) == (
            NotificationState.SENDING,
            "a",
            START + LEASE,
        )
        assert claim(session, channel, owner="b") == []


def test_longest_due_comes_first_and_no_more_than_asked(database: Database) -> None:
    with database.write() as session:
        channel = add_channel(session)
        for number, late in enumerate([1, 3, 2]):
            add(session, channel, str(number), due=START - late * SECOND)
        assert uids(claim(session, channel, limit=2)) == ["1", "2"]


@pytest.mark.parametrize(
    "state", [state for state in NotificationState if state is not NotificationState.QUEUED]
)
def test_only_what_is_queued_is_due(database: Database, state: NotificationState) -> None:
    with database.write() as session:
        channel = add_channel(session)
        add(session, channel, "one", state=state)
        assert claim(session, channel) == []
        assert due_channels(session, now=START) == []


def test_nothing_is_claimed_before_its_time_or_for_another_channel(database: Database) -> None:
    with database.write() as session:
        channel, other = add_channel(session), add_channel(session, "ops-hook")
        add(session, channel, "one", due=START + SECOND)
        assert due_channels(session, now=START) == []
        assert claim(session, channel) == []
        assert due_channels(session, now=START + SECOND) == [DueChannel(id_of(channel), "press-desk", 0)]
        assert claim(session, other, START + SECOND) == []
        assert uids(claim(session, channel, START + SECOND)) == ["one"]


def test_a_channel_that_is_switched_off_is_left(database: Database) -> None:
    with database.write() as session:
        channel = add_channel(session)
        add(session, channel, "one")
        disable_channel(session, id_of(channel), WHY)
        assert due_channels(session, now=START) == []
        assert lock_channel(session, id_of(channel), only_active=True) is None
        assert channel.disabled_reason == WHY


def test_what_is_stranded_is_queued_again_when_its_lease_ends(database: Database) -> None:
    with database.write() as session:
        channel = add_channel(session)
        row = add(session, channel, "one")
        claim(session, channel)
        before, after = START + LEASE - SECOND, START + LEASE
        assert due_channels(session, now=before) == []
        assert release_stranded(session, [id_of(channel)], now=before) == 0
        assert due_channels(session, now=after) == [DueChannel(id_of(channel), "press-desk", 0)]
        assert release_stranded(session, [id_of(channel) + 1], now=after) == 0
        assert release_stranded(session, [id_of(channel)], now=after) == 1
        session.refresh(row)
        assert (row.state, row.lease_owner) == (NotificationState.QUEUED, None)
        assert uids(claim(session, channel, after, owner="b")) == ["one"]


@pytest.mark.parametrize(
    ("outcome", "next_due", "state"),
    [
        pytest.param(SENT, None, NotificationState.SENT, id="sent"),
        pytest.param(RETRY, START + SECOND, NotificationState.QUEUED, id="passing failure"),
        pytest.param(RETRY, None, NotificationState.FAILED, id="passing failure, given up"),
        pytest.param(FAILED, None, NotificationState.FAILED, id="permanent failure"),
    ],
)
def test_states_follow_from_attempts(
    database: Database, outcome: AttemptOutcome, next_due: datetime | None, state: NotificationState
) -> None:
    with database.write() as session:
        channel = add_channel(session)
        row = add(session, channel, "one")
        error = None if outcome is SENT else WHY
        (claimed,) = claim(session, channel)
        assert (
            record_attempt(
                session,
                claimed.notification_id,
                tried(outcome, next_due=next_due, error=error),
                token=claimed.token,
            )
            is state
        )
        assert (row.state, row.attempts, row.last_error) == (state, 1, error)
        assert (row.lease_owner, row.lease_until) == (None, None)
        assert row.due_at == (next_due or START)
        assert row.sent_at == (START + SECOND if outcome is SENT else None)
        attempt = session.exec(select(Attempt)).one()
        assert (attempt.number, attempt.started_at, attempt.duration_ms) == (1, START, 1234)
        assert (attempt.outcome, attempt.status, attempt.response, attempt.error) == (
            outcome,
            250,
            "answer",
            error,
        )


def test_attempts_are_numbered(database: Database) -> None:
    with database.write() as session:
        channel = add_channel(session)
        row = add(session, channel, "one")
        for expected in range(3):
            (claimed,) = claim(session, channel)
            assert claimed.attempts == expected
            record_attempt(
                session, claimed.notification_id, tried(RETRY, next_due=START, error=WHY), token=claimed.token
            )
        (claimed,) = claim(session, channel)
        record_attempt(session, claimed.notification_id, tried(SENT), token=claimed.token)
        assert [attempt.number for attempt in session.exec(select(Attempt).order_by(col(Attempt.id)))] == [
            1,
            2,
            3,
            4,
        ]
        assert row.last_error is None


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        pytest.param(SENT, NotificationState.SENT, id="sent: it is not sent again"),
        pytest.param(RETRY, NotificationState.SENDING, id="failed: the other one decides"),
        pytest.param(FAILED, NotificationState.SENDING, id="failed for good: the other one decides"),
    ],
)
def test_who_lost_the_lease_only_reports_success(
    database: Database, outcome: AttemptOutcome, state: NotificationState
) -> None:
    with database.write() as session:
        channel = add_channel(session)
        row = add(session, channel, "one")
        (slow,) = claim(session, channel)
        release_stranded(session, [id_of(channel)], now=START + LEASE)
        (quick,) = claim(session, channel, START + LEASE, owner="b")
        assert (
            record_attempt(
                session, slow.notification_id, tried(outcome, next_due=START, error=WHY), token=slow.token
            )
            is state
        )
        record_attempt(session, quick.notification_id, tried(SENT, ended=START + LEASE), token=quick.token)
        assert (row.state, row.attempts) == (NotificationState.SENT, 2)
        assert row.sent_at == (START + SECOND if outcome is SENT else START + LEASE)


def test_success_is_not_undone_by_a_late_failure(database: Database) -> None:
    with database.write() as session:
        channel = add_channel(session)
        row = add(session, channel, "one")
        (slow,) = claim(session, channel)
        release_stranded(session, [id_of(channel)], now=START + LEASE)
        (quick,) = claim(session, channel, START + LEASE, owner="b")
        record_attempt(session, quick.notification_id, tried(SENT), token=quick.token)
        record_attempt(session, slow.notification_id, tried(FAILED, error=WHY), token=slow.token)
        assert (row.state, row.last_error) == (NotificationState.SENT, None)


@pytest.mark.parametrize(
    ("outcome", "next_due", "state"),
    [
        pytest.param(SENT, None, NotificationState.SENT, id="sent"),
        pytest.param(RETRY, START + SECOND, NotificationState.QUEUED, id="passing failure"),
        pytest.param(FAILED, None, NotificationState.FAILED, id="permanent failure"),
    ],
)
def test_members_of_a_digest_end_as_it_ends(
    database: Database, outcome: AttemptOutcome, next_due: datetime | None, state: NotificationState
) -> None:
    with database.write() as session:
        channel = add_channel(session)
        members = [add(session, channel, str(number)) for number in range(3)]
        assert due(session, channel) == [member.uid for member in members]
        number, uid = add_digest(
            session, id_of(channel), [id_of(member) for member in members], payload={"a": 1}, now=START
        )
        digest = session.get_one(Notification, number)
        assert due(session, channel) == []
        (claimed,) = claim(session, channel)
        assert (claimed.uid, claimed.kind, claimed.payload) == (uid, NotificationKind.DIGEST, {"a": 1})
        record_attempt(
            session,
            claimed.notification_id,
            tried(outcome, next_due=next_due, error=WHY),
            token=claimed.token,
        )
        assert digest.state is state
        for member in members:
            session.refresh(member)
            assert member.state is state
            assert member.digest_id == digest.id
            assert member.sent_at == digest.sent_at
        assert claim(session, channel) == []


def test_a_digest_is_made_of_what_is_due_only(database: Database) -> None:
    with database.write() as session:
        channel, other = add_channel(session), add_channel(session, "ops-hook")
        add(session, channel, "later", due=START + SECOND)
        add(session, channel, "failed", state=NotificationState.FAILED)
        add(session, channel, "a digest", kind=NotificationKind.DIGEST)
        add(session, other, "another channel's")
        rows = [add(session, channel, str(late), due=START - late * SECOND) for late in range(4)]
        assert due(session, channel, limit=3) == [row.uid for row in rows[:0:-1]]


def make_digest_and_crash(database: Database, channel_id: int) -> None:
    with database.write() as session:
        members = [one.id for one in due_alerts(session, channel_id, now=START, limit=10)]
        add_digest(session, channel_id, members, payload={}, now=START)
        raise RuntimeError("the process dies here")


def test_a_digest_that_was_not_committed_leaves_everything_as_it_was(database: Database) -> None:
    with database.write() as session:
        channel = add_channel(session)
        add(session, channel, "one")

    with pytest.raises(RuntimeError, match="dies here"):
        make_digest_and_crash(database, id_of(channel))
    with database.write() as session:
        assert [row.uid for row in session.exec(select(Notification))] == ["one"]
        assert uids(claim(session, channel)) == ["one"]


def test_what_can_not_be_sent_at_all_is_a_dead_letter(database: Database) -> None:
    with database.write() as session:
        channel = add_channel(session)
        row = add(session, channel, "one")
        fail(session, id_of(row), WHY)
        assert (row.state, row.last_error) == (NotificationState.FAILED, WHY)
        assert claim(session, channel) == []


def test_successes_are_stored_together_but_for_those_that_another_process_took_over(
    database: Database,
) -> None:
    with database.write() as session:
        channel = add_channel(session)
        numbers = [id_of(add(session, channel, uid)) for uid in ("one", "two", "lost")]
        digest = id_of(add(session, channel, "digest", kind=NotificationKind.DIGEST))
        claims = claim(session, channel)
        session.get_one(Notification, numbers[2]).lease_token += 1  # claimed anew
        session.flush()
        said = replace(tried(SENT), recipients={"desk@example.org": (250, "taken")})
        left = record_sent(session, [(item, said) for item in claims])
    assert uids(item for item, _ in left) == ["lost", "digest"]
    with database.write() as session:
        one, two, lost = (session.get_one(Notification, number) for number in numbers)
        for row in (one, two):
            assert (row.state, row.attempts, row.sent_at) == (NotificationState.SENT, 1, START + SECOND)
            assert (row.lease_owner, row.lease_until) == (None, None)
            assert row.recipients == {"desk@example.org": [250, "taken"]}
        assert (lost.state, lost.attempts, lost.lease_token) == (NotificationState.SENDING, 0, 2)
        assert session.get_one(Notification, digest).state is NotificationState.SENDING
        found = session.exec(select(Attempt).order_by(col(Attempt.notification_id))).all()
        assert [(a.notification_id, a.number, a.outcome) for a in found] == [
            (id_of(one), 1, SENT),
            (id_of(two), 1, SENT),
        ]


def test_what_is_given_back_is_due_again_and_not_stranded(database: Database) -> None:
    with database.write() as session:
        channel = add_channel(session)
        rows = [add(session, channel, uid) for uid in ("mine", "sent", "lost")]
        claims = claim(session, channel)
        record_sent(session, [(claims[1], tried(SENT))])
        session.get_one(Notification, id_of(rows[2])).lease_token += 1  # claimed anew
        session.flush()
        give_back(session, claims)
        session.expire_all()
        assert [(row.state, row.stranded) for row in rows] == [
            (NotificationState.QUEUED, 0),
            (NotificationState.SENT, 0),
            (NotificationState.SENDING, 0),
        ]
        assert uids(claim(session, channel)) == ["mine"]


def test_all_that_was_given_up_is_queued_again_of_a_channel_or_since_a_time(
    database: Database,
) -> None:
    with database.write() as session:
        desk, other = add_channel(session), add_channel(session, "other")
        rows = [add(session, desk, "desk"), add(session, other, "other"), add(session, other, "sent")]
        for row in rows[:2]:
            fail(session, id_of(row), WHY)
        rows[2].state = NotificationState.SENT
        session.flush()
        sent = id_of(rows[2])
        assert send_dead_again(session, now=START, since=START + SECOND) == 0
        assert send_dead_again(session, now=START, channel="press-desk") == 1
        assert send_dead_again(session, now=START) == 1
        assert send_dead_again(session, now=START) == 0
        assert send_again(session, sent, now=START) is False
        assert send_again(session, 99, now=START) is None


def test_an_alert_that_a_digest_on_its_way_carries_is_not_told_beside_it(database: Database) -> None:
    with database.write() as session:
        channel = add_channel(session)
        row = add(session, channel, "one")
        digest, _uid = add_digest(session, id_of(channel), [id_of(row)], payload={}, now=START)
        assert send_again(session, id_of(row), now=START) is False
        claim(session, channel)
        assert send_again(session, id_of(row), now=START) is False
        session.expire_all()
        fail(session, digest, WHY)
        session.expire_all()
        assert send_again(session, id_of(row), now=START) is True
        assert (row.state, row.digest_id) == (NotificationState.QUEUED, None)
