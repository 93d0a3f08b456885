"""The keys of a channel of type `email`; the server stands in `[smtp]`."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from alerts.delivery.channels.base import ChannelSettings, several
from storage.language import N_
from storage.setting_types import MailAddress


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
