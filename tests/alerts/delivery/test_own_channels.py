"""Channels whose settings are in the database are sent on by what these say now."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from alerts.delivery.channels.base import Channel
from alerts.delivery.channels.webhook.sending import WebhookChannel, WebhookConfig
from alerts.delivery.sender import Sender
from storage.engine import Database
from storage.stores.outbox.channels import ChannelValues, list_of_channels
from storage.stores.outbox.own_channels import (
    OwnChannel,
    add_channel,
    is_sending,
    own_channel,
    own_channels,
    put_channel,
    remove_channel,
    set_channel_paused,
)
from storage.tables import Attempt, ChannelRow, Notification, NotificationState
from tests.alerts.delivery.http_server import Receiver, serving
from tests.alerts.delivery.opened import opened
from tests.alerts.delivery.rows import alert_on
from tests.alerts.delivery.test_sender import send_all
from tests.alerts.delivery.test_webhook_channel import LOOPBACK, SECRET
from tests.conftest import START, Clock


def values(name: str = "own") -> ChannelValues:
    return ChannelValues(name, "webhook", "immediate", {}, False, None, None)


def make(stored: OwnChannel) -> Channel:
    """Make a channel as the service does, without asking its plugin."""
    url = str(stored.keys["url"])
    if not url.startswith("http"):
        raise ValueError(f"url: {url!r} is not a web address")
    return opened(WebhookChannel(WebhookConfig(url, (SECRET,), allow_networks=LOOPBACK)))


def states(database: Database) -> list[NotificationState]:
    with database.read() as session:
        return list(session.exec(select(Notification.state).order_by(Notification.id)))  # type: ignore[arg-type]


@pytest.fixture
def sender(database: Database, clock: Clock) -> Sender:
    return Sender(database, {}, owner="machine:1:a", clock=clock, jitter=lambda: 0.5, make_own=make)


def add(session: Session, url: str) -> int:
    return add_channel(session, values(), {"url": url}, now=START)


async def test_a_channel_that_was_changed_is_sent_on_by_its_new_settings(
    database: Database, sender: Sender
) -> None:
    old, new = Receiver(), Receiver()
    async with serving(old) as old_url, serving(new) as new_url:
        with database.write() as session:
            number = add(session, old_url)
            alert_on(session, number, now=START)
        await send_all(sender)
        with database.write() as session:
            put_channel(session, number, values("renamed"), {"url": new_url})
            alert_on(session, number, now=START)
            alert_on(session, number, now=START)
        await send_all(sender)
        await sender.close()
    assert (len(old.requests), len(new.requests)) == (1, 2)
    assert set(states(database)) == {NotificationState.SENT}


async def test_settings_that_cannot_be_used_count_as_failing_until_they_can(
    database: Database, sender: Sender, clock: Clock
) -> None:
    receiver = Receiver()
    async with serving(receiver) as url:
        with database.write() as session:
            number = add(session, "nowhere")
            alert_on(session, number, now=START)
        assert await send_all(sender) == 0
        with database.read() as session:
            assert session.get_one(ChannelRow, number).failures == 1
        with database.write() as session:
            put_channel(session, number, values(), {"url": url})
        await send_all(sender)
        await sender.close()
    assert states(database) == [NotificationState.SENT]
    with database.read() as session:
        assert session.get_one(ChannelRow, number).failures == 0


async def test_a_paused_channel_keeps_what_comes(database: Database, sender: Sender) -> None:
    receiver = Receiver()
    async with serving(receiver) as url:
        with database.write() as session:
            number = add(session, url)
            assert set_channel_paused(session, number, paused=True)
            assert not set_channel_paused(session, number, paused=True)
            alert_on(session, number, now=START)
        assert await send_all(sender) == 0
        with database.write() as session:
            assert set_channel_paused(session, number, paused=False)
        await send_all(sender)
        await sender.close()
    assert len(receiver.requests) == 1


async def test_what_was_made_and_failed_goes_with_a_removed_channel(
    database: Database, sender: Sender, clock: Clock
) -> None:
    async with serving(Receiver(500)) as url:
        with database.write() as session:
            number = add(session, url)
            row = ChannelRow(name="other", type="webhook", created_at=START, fallback_id=number)
            session.add(row)
            alert_on(session, number, now=START)
        await send_all(sender)
        await sender.close()
    with database.write() as session:
        waiting = session.exec(select(Notification)).one()
        waiting.state, waiting.lease_until = NotificationState.SENDING, START + timedelta(minutes=1)
        session.flush()
        assert is_sending(session, number, now=START)
        assert not is_sending(session, number, now=START + timedelta(minutes=2))
        remove_channel(session, number)
    with database.read() as session:
        assert [channel.name for channel in list_of_channels(session)] == ["other"]
        assert (list(session.exec(select(Notification))), list(session.exec(select(Attempt)))) == ([], [])
        assert own_channel(session, number) is None
        assert [own.name for own in own_channels(session)] == ["other"]
