"""A test message on one channel: the same way as an alert goes, and what the receiver answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from alerts.delivery.channels.base import Channel
from alerts.delivery.payload import ArticleFacts, Message, build_alert_data
from alerts.errors import DeliveryError
from alerts.values import Document, Mention

TITLE = "Tocsin: a test message"
TEXT = "This is a test of your channel by Tocsin. If you can read it, alerts arrive here."


@dataclass(frozen=True, slots=True)
class TestResult:
    """What came of a test. `answer` is the receiver's, as far as it gave one."""

    __test__ = False

    sent: bool
    status: int | None
    answer: str
    error: str | None


async def send_test(channels: Mapping[str, Channel], name: str, *, now: datetime) -> TestResult:
    """Sends a test message on a channel."""
    channel = channels.get(name)
    if channel is None:
        return TestResult(
            sent=False, status=None, answer="", error="The settings have no channel of this name."
        )
    start = TEXT.index("Tocsin")
    mention = Mention("Test", "Tocsin", None, "text", start, start + 6, "Tocsin", 'alias "Tocsin"')
    data = build_alert_data(
        alert_id=0,
        watch_list="Test",
        story_id=0,
        created_at=now,
        article=ArticleFacts(
            id=0, url="https://example.org/", title=TITLE, outlet="Tocsin", published_at=now
        ),
        document=Document(title=TITLE, text=TEXT),
        mentions=[mention],
    )
    message = Message(f"msg_test_{uuid4().hex}", "alert.created", now, name, data)
    try:
        receipt = await channel.send(message)
    except DeliveryError as error:
        return TestResult(sent=False, status=error.status, answer=error.response, error=str(error))
    return TestResult(sent=True, status=receipt.status, answer=receipt.response, error=None)
