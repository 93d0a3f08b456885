"""Slack, by an incoming webhook."""

from __future__ import annotations

from alerts.delivery.cards import written
from alerts.delivery.channels.base import Channel, ChannelContext, Receipt
from alerts.delivery.channels.posting import Poster, checked_url
from alerts.delivery.channels.slack.blocks import slack_message
from alerts.delivery.payload import Message


class SlackChannel(Channel):
    """Posts each message as blocks. One at a time: Slack takes one message a second of a webhook."""

    at_once = 1

    def __init__(self, url: str, context: ChannelContext) -> None:
        self._url = checked_url(url)
        self._context = context
        self._poster = Poster(context.allow_networks, clock=context.clock)

    async def send(self, message: Message) -> Receipt:
        """Post the message. Slack answers 200 where it took it, and says in a word why not."""
        answer = await self._poster.send_json(self._url, written(message, self._context, slack_message))
        if 200 <= answer.status < 300:
            return answer.receipt
        raise answer.refusal()

    async def aclose(self) -> None:
        """Close the connections that were kept open."""
        await self._poster.aclose()
