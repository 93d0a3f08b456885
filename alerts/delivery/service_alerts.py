"""What is wrong, or right again, with the service itself is told on the channels that take it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from alerts.delivery.channels import channel_plugins
from alerts.delivery.payload import ServiceData
from storage.stores.outbox.channels import add_service_notification


def notify_of_service(
    session: Session,
    *,
    subject: str,
    text: str,
    outlet: str | None = None,
    now: datetime,
    about_channel: int | None = None,
) -> int:
    """Queue a word about the service; return on how many channels.

    It goes to the channel that `[service] notify` names; where none is, to those whose kind takes such alerts. Never to
    `about_channel`.
    """
    types = [name for name, plugin in channel_plugins().items() if plugin.takes_service_alerts]
    data = ServiceData(subject=subject, text=text, outlet=outlet)
    return add_service_notification(
        session,
        payload=data.model_dump(mode="json"),
        types=types,
        now=now,
        about_channel=about_channel,
    )
