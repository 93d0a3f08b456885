"""Channels, as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, JsonValue

from service.web.api.shapes.common import ApiInput, Line, Reason, example

_SETTINGS: dict[str, JsonValue] = {"to": ["desk@press.example"], "send": "08:00 Africa/Casablanca"}


class ChannelIn(ApiInput):
    """A new channel. `settings` are the keys that `[[channels]]` has for its type."""

    model_config = example(name="morning", type="email", settings=_SETTINGS)

    name: Line
    type: Line = Field(description="One of `/channels/types`.")
    settings: dict[str, JsonValue]


class ChannelChange(ApiInput):
    """What is to change of a channel."""

    model_config = example(settings={"quiet": ["22:00-07:00 Africa/Casablanca"]})

    name: Line | None = None
    settings: dict[str, JsonValue] = Field(default_factory=dict)


class ChannelSettingsOut(BaseModel):
    """A channel's settings; `***` stands for a secret."""

    model_config = example(id=1, name="morning", type="email", settings=_SETTINGS)

    id: int
    name: str
    type: str
    settings: dict[str, Any]


class ChannelFieldOut(BaseModel):
    """A key of a type's settings."""

    key: str
    label: str
    hint: str
    kind: Literal["text", "lines", "number", "flag", "choice", "secret", "secrets"]
    required: bool
    default: str
    choices: list[str]
    takes_file: bool = Field(
        description="May be given as `KEY_file`, the path of a file that holds the secret."
    )


class ChannelKindOut(BaseModel):
    """A type of channel, and its keys: its own, and those that every channel has."""

    model_config = example(
        type="email",
        title="Email",
        doc="Mail to each recipient, by the server of [smtp].",
        made_by="editor",
        fields=[
            {
                "key": "to",
                "label": "Recipients",
                "hint": "one a line",
                "kind": "lines",
                "required": True,
                "default": "",
                "choices": [],
                "takes_file": False,
            }
        ],
        common=[],
    )

    type: str
    title: str
    doc: str
    made_by: Literal["editor", "admin", "file"] = Field(description="The role that making one takes.")
    fields: list[ChannelFieldOut]
    common: list[ChannelFieldOut]


class ChannelOut(BaseModel):
    """A channel, how it fares, and who wants no mail of it."""

    model_config = example(
        id=1,
        name="desk",
        type="email",
        send="immediate",
        active=True,
        disabled_reason=None,
        failing_since=None,
        failures=0,
        rests_until=None,
        fallback=None,
        unsubscribed=["leila@press.example"],
        provisioned=False,
        paused=False,
        goes_to="desk@press.example",
    )

    id: int
    name: str
    type: str
    send: str
    active: bool
    disabled_reason: Reason | None
    failing_since: datetime | None
    failures: int = Field(description="Passing failures since the last success.")
    rests_until: datetime | None = Field(description="Nothing is sent before.")
    fallback: str | None = Field(description="The channel that is told where this one is dead.")
    unsubscribed: list[str]
    provisioned: bool = Field(description="Declared in the settings file, and read-only here.")
    paused: bool = Field(description="Somebody paused it, or it left the settings file.")
    goes_to: str = Field(description="Where it sends to, without secrets: recipients, a host.")


class StepOut(BaseModel):
    """A step of a channel's test: its name, the connection, TLS, the login, the answer."""

    step: str
    ok: bool
    words: str
    ms: int


class TestOut(BaseModel):
    """What came of a test message: its steps, up to the first that failed."""

    model_config = example(sent=True, steps=[{"step": "answer", "ok": True, "words": "250 OK", "ms": 12}])

    sent: bool
    steps: list[StepOut]
