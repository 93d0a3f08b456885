"""Everything that Apprise can reach by a URL: Slack, Discord, Teams, Mattermost, Telegram and a hundred more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from alerts.delivery.channels.base import Channel, Receipt
from alerts.delivery.links import Links
from alerts.delivery.payload import Message
from alerts.delivery.render import DEFAULT, Reader, Renderer
from alerts.errors import DeliveryError
from storage.troubles import Trouble


@dataclass(frozen=True, slots=True)
class AppriseConfig:
    """Apprise URLs, one a service. They hold tokens, so that they are shown nowhere."""

    urls: tuple[str, ...] = field(repr=False)
    renderer: Renderer = DEFAULT
    links: Links | None = None


class AppriseChannel(Channel):
    """Sends each message as title and text to every service, off the event loop (Apprise blocks)."""

    def __init__(self, config: AppriseConfig) -> None:
        """Raise `ValueError` for a URL that Apprise does not know; only its scheme is repeated."""
        if not config.urls:
            raise ValueError("an apprise channel needs at least one of `urls`")
        self._renderer = config.renderer
        self._reader = Reader(config.links)
        self._services = [_service(url) for url in config.urls]

    async def send(self, message: Message) -> Receipt:
        """Send to every service. Where some fail, the others have it, and the receipt names those that failed.

        Apprise does not tell a passing failure from a permanent one, so that each counts as passing.
        """
        text = self._renderer.unmarked(message, self._reader)
        failed = await asyncio.to_thread(self._notify, self._renderer.subject(message), text)
        if len(failed) == len(self._services):
            raise DeliveryError(
                Trouble("services-refused", {"services": ", ".join(failed)}),
                recoverable=True,
            )
        return Receipt(response=f"failed: {', '.join(failed)}" if failed else "")

    def _notify(self, title: str, body: str) -> list[str]:
        """Return the names of the services that failed."""
        return [name for name, notify in self._services if not notify(title, body)]


def _service(url: str) -> tuple[str, Callable[[str, str], bool]]:
    # Imported here because it takes a quarter of a second, and only those who use it should wait for that.
    from apprise import Apprise, NotifyFormat

    scheme = url.partition("://")[0]
    apprise = Apprise()
    if not apprise.add(url):
        raise ValueError(f"Apprise knows no service by this URL ({scheme}://…)")

    def notify(title: str, body: str) -> bool:
        return bool(apprise.notify(title=title, body=body, body_format=NotifyFormat.TEXT))

    return scheme, notify
