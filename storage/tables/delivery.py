"""How people are told: channels, the outbox of notifications, the attempts at sending them, silences."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

from storage.types import UtcDateTime, enum_type, json_type


class NotificationKind(StrEnum):
    """What a notification tells; the `type` of a webhook's body."""

    ALERT_CREATED = "alert.created"
    DIGEST = "digest"
    SERVICE = "service"


class NotificationState(StrEnum):
    """Where a notification stands. `failed` is the dead letter, `suppressed` was silenced."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class AttemptOutcome(StrEnum):
    """How one try ended: `sent`, a passing failure (`retry`), or a permanent one (`failed`)."""

    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"


class Channel(SQLModel, table=True):
    """Where alerts go. Secrets of provisioned channels stay in the settings, never here."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    type: str
    send: str = "immediate"
    provisioned: bool = False
    active: bool = True
    disabled_reason: str | None = None
    """Set where the receiver asked to be left alone (HTTP 410)."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class Notification(SQLModel, table=True):
    """One alert, or one digest, due on one channel: the outbox row."""

    __table_args__ = (
        UniqueConstraint("channel_id", "alert_id", "kind"),
        Index("ix_notification_due", "channel_id", "state", "due_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(unique=True)
    """The idempotency key, the same on every attempt: `webhook-id`, and part of a mail's Message-ID."""
    channel_id: int = Field(foreign_key="channel.id", index=True)
    alert_id: int | None = Field(default=None, foreign_key="alert.id", index=True)
    """Null for a digest."""
    digest_id: int | None = Field(default=None, foreign_key="notification.id", index=True)
    """The digest that carries this one; such a row is not sent by itself."""
    kind: NotificationKind = Field(sa_type=enum_type(NotificationKind))
    state: NotificationState = Field(
        default=NotificationState.QUEUED,
        sa_type=enum_type(NotificationState),
    )
    payload: dict[str, Any] = Field(sa_type=json_type())
    """What is told, as it was when the alert was made (`alerts.delivery.payload`)."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    attempts: int = 0
    last_error: str | None = Field(default=None, sa_type=Text)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lease_owner: str | None = None


class Attempt(SQLModel, table=True):
    """One try at sending a notification."""

    __table_args__ = (UniqueConstraint("notification_id", "number"),)

    id: int | None = Field(default=None, primary_key=True)
    notification_id: int = Field(foreign_key="notification.id", ondelete="CASCADE")
    number: int
    """Counts from 1."""
    started_at: datetime = Field(sa_type=UtcDateTime)
    duration_ms: int
    outcome: AttemptOutcome = Field(sa_type=enum_type(AttemptOutcome))
    status: int | None = None
    """HTTP status or SMTP code."""
    response: str = Field(default="", sa_type=Text)
    """The first 500 characters of the answer."""
    error: str | None = Field(default=None, sa_type=Text)


class Silence(SQLModel, table=True):
    """A time-boxed mute. Every column that is set must fit; what it mutes is `suppressed`, not lost."""

    id: int | None = Field(default=None, primary_key=True)
    watch_list_id: int | None = Field(default=None, foreign_key="watch_list.id", ondelete="CASCADE")
    actor: str | None = None
    outlet_id: int | None = Field(default=None, foreign_key="outlet.id", ondelete="CASCADE")
    story_id: int | None = Field(default=None, foreign_key="story.id", ondelete="CASCADE")
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    reason: str = ""
