"""A channel that appends each message to a file."""

from pathlib import Path

from pydantic import SecretStr

from alerts.delivery.channels.base import Channel, ChannelContext, ChannelPlugin, ChannelSettings, Receipt
from alerts.delivery.payload import Message
from alerts.delivery.render import subject
from alerts.errors import DeliveryError
from storage.setting_types import Name


class LogbookSettings(ChannelSettings):
    path: Name
    stamp: SecretStr = SecretStr("")


class Logbook(Channel):
    at_once = 1

    def __init__(self, settings: LogbookSettings, context: ChannelContext) -> None:
        self.path = Path(settings.path)
        self.stamp = settings.stamp.get_secret_value()

    async def send(self, message: Message) -> Receipt:
        try:
            self.write(f"{self.stamp} {message.uid} {subject(message)}\n")
        except OSError as error:
            raise DeliveryError(f"{self.path}: {error.strerror}", recoverable=True) from error
        return Receipt()

    def write(self, line: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line)


plugin = ChannelPlugin(doc="Appends a line to a file.", settings=LogbookSettings, make=Logbook)
