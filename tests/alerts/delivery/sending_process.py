"""A process that sends until it is killed: `python -m tests.alerts.delivery.sending_process DATABASE FOLDER TYPE ADDRESS`.

`ADDRESS` is a webhook's URL, or a mail server's port. Each line that it reads from standard input is one step.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from alerts.delivery.channels.base import Channel
from alerts.delivery.channels.email.sending import EmailChannel, EmailConfig
from alerts.delivery.channels.webhook.sending import WebhookChannel, WebhookConfig
from alerts.delivery.journal import Journals
from alerts.delivery.sender import Sender
from storage.engine import Database
from storage.stores.leases import new_owner
from tests.alerts.delivery.test_webhook_channel import LOOPBACK, SECRET

PREFIX = "sent-"
RECIPIENTS = ("first@example.org", "second@example.org")


def make(kind: str, address: str) -> Channel:
    if kind == "webhook":
        return WebhookChannel(WebhookConfig(address, (SECRET,), allow_networks=LOOPBACK))
    return EmailChannel(EmailConfig(RECIPIENTS, "a@example.org", "127.0.0.1", int(address), "none"))


async def send(url: str, folder: str, kind: str, address: str) -> None:
    with Database(url) as database:
        sender = Sender(
            database,
            {"hook": make(kind, address)},
            owner=new_owner(),
            clock=lambda: datetime.now(UTC),
            journals=Journals(Path(folder), PREFIX),
        )
        while await asyncio.to_thread(sys.stdin.readline):
            await sender.step()


if __name__ == "__main__":
    asyncio.run(send(*sys.argv[1:]))
