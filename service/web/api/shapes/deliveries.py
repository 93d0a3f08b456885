"""Deliveries and channels, as the API takes and gives them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from service.web.api.shapes.common import ApiInput, Line, Reason, example

_MOMENT = "2026-03-02T12:00:00Z"
_DELIVERY: dict[str, Any] = {
    "id": 9,
    "uid": "msg_5f2c",
    "channel": "desk",
    "kind": "alert.created",
    "state": "failed",
    "alert": 7,
    "digest": None,
    "attempts": 1,
    "created_at": _MOMENT,
    "due_at": _MOMENT,
    "sent_at": None,
    "last_error": "the receiver answered 410",
}


class DeliveryOut(BaseModel):
    """A notification and how it stands."""

    model_config = example(**_DELIVERY) | {"validate_by_name": True}

    id: int
    uid: str
    channel: str
    kind: str
    state: Literal["queued", "sending", "sent", "failed", "suppressed"]
    alert: int | None = Field(validation_alias="alert_id")
    digest: int | None = Field(validation_alias="digest_id")
    attempts: int
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None
    last_error: Reason | None


class AttemptOut(BaseModel):
    """One try at sending."""

    number: int
    started_at: datetime
    duration_ms: int
    outcome: str
    status: int | None
    response: str
    error: Reason | None


class DeliveryWhole(DeliveryOut):
    """A notification with every attempt and what it tells."""

    model_config = example(
        **_DELIVERY,
        tries=[
            {
                "number": 1,
                "started_at": _MOMENT,
                "duration_ms": 80,
                "outcome": "failed",
                "status": 410,
                "response": "Gone",
                "error": "the receiver answered 410",
            }
        ],
        payload={"alert_id": 7},
    )

    tries: list[AttemptOut]
    payload: dict[str, Any]


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


class RetryIn(ApiInput):
    """What to send again: everything that was given up, on one channel or on all."""

    model_config = example(channel="desk")
    channel: Line | None = None


class RetryOut(BaseModel):
    """How many notifications were queued again."""

    model_config = example(queued=3)
    queued: int
