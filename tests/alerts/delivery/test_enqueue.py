"""Notifications that an alert's transaction adds: one a channel, each due in its time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from alerts.delivery.payload import AlertData
from storage.engine import Database
from storage.tables import Alert, Notification, NotificationKind, NotificationState
from tests.alerts.delivery.rows import add_alert, add_channel, alert_on, enqueue
from tests.alerts.delivery.samples import alert_data
from tests.conftest import START


@pytest.mark.parametrize(
    ("send", "due"),
    [
        pytest.param("immediate", START, id="immediate"),
        pytest.param("hourly", datetime(2026, 3, 2, 13, 0, tzinfo=UTC), id="hourly"),
        pytest.param("08:00 UTC", datetime(2026, 3, 3, 8, 0, tzinfo=UTC), id="daily"),
        pytest.param("whenever", START, id="not readable: better early than never"),
    ],
)
def test_each_channel_is_due_in_its_time(database: Database, send: str, due: datetime) -> None:
    with database.write() as session:
        (row,) = alert_on(session, add_channel(session, "press-desk", send=send))
        assert row.due_at == due
        assert (row.state, row.kind, row.created_at) == (
            NotificationState.QUEUED,
            NotificationKind.ALERT_CREATED,
            START,
        )


def test_one_notification_a_channel_with_a_uid_of_its_own(database: Database) -> None:
    with database.write() as session:
        channels = [add_channel(session, name) for name in ("press-desk", "ops-hook")]
        rows = [*alert_on(session, *channels), *alert_on(session, *channels)]
        assert [row.channel_id for row in rows] == channels * 2
        assert len({row.uid for row in rows}) == 4
        assert all(row.uid.startswith("msg_") for row in rows)


def test_an_alert_that_a_channel_has_is_not_added_again(database: Database) -> None:
    with database.write() as session:
        first, second = add_channel(session, "press-desk"), add_channel(session, "ops-hook")
        alert_id = add_alert(session)
        data = alert_data(alert_id=alert_id)
        assert len(enqueue(session, alert_id=alert_id, channel_ids=[first], data=data, now=START)) == 1
        (added,) = enqueue(
            session, alert_id=alert_id, channel_ids=[first, second, second], data=data, now=START
        )
        assert added.channel_id == second


def test_what_is_told_is_stored_as_it_was(database: Database) -> None:
    with database.write() as session:
        (row,) = alert_on(session, add_channel(session, "press-desk"))
        uid, expected = row.uid, alert_data(alert_id=row.alert_id or 0)
    with database.read() as session:
        stored = session.exec(select(Notification).where(Notification.uid == uid)).one()
        assert AlertData.model_validate(stored.payload) == expected


def make_and_crash(database: Database, channel: int) -> None:
    with database.write() as session:
        alert_on(session, channel)
        raise RuntimeError("the process dies here")


def test_alert_and_notifications_stand_or_fall_together(database: Database) -> None:
    with database.write() as session:
        channel = add_channel(session, "press-desk")
    with pytest.raises(RuntimeError, match="dies here"):
        make_and_crash(database, channel)
    with database.read() as session:
        assert session.exec(select(Alert)).all() == []
        assert session.exec(select(Notification)).all() == []


def test_no_channel_no_notification(database: Database) -> None:
    with database.write() as session:
        assert alert_on(session) == []
