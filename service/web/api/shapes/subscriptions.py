"""Subscriptions, as the API takes and gives them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, Field

from service.actions.subscriptions import SubscriptionSettings
from service.web.api.shapes.common import ApiInput, example

_KEYS: dict[str, Any] = {"to": ["leila@press.example"], "send": "08:00 Africa/Casablanca", "language": "fr"}


class SubscriptionIn(ApiInput, SubscriptionSettings):
    """What a subscription is to be. `keys` are those of a channel of this type."""

    model_config = example(type="email", keys=_KEYS, lists=["Energy"], min_score=40)


class SubscriptionOut(BaseModel):
    """A subscription of the user whose token it is."""

    model_config = example(
        id=4,
        user="leila",
        type="email",
        goes_to="leila@press.example",
        send="08:00 Africa/Casablanca",
        lists=["Energy"],
        min_score=40,
        paused=False,
        troubled=False,
        keys=_KEYS,
    )
    id: int
    user: str
    type: str
    goes_to: str = Field(description="Where it is sent, in a few words.")
    send: str
    lists: list[str]
    min_score: float
    paused: bool
    troubled: bool = Field(description="Switched off: what it sent was refused for days.")
    keys: dict[str, Any] = Field(description="As they are set; `***` for a secret.")
