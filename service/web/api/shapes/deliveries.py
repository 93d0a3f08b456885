"""Deliveries, as the API takes and gives them."""

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


class RetryIn(ApiInput):
    """What to send again: everything that was given up, on one channel or on all."""

    model_config = example(channel="desk")
    channel: Line | None = None


class RetryOut(BaseModel):
    """How many notifications were queued again."""

    model_config = example(queued=3)
    queued: int
