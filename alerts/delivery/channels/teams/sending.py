"""Microsoft Teams, by a workflow's webhook."""

from __future__ import annotations

from alerts.delivery.cards import written
from alerts.delivery.channels.base import Channel, ChannelContext, Receipt
from alerts.delivery.channels.posting import Poster, checked_url
from alerts.delivery.channels.teams.adaptive import teams_message
from alerts.delivery.payload import Message


class TeamsChannel(Channel):
    """Posts each message as an Adaptive Card."""

    at_once = 1

    def __init__(self, url: str, context: ChannelContext) -> None:
        self._url = checked_url(url)
        self._context = context
        self._poster = Poster(context.allow_networks, clock=context.clock)

    async def send(self, message: Message) -> Receipt:
        """Post the message: any 2xx is success (a workflow answers 202)."""
        answer = await self._poster.send_json(self._url, written(message, self._context, teams_message))
        if 200 <= answer.status < 300:
            return answer.receipt
        raise answer.refusal()

    async def aclose(self) -> None:
        """Close the connections that were kept open."""
        await self._poster.aclose()
