"""Tries a channel step by step, so that one sees which fails: those of its own kind, then a message is sent for good."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from alerts.delivery.channels import channel_plugins
from alerts.delivery.channels.base import Channel, ChannelContext, ChannelSettings, TrialStep
from alerts.delivery.channels.trial_steps import timed_step
from alerts.delivery.payload import Message, ServiceData
from storage.language import _
from storage.stores.outbox.channels import new_uid


def trial_message(channel: str, *, now: datetime) -> Message:
    """Return the message that a test sends."""
    data = ServiceData(
        subject=_("Test of the channel {channel}", channel=channel),
        text=_("This is a test. If you can read it, alerts of this channel will reach you."),
    )
    return Message(uid=new_uid(), kind="service", created_at=now, channel=channel, data=data)


async def try_channel(
    settings: ChannelSettings, context: ChannelContext, message: Message
) -> AsyncIterator[TrialStep]:
    """Give the steps as they are done; end with the first that fails. The last one sends the message for good."""
    plugin = channel_plugins()[settings.type]
    channel = plugin.make(settings, context)
    try:
        async for step in plugin.trial_steps(settings, context):
            yield step
            if not step.ok:
                return
        yield await timed_step("answer", _answer(channel, message))
    finally:
        await channel.aclose()


async def _answer(channel: Channel, message: Message) -> str:
    receipt = await channel.send(message)
    if receipt.recipients:
        return "; ".join(f"{who}: {code} {words}" for who, (code, words) in receipt.recipients.items())
    status = f"{receipt.status} " if receipt.status is not None else ""
    return f"{status}{receipt.response or 'taken'}".strip()
