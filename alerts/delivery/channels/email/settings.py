"""The keys of a channel of type `email`; the server stands in `[smtp]`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from typing_extensions import override

from alerts.delivery.channels.base import ChannelSettings, several
from storage.language import N_, _
from storage.setting_types import MailAddress

_OF_THE_SERVER = ("host", "port", "security", "username", "password", "password_file", "sender")


class EmailSettings(ChannelSettings):
    """Each recipient gets a mail of their own."""

    to: Annotated[tuple[MailAddress, ...], BeforeValidator(several), Field(min_length=1)] = Field(
        title=N_("Recipients"),
        description=N_("one a line; each gets a mail of their own, and can unsubscribe"),
    )
    buttons: bool = Field(
        default=False,
        title=N_("Buttons to deal with alerts"),
        description=N_("“In hand” and “Done” in each mail; they work without signing in, for 30 days"),
    )

    @override
    @classmethod
    def mistakes(cls, data: Mapping[str, Any]) -> Iterator[str]:
        """Say where the server of mails stands, if its keys are given here."""
        yield from super().mistakes(data)
        if not data.keys().isdisjoint(_OF_THE_SERVER):
            yield _(
                "the server that mails go out by, with its user and sender, is set once for all, in [smtp]"
            )
